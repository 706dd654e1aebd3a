// Arrays of a golden file in the layout of a program: time before batch, tokens as ids.
import { UserError } from "../base/diagnostic.ts";
import type { HostArray } from "../targets/target.ts";
import type { GoldenArray, GoldenData } from "./golden.ts";

export function host({ shape, data }: GoldenArray): HostArray {
  return { dtype: "float", shape, data: Float64Array.from(data) };
}

/** `[B, T, …]` as `[T, B, …]`. */
export function timeMajor({ shape, data }: GoldenArray, dtype: HostArray["dtype"]): HostArray {
  const [B = 0, T = 0, ...rest] = shape;
  const size = rest.reduce((product, each) => product * each, 1);
  const moved = dtype === "int" ? new Int32Array(data.length) : new Float64Array(data.length);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      for (let i = 0; i < size; i++) moved[(t * B + b) * size + i] = data[(b * T + t) * size + i] ?? NaN;
    }
  }
  return { dtype, shape: [T, B, ...rest], data: moved };
}

export function intArray(data: Iterable<number>): HostArray {
  const values = Int32Array.from(data);
  return { dtype: "int", shape: [values.length], data: values };
}

/** An array cut along its first axis into `count` parts. Throws a UserError if that axis has another size. */
export function parts(array: GoldenArray, count: number): readonly GoldenArray[] {
  if (count === 1 && array.shape[0] !== 1) return [array];
  if (array.shape[0] !== count)
    throw new UserError(`an initial state has ${array.shape[0] ?? 0} parts, but ${count} were expected`);
  const size = array.data.length / count;
  return Array.from({ length: count }, (_, index) => ({
    shape: array.shape.slice(1),
    data: array.data.slice(index * size, (index + 1) * size),
  }));
}

/** The numbers of data that are not tokens. Throws a UserError if they are symbols. */
export function numbersOf(name: string, { shape, data }: GoldenData): GoldenArray {
  const numbers: number[] = [];
  for (const value of data) {
    if (typeof value === "string") throw new UserError(`\`${name}\` is not a token, but the file has symbols for it`);
    numbers.push(value);
  }
  return { shape, data: numbers };
}
