// The last stages of `recurra emit`: the code that targets generate from a graph, for given sizes.
import { lower } from "../compile.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { printProgram, printKernels } from "../targets/wasm/print.ts";
import { printNative } from "../targets/native/print.ts";
import { fail } from "../base/invariant.ts";
import { printShaders } from "../codegen/wgsl/print.ts";
import type { Graph } from "../graph/graph.ts";
import type { Sizes } from "../shape/dim.ts";
import { sizedProgram, withLengths } from "./explained.ts";
import type { Assignment } from "./select.ts";
import { requestFor, type Stage } from "./stages.ts";

export interface CodeJob {
  readonly definition: ScopedDefinition;
  /** Parameters, and sizes that the spec leaves open. */
  readonly assignments: readonly Assignment[];
  readonly isRagged: boolean;
  /** The length of every sequence. */
  readonly length: number;
}

const PRINTERS: Readonly<Record<string, (graph: Graph, sizes: Sizes) => string>> = {
  plan: printProgram,
  wat: printKernels,
  c: printNative,
  wgsl: printShaders,
};

export function isCode({ name }: Stage): boolean {
  return name in PRINTERS;
}

export function codeAt({ name }: Stage, { definition, assignments, isRagged, length }: CodeJob): string {
  const { program, sizes } = sizedProgram(definition, assignments, isRagged);
  const graph = lower(program.graph, requestFor(program));
  return PRINTERS[name]?.(graph, withLengths(graph, sizes, length)) ?? fail("emit", `no stage ${name}`);
}
