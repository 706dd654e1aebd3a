// Which programs can be trained with `truncate`: those that run along one time, left to right, and predict at its steps.
import { printDim } from "../../shape/dim.ts";
import { timeOf } from "../../shape/type.ts";
import type { Program } from "./program.ts";

/** The times of a program's inputs, by name. */
export function timesOf({ inputs }: Pick<Program, "inputs">): readonly string[] {
  return [...new Set(inputs.flatMap(({ type }) => timeOf(type) ?? []).map(printDim))];
}

/** Why truncation cannot cut this program; undefined where it can. */
export function whyNotTruncated(program: Pick<Program, "inputs" | "graph" | "predictions">): string | undefined {
  const [time, other] = timesOf(program);
  if (time === undefined) return "it has no sequence";
  if (other !== undefined) return "it has sequences of several lengths";
  if (program.graph.all().some((node) => node.op === "scan" && node.attributes["reverse"] === true))
    return "a part of it runs right to left";
  const single = program.predictions.find(({ isSequence }) => !isSequence);
  return single === undefined ? undefined : `\`${single.target}\` is predicted once for a whole sequence`;
}
