// Where the next chunk of a sequence begins: windows of truncated training may overlap, and then a state leaves before their end.
import { timeOf } from "../../shape/type.ts";
import type { Elaboration } from "./context.ts";

/** The name of the size that says after how many steps of an overlapping window its states are kept. */
export const KEPT_STEPS = "K";

/** Of a state's last value, what the next chunk begins with. */
export function keptState({ build, options }: Elaboration, final: string): string {
  if (options.truncation !== "overlapping") return final;
  const sequence = build.stateSequence(final);
  const isConstant = timeOf(build.type(sequence)) === undefined;
  return isConstant ? sequence : build.op("at", [sequence], { dims: [`${KEPT_STEPS}-1`] });
}
