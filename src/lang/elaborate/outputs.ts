// What a program gives for each example has a batch axis, also where it is the same for all: results are `[B, T, …]` or `[B, …]`.
import { readOutput, type OutputKind } from "../../graph/border.ts";
import { withBatch } from "./batch.ts";
import type { Elaboration } from "./context.ts";

/** The others of a program are losses and measures: one number for the whole batch. */
const OF_EACH_EXAMPLE: ReadonlySet<OutputKind> = new Set(["output", "value", "logits", "final"]);

/** The node of the output `name` that is made of `id`. */
export function outputNode(context: Elaboration, name: string, id: string): string {
  return OF_EACH_EXAMPLE.has(readOutput(name).kind) ? withBatch(context, id) : id;
}
