// Matrices as 8-bit integers with one float32 scale for each row. Elements differ from the original by half of their row's scale at most,
// which is 1/254 of the greatest magnitude in the row.
import { countOf } from "../ops/nd.ts";
import type { HostArray } from "../targets/target.ts";

export interface Int8Rows {
  readonly shape: readonly number[];
  /** Row-major, from -127 to 127. A row is all elements along the last axis. */
  readonly values: Int8Array;
  /** One for each row. */
  readonly scales: Float32Array;
}

/** Whether an array is stored as int8 where that is asked for: vectors and scalars are not. */
export function hasRows({ shape }: Pick<HostArray, "shape">): boolean {
  return shape.length > 1 && countOf(shape) > 0;
}

export function asInt8Rows({ shape, data }: HostArray): Int8Rows {
  const width = shape.at(-1) ?? 1;
  const values = new Int8Array(data.length);
  const scales = new Float32Array(width === 0 ? 0 : data.length / width);
  scales.forEach((_, row) => {
    const elements = Float64Array.from(data.subarray(row * width, (row + 1) * width));
    const scale = Math.fround(elements.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127);
    scales[row] = scale;
    elements.forEach((value, column) => {
      values[row * width + column] = scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(value / scale)));
    });
  });
  return { shape, values, scales };
}

/** What an array is after it was stored as int8 and read again; itself if it is not stored so. */
export function roundedToInt8(array: HostArray): HostArray {
  return hasRows(array) ? fromInt8Rows(asInt8Rows(array)) : array;
}

/** The numbers that the integers stand for. */
export function fromInt8Rows({ shape, values, scales }: Int8Rows): HostArray {
  const width = shape.at(-1) ?? 1;
  const data = Float32Array.from(values, (value, index) => value * (scales[Math.floor(index / width)] ?? 0));
  return { dtype: "float", shape, data };
}
