// Each result for examples has a batch axis, even if it is the same for all examples: `[B, T, …]` or `[B, …]`.
import { withBatch } from "./batch.ts";
import type { Elaboration } from "./context.ts";

/** The others are losses and measures: one number for the whole batch. */
const OF_EACH_EXAMPLE = /^(?:output$|(?:value|logits|final)\.)/;

/** The node of the output `name`, made from `id`. */
export function outputNode(context: Elaboration, name: string, id: string): string {
  return OF_EACH_EXAMPLE.test(name) ? withBatch(context, id) : id;
}
