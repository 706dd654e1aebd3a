// Which programs can be trained in parts of a sequence, as with `truncate`. They run along one time, from left to right, and predict at each
// step. A value may depend on the steps before it or on the first, but not on all steps at once.
import { timeName } from "../../shape/type.ts";
import type { Program } from "./program.ts";
import { whyNotEach, whyNotInParts } from "./step-by-step.ts";

/** The times of a program's inputs, by name. */
export function timesOf({ inputs }: Pick<Program, "inputs">): readonly string[] {
  return [...new Set(inputs.flatMap(({ type }) => timeName(type) ?? []))];
}

/**
 * Why truncation cannot cut this program; undefined if it can. `each`: the loss of each step goes back through a number of steps, so only
 * loops may lead from step to step.
 */
export function whyNotTruncated(
  program: Pick<Program, "inputs" | "graph" | "predictions">,
  each = false,
): string | undefined {
  const [time, other] = timesOf(program);
  if (time === undefined) return "it has no sequence";
  if (other !== undefined) return "it has sequences of different lengths";
  const single = program.predictions.find(({ isSequence }) => !isSequence);
  if (single !== undefined) return `\`${single.target}\` is predicted once for a whole sequence`;
  return whyNotInParts(program.graph, time) ?? (each ? whyNotEach(program.graph, time) : undefined);
}
