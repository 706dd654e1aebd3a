// What every target offers: arrays of its own kind, and graphs made ready to run on them.
import type { Graph } from "../graph/graph.ts";
import type { Sizes } from "../shape/dim.ts";
import type { DType } from "../shape/type.ts";

/** An array in host memory, row-major; tokens and lengths are whole numbers. */
export interface HostArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** `R`: what results are, where that is more than what inputs must be. */
export interface Executable<T, R extends T = T> {
  /**
   * Runs the graph. `inputs` has a tensor for each `input` node, by its name; they stay the caller's.
   * `sizes` gives every size by name (B, T, H, …). The results, by output name, become the caller's to dispose.
   */
  run(inputs: ReadonlyMap<string, T>, sizes: Sizes): ReadonlyMap<string, R>;
  /** Makes ready what runs with these sizes need; a target that has no such step does all of it in the first run. */
  prepare?(sizes: Sizes): void;
  /** Frees what it keeps on the target; it is not run after that. */
  dispose(): void;
}

export interface Target<T> {
  readonly name: string;
  upload(array: HostArray): T;
  download(tensor: T): Promise<HostArray>;
  /** As `download`, at once; null where the target cannot but wait. */
  readonly downloadNow: ((tensor: T) => HostArray) | null;
  shape(tensor: T): readonly number[];
  dispose(tensor: T): void;
  /** Makes a graph ready. Nothing here depends on sizes: a new length compiles nothing. */
  compile(graph: Graph): Executable<T>;
}
