// Arrays of the reference: float64, row-major, also for integers. The loops are simple, not fast.
import { at } from "../base/invariant.ts";

export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The broadcast shape, as in numpy: axes are aligned on the right, and sizes of 1 are repeated. */
export function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return left === 1 ? right : left;
  });
}

export function zeros(shape: readonly number[]): NdArray {
  return { shape, data: new Float64Array(countOf(shape)) };
}

export function filled(shape: readonly number[], value: number): NdArray {
  return { shape, data: new Float64Array(countOf(shape)).fill(value) };
}

export function stridesOf(shape: readonly number[]): readonly number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = at(strides, i + 1, "nd") * at(shape, i + 1, "nd");
  return strides;
}

/** Offsets into an array for every index of `shape`, in row-major order, with the given strides (0 repeats). */
export function offsets(shape: readonly number[], strides: readonly number[]): Int32Array {
  let result = new Int32Array([0]);
  shape.forEach((size, axis) => {
    const stride = at(strides, axis, "nd");
    const next = new Int32Array(result.length * size);
    for (let i = 0; i < result.length; i++) {
      const base = result[i] ?? 0;
      for (let j = 0; j < size; j++) next[i * size + j] = base + j * stride;
    }
    result = next;
  });
  return result;
}

/** A copy of the array with other axes: `strides` may repeat (0) or reorder elements. */
export function viewed(array: NdArray, shape: readonly number[], strides: readonly number[], start = 0): NdArray {
  const index = offsets(shape, strides);
  const data = new Float64Array(index.length);
  for (let i = 0; i < index.length; i++) data[i] = array.data[start + (index[i] ?? 0)] ?? NaN;
  return { shape, data };
}

export function transposed(array: NdArray, order: readonly number[]): NdArray {
  const strides = stridesOf(array.shape);
  return viewed(
    array,
    order.map((axis) => at(array.shape, axis, "nd")),
    order.map((axis) => at(strides, axis, "nd")),
  );
}

/** The number of elements before `axis` (from 0), along it and after it. */
export function around(shape: readonly number[], axis: number): readonly [number, number, number] {
  return [countOf(shape.slice(0, axis)), at(shape, axis, "nd"), countOf(shape.slice(axis + 1))];
}

/** Replaces each line along `axis` by what `visit` writes for it; `size` is the length of a resulting line. */
export function alongAxis(
  array: NdArray,
  axis: number,
  size: number,
  visit: (line: Float64Array, out: Float64Array) => void,
): NdArray {
  const [outer, length, inner] = around(array.shape, axis);
  const shape = array.shape.map((each, index) => (index === axis ? size : each));
  const data = new Float64Array(countOf(shape));
  const line = new Float64Array(length);
  const out = new Float64Array(size);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let k = 0; k < length; k++) line[k] = array.data[(o * length + k) * inner + i] ?? NaN;
      visit(line, out);
      for (let k = 0; k < size; k++) data[(o * size + k) * inner + i] = out[k] ?? NaN;
    }
  }
  return { shape, data };
}

export function reshaped(array: NdArray, shape: readonly number[]): NdArray {
  return { shape, data: array.data };
}
