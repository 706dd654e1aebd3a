// Each result for examples has a batch axis, even if it is the same for all examples: `[B, T, …]` or `[B, …]`.
import { hasBatch, leadingAxes, ownAxes, printType } from "../../shape/type.ts";
import { BATCH, type Elaboration } from "./context.ts";

/** The others are losses and measures: one number for the whole batch. */
const OF_EACH_EXAMPLE = /^(?:output$|(?:value|logits|final)\.)/;

/** The node of the output `name`, made from `id`. */
export function outputNode({ build }: Elaboration, name: string, id: string): string {
  const type = build.type(id);
  if (!OF_EACH_EXAMPLE.test(name) || hasBatch(type)) return id;
  const axes = [...leadingAxes(type), { tag: "batch" as const, size: BATCH }, ...ownAxes(type)];
  return build.op("broadcast", [id], { type: printType({ dtype: type.dtype, axes }) });
}
