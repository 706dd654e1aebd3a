// An LSTM with its gradient, large enough for tiles and for sums in parts on a GPU, at sizes that fill no tile.
import { lower } from "../../src/compile.ts";
import type { Task } from "./float32.ts";
import { sizesOf, valuesFor } from "./run.ts";
import { FULL, requestFor, shippedNamed, shippedProgram } from "./specs.ts";

export function largeTask(): Task {
  const program = shippedProgram(shippedNamed("LSTM"), FULL);
  const graph = lower(program.graph, requestFor(program, ["output"]));
  const sizes = sizesOf(graph, { B: 33, T: 17, I: 20, H: 41 });
  return { graph, inputs: valuesFor(graph, sizes), sizes };
}
