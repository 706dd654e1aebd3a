// The stages of `recurra emit` behind the graph: what the target `wasm` makes of it for some sizes.
import { lower } from "../compile.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { printProgram, printKernels } from "../targets/wasm/print.ts";
import { timesOfScans } from "../time/unroll.ts";
import { symbolsOf, parseDim } from "../shape/dim.ts";
import { sizedProgram } from "./explained.ts";
import type { Assignment } from "./select.ts";
import { requestFor, type Stage } from "./stages.ts";

export interface CodeJob {
  readonly definition: ScopedDefinition;
  /** Parameters, and sizes that the spec leaves open. */
  readonly assignments: readonly Assignment[];
  readonly isRagged: boolean;
  /** Of every sequence. */
  readonly length: number;
}

export function isCode({ name }: Stage): boolean {
  return name === "plan" || name === "wat";
}

export function codeAt({ name }: Stage, { definition, assignments, isRagged, length }: CodeJob): string {
  const { program, sizes } = sizedProgram(definition, assignments, isRagged);
  const graph = lower(program.graph, requestFor(program));
  const names = graph.all().flatMap((node) => node.type.axes.flatMap((axis) => symbolsOf(axis.size)));
  const times = timesOfScans(graph).flatMap((time) => symbolsOf(parseDim(time)));
  for (const each of [...names, ...times]) if (!sizes.has(each)) sizes.set(each, length);
  return name === "plan" ? printProgram(graph, sizes) : printKernels(graph, sizes);
}
