// The kernels that a target generates, one family for each machine: what a list of entries can call.
import type { MapNode } from "./expression.ts";
import type { PrefixWork, Reduction } from "./task.ts";

/** The elements of an operand along the innermost axis: contiguous (`lanes`), all the same element, or `apart` by a stride. */
export type Access = "lanes" | "same" | "apart";

export interface MapSpec {
  /** Axes of the loop, 1 or more. */
  readonly rank: number;
  readonly inputs: readonly Access[];
  readonly nodes: readonly MapNode[];
  readonly outputs: readonly { readonly node: number; readonly access: Exclude<Access, "same"> }[];
}

/** The axis that vectors run along: the last kept one, the last reduced one, or none. */
export type ReduceAccess = "across" | "along" | "apart";

/**
 * All kernels of a family. Each finds its arguments, in 32-bit words, at the address that it is called with; src/codegen/wasm says of each
 * kernel which. An `edge` is the number of columns in the last panel, 0 if it is whole.
 */
export interface Kernels<K> {
  /** Columns of a panel of packed weights. */
  readonly panel: number;
  /** Bytes that `gemmTransposed` needs for packing, of a result with so many rows. */
  readonly transposedScratchBytes: (rows: number) => number;
  readonly map: (spec: MapSpec) => K;
  readonly reduce: (reduction: Reduction, kept: number, reduced: number, access: ReduceAccess) => K;
  readonly softmax: (name: "softmax" | "logsoftmax") => K;
  readonly prefix: (work: PrefixWork) => K;
  readonly argmax: () => K;
  readonly gather: () => K;
  readonly onehot: () => K;
  readonly scatter: () => K;
  readonly pack: (edge: number) => K;
  readonly packTransposed: (edge: number) => K;
  readonly gemm: (edge: number) => K;
  readonly gemmTransposed: (rowEdge: number, edge: number) => K;
  readonly smallProduct: (kind: "rows" | "dots") => K;
}
