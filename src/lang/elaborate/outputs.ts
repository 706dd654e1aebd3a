// Each result for examples has a batch axis, even if it is the same for all examples: `[B, T, …]` or `[B, …]`.
import { readOutput, type OutputKind } from "../../graph/border.ts";
import { withBatch } from "./batch.ts";
import type { Elaboration } from "./context.ts";

/** The others of a program are losses and measures: one number for the whole batch. */
const OF_EACH_EXAMPLE: ReadonlySet<OutputKind> = new Set(["output", "value", "logits", "distribution", "final"]);

/** The node of the output `name`, made from `id`. */
export function outputNode(context: Elaboration, name: string, id: string): string {
  return OF_EACH_EXAMPLE.has(readOutput(name).kind) ? withBatch(context, id) : id;
}
