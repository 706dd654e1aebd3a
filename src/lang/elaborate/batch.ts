// Values that are the same for all examples of a batch have no batch axis. Where one is needed, it is added here.
import { hasBatch, leadingAxes, ownAxes } from "../../shape/type.ts";
import { BATCH, type Elaboration } from "./context.ts";

/** The value for each example: `[B, …]`, or `[T, B, …]` of a sequence. */
export function withBatch({ build }: Elaboration, id: string): string {
  const type = build.type(id);
  if (hasBatch(type)) return id;
  const axes = [...leadingAxes(type), { tag: "batch" as const, size: BATCH }, ...ownAxes(type)];
  return build.op("broadcast", [id], { type: { dtype: type.dtype, axes } });
}
