// The numbers of steps that predictions of a model lie ahead.
import type { Program } from "../lang/elaborate/program.ts";

/** Whether predictions lie different numbers of steps ahead: then the last steps have targets for some of them only. */
export function predictsUnequallyFar({ predictions }: Program): boolean {
  return new Set(predictions.map(({ ahead }) => ahead)).size > 1;
}
