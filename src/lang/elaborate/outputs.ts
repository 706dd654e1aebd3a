// What a program gives for each example has a batch axis, also where it is the same for all: results are `[B, T, …]` or `[B, …]`.
import { withBatch } from "./batch.ts";
import type { Elaboration } from "./context.ts";

/** The others are losses and measures: one number for the whole batch. */
const OF_EACH_EXAMPLE = /^(?:output$|(?:value|logits|final)\.)/;

/** The node of the output `name` that is made of `id`. */
export function outputNode(context: Elaboration, name: string, id: string): string {
  return OF_EACH_EXAMPLE.test(name) ? withBatch(context, id) : id;
}
