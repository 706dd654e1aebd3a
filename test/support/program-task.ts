// What is computed to prove a target: a program, forward and gradient.
import { lower } from "../../src/compile.ts";
import type { Options } from "../../src/lang/elaborate/options.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { Task } from "./float32.ts";
import { sizesOf, valuesFor } from "./run.ts";
import { requestFor, shippedProgram, type Shipped } from "./specs.ts";

/** With the gradient of the outputs that are named, by everything. `more`: sizes in place of the usual ones. */
export function programTask(
  program: Program,
  outputs: readonly string[],
  more: Readonly<Record<string, number>> = {},
): Task {
  const graph = lower(program.graph, requestFor(program, outputs));
  const sizes = sizesOf(graph, more);
  return { graph, sizes, inputs: valuesFor(graph, sizes) };
}

/** A shipped cell or model: the gradient of a cell's output, of a model's loss. */
export function shippedTask(
  { definition }: Shipped,
  options: Options,
  more: Readonly<Record<string, number>> = {},
): Task {
  const program = shippedProgram(definition, options);
  return programTask(program, [definition.definition.kind === "model" ? "loss" : "output"], more);
}
