// The operations that rows lower to. Shapes are concrete; broadcasting is numpy's.
// A method may return its argument or a view of it; the target handles ownership.
import type { BinaryFunction, UnaryFunction } from "../scalar/table.ts";

/** A running result along an axis: at each position the combination of this element and all before it. */
export interface Prefix {
  /** Associative: a target may combine elements in any grouping, but in their order. */
  readonly combine: BinaryFunction;
  /** The neutral value of `combine`, with which the result begins. */
  readonly identity: number;
  /** Whether it runs from the last element to the first. */
  readonly reverse: boolean;
}

export interface TensorOps<T> {
  shape(x: T): readonly number[];
  /** A float tensor of one value. */
  fill(shape: readonly number[], value: number): T;
  fillInt(shape: readonly number[], value: number): T;
  /** A float tensor from host data, row-major. */
  fromHost(data: Float32Array, shape: readonly number[]): T;
  unary(name: UnaryFunction, x: T): T;
  /** Comparisons return 1 or 0 as floats. */
  binary(name: BinaryFunction, a: T, b: T): T;
  /** `a` where `condition` is not 0, else `b`. A NaN that is not chosen has no effect. */
  select(condition: T, a: T, b: T): T;
  reshape(x: T, shape: readonly number[]): T;
  transpose(x: T, order: readonly number[]): T;
  slice(x: T, begin: readonly number[], size: readonly number[]): T;
  concat(parts: readonly T[], axis: number): T;
  /** Repeats axes of size 1 up to `shape`, which has the same rank. */
  broadcastTo(x: T, shape: readonly number[]): T;
  /** Zeros before and after, for each axis. */
  pad(x: T, before: readonly number[], after: readonly number[]): T;
  /** Reduces away `axes`. */
  reduce(kind: "sum" | "max" | "min", x: T, axes: readonly number[]): T;
  prefix(x: T, axis: number, prefix: Prefix): T;
  /** The first position of the greatest element, as an integer tensor. */
  argmax(x: T, axis: number): T;
  /** `[..., m, k] @ [..., k, n]`, of rank 2 or 3 with equal leading sizes. */
  matmul(a: T, b: T): T;
  /** Along the last axis. */
  softmax(x: T): T;
  logsoftmax(x: T): T;
  /** Rows of `table` by an integer tensor; zeros for an index outside 0 … rows - 1. */
  gather(table: T, indices: T): T;
  /** Float rows with a 1 at the index; zeros for an index outside 0 … depth - 1. */
  onehot(indices: T, depth: number): T;
  toFloat(x: T): T;
  toInt(x: T): T;
}
