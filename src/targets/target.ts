// The interface of a target: it holds tensors, and compiles graphs that run on them.
import type { Graph } from "../graph/graph.ts";
import type { Sizes } from "../shape/dim.ts";
import type { DType } from "../shape/type.ts";

/** An array in host memory, row-major; tokens and lengths are whole numbers. */
export interface HostArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** `T` is the type of inputs, `R` the type of results. */
export interface Executable<T, R extends T = T> {
  /**
   * Runs the graph. `inputs` has a tensor for each `input` node, by its name; the caller keeps them.
   * `sizes` has every size by name (B, T, H, …). Returns the results by output name; the caller must dispose them.
   */
  run(inputs: ReadonlyMap<string, T>, sizes: Sizes): ReadonlyMap<string, R>;
  /** Builds the plan for these sizes. Without it, the first run does so. */
  prepare?(sizes: Sizes): void;
  /** Frees the memory that it holds on the target. It must not run after that. */
  dispose(): void;
}

export interface Target<T> {
  readonly name: string;
  upload(array: HostArray): T;
  download(tensor: T): Promise<HostArray>;
  /** As `download`, but synchronous; null if the target can only download asynchronously. */
  readonly downloadNow: ((tensor: T) => HostArray) | null;
  shape(tensor: T): readonly number[];
  dispose(tensor: T): void;
  /** Compiles a graph. This does not depend on sizes: a new length compiles nothing. */
  compile(graph: Graph): Executable<T>;
}
