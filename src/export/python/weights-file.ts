// The file of weights beside the Python file, and the stem of both names.
import { lookup } from "../../base/invariant.ts";
import type { Tensor } from "../../checkpoint/safetensors.ts";
import { Identifiers } from "../identifiers.ts";
import type { ExportRequest } from "../request.ts";
import type { WeightEntry } from "./prepare.ts";
import { RESERVED } from "./text.ts";

/** Modules that the generated files import: a file of that name would stand in their place. */
const MODULES = ["argparse", "os", "random", "numpy", "safetensors", "train", "train_ddp"];

/** A name that Python can import, and that is no module of its own. */
export function fileStem(name: string): string {
  return new Identifiers([...RESERVED, ...MODULES]).fresh(name);
}

/** The weights by their names in the spec. */
export function tensorsOf({ weights }: ExportRequest, entries: readonly WeightEntry[]): ReadonlyMap<string, Tensor> {
  return new Map(
    entries.map(({ name, path, shape }) => {
      const { data } = lookup(weights, path, "export");
      return [name, { dtype: "F32", shape, data: Float32Array.from(data) }] as const;
    }),
  );
}
