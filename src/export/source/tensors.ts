// The weights of a spec as those of a file beside or in what is written.
import { lookup } from "../../base/invariant.ts";
import type { Tensor } from "../../checkpoint/safetensors.ts";
import type { ExportRequest } from "../request.ts";
import type { WeightEntry } from "./prepare.ts";

/** The weights by their names in the spec. */
export function tensorsOf({ weights }: ExportRequest, entries: readonly WeightEntry[]): ReadonlyMap<string, Tensor> {
  return new Map(
    entries.map(({ name, path, shape }) => {
      const { data } = lookup(weights, path, "export");
      return [name, { dtype: "F32", shape, data: Float32Array.from(data) }] as const;
    }),
  );
}
