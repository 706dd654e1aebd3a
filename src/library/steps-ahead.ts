// How many steps ahead the predictions of a model are.
import type { Program } from "../lang/elaborate/program.ts";

/** Whether something is predicted a step ahead and something else is not: the last steps then have a target for one of them only. */
export function predictsUnequallyFar({ predictions }: Program): boolean {
  return new Set(predictions.map(({ ahead }) => ahead)).size > 1;
}
