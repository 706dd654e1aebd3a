// Repeats and selects examples along the batch axis, and cuts steps out of sequences.
import type { Axis } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";

/** The index of the batch axis; undefined if there is none. */
export function batchAxis(axes: readonly Axis[]): number | undefined {
  const index = axes.findIndex(({ tag }) => tag === "batch");
  return index < 0 ? undefined : index;
}

/** Each example `copies` times, one after the other. */
export function repeatExamples(array: HostArray, axis: number, copies: number): HostArray {
  const count = array.shape[axis] ?? 1;
  return selectExamples(
    array,
    axis,
    Array.from({ length: count * copies }, (_, index) => Math.floor(index / copies)),
  );
}

/** Examples `rows`, in that order. */
export function selectExamples(array: HostArray, axis: number, rows: readonly number[]): HostArray {
  const { dtype, shape, data } = array;
  const outer = shape.slice(0, axis).reduce((product, size) => product * size, 1);
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const count = shape[axis] ?? 1;
  const size = outer * rows.length * inner;
  const out = data instanceof Float64Array ? new Float64Array(size) : allocateArray(dtype, size);
  for (let o = 0; o < outer; o++) {
    for (const [index, row] of rows.entries()) {
      const from = (o * count + row) * inner;
      out.set(data.subarray(from, from + inner), (o * rows.length + index) * inner);
    }
  }
  return { dtype, shape: shape.toSpliced(axis, 1, rows.length), data: out };
}

function allocateArray(dtype: HostArray["dtype"], size: number): HostArray["data"] {
  return dtype === "int" ? new Int32Array(size) : new Float32Array(size);
}

/** Steps `start` … `end - 1` of an array `[T, …]`. */
export function sliceSteps({ dtype, shape, data }: HostArray, start: number, end: number): HostArray {
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  return { dtype, shape: [end - start, ...shape.slice(1)], data: data.slice(start * width, end * width) };
}

/** Copies an array `[first, second, width]` as `[second, first, width]` into `out`. */
export function swapAxes<A extends HostArray["data"]>(
  out: A,
  data: HostArray["data"],
  [first, second, width]: readonly [first: number, second: number, width: number],
): A {
  for (let i = 0; i < first; i++)
    for (let j = 0; j < second; j++) {
      const from = (i * second + j) * width;
      out.set(data.subarray(from, from + width), (j * first + i) * width);
    }
  return out;
}
