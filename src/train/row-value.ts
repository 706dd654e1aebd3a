// The value of one row of a batch as nested arrays. Each axis of a time is as long as the row's own sequence.
import type { Dim } from "../shape/dim.ts";
import { ownAxes, timeOf, type Type } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";

type Numbers = HostArray["data"];

/** Converts the numbers of one example at one step to a value. `limits`: how many places of each axis are the example's own. */
export type ValueOf = (values: Numbers, shape: readonly number[], limits: readonly number[]) => unknown;

/** A row of a batch of `count` rows, and the number of its steps along a time. */
export interface RowPlace {
  readonly row: number;
  readonly count: number;
  readonly stepsAlong: (time: Dim) => number;
}

/** The value of a row of an array `[T, B, …]` or `[B, …]`; for a sequence, an array with one value for each step. */
export function valueOfRow(
  { shape, data }: Pick<HostArray, "shape" | "data">,
  type: Type,
  { row, count, stepsAlong }: RowPlace,
  value: ValueOf,
): unknown {
  const limits = ownAxes(type).map(({ tag, size }) => (tag === "memory" ? stepsAlong(size) : Infinity));
  if (timeOf(type) === undefined) return value(partOf(data, row, count), shape.slice(1), limits);
  const steps = stepsOfSequence({ shape, data }, type, { row, count, stepsAlong });
  return steps.map((each) => value(each, shape.slice(2), limits));
}

/** The numbers of each step of a row, of a sequence `[T, B, …]`. */
export function stepsOfSequence(
  { shape, data }: Pick<HostArray, "shape" | "data">,
  type: Type,
  { row, count, stepsAlong }: RowPlace,
): readonly Numbers[] {
  const time = timeOf(type);
  const all = (shape[0] ?? 0) * count;
  const steps = time === undefined ? 0 : stepsAlong(time);
  return Array.from({ length: steps }, (_, step) => partOf(data, step * count + row, all));
}

/** As nested arrays; of a single number the number. */
export function nest(values: Numbers, [size, ...shape]: readonly number[], limits: readonly number[] = []): unknown {
  if (size === undefined) return values[0];
  const [limit = Infinity, ...rest] = limits;
  return Array.from({ length: Math.min(size, limit) }, (_, index) => nest(partOf(values, index, size), shape, rest));
}

/** Part `index` of `count` equal ones. */
function partOf(data: Numbers, index: number, count: number): Numbers {
  const width = data.length / Math.max(1, count);
  return data.subarray(index * width, (index + 1) * width);
}
