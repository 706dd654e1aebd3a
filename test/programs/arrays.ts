// Values for the inputs of a random program's graph, whole or cut down to one example.
import { nameOfInput } from "../../src/graph/node.ts";
import { countOf, stridesOf, type NdArray } from "../../src/ops/nd.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { symbolOf, type Sizes } from "../../src/shape/dim.ts";
import type { Type } from "../../src/shape/type.ts";
import { sizesOf, valuesFor } from "../support/run.ts";

export const STEPS = 4;
export const LENGTHS: readonly number[] = [STEPS, 1, STEPS - 2, 0];
const OTHER_LENGTHS: readonly number[] = [STEPS - 1, STEPS, 1, 2];

/** How long the examples of a ragged batch are along a time: that of `x` and `z`, or that of `s`, where none is empty. */
export function lengthsAlong(time: string): readonly number[] {
  return time === "T.s" ? OTHER_LENGTHS : LENGTHS;
}

/** The times of a program's inputs. */
export function timesOf(types: readonly Type[]): readonly string[] {
  const names = types.flatMap(({ axes }) =>
    axes.flatMap(({ tag, size }) => (tag === "plain" ? [] : (symbolOf(size) ?? []))),
  );
  return [...new Set(names)].filter((name) => name.startsWith("T"));
}

export function sizesFor(graph: Graph, batch: number, steps: (time: string) => number): Sizes {
  const sizes = new Map(sizesOf(graph));
  for (const name of sizes.keys()) if (name.startsWith("T")) sizes.set(name, steps(name));
  return sizes.set("B", batch);
}

/** As `valuesFor`; what a user gives is above 0, so that equations which are not finite at 0 have a value. */
export function valuesOf(graph: Graph, sizes: Sizes, seed: number): Map<string, NdArray> {
  const values = new Map(valuesFor(graph, sizes, seed));
  for (const node of graph.inputs()) {
    const { input } = node;
    const name = nameOfInput(node);
    const value = values.get(name);
    if (value !== undefined && node.type.dtype === "float" && input?.kind === "data" && input.use !== "target")
      values.set(name, { ...value, data: value.data.map((each) => 1 + each / 2) });
  }
  return values;
}

interface Places {
  readonly time: number;
  readonly batch: number;
}

function places(type: Type): Places {
  return {
    time: type.axes.findIndex(({ tag }) => tag === "time"),
    batch: type.axes.findIndex(({ tag }) => tag === "batch"),
  };
}

/** Calls `visit` for each element with its place along time (0 without one), in the batch, and in the array. */
function visitElements(
  shape: readonly number[],
  { time, batch }: Places,
  visit: (t: number, b: number, at: number) => void,
): void {
  const strides = stridesOf(shape);
  const along = (at: number, axis: number): number =>
    axis < 0 ? 0 : Math.floor(at / (strides[axis] ?? 1)) % (shape[axis] ?? 1);
  for (let at = 0; at < countOf(shape); at++) visit(along(at, time), along(at, batch), at);
}

/** The part of an array that is example `b`, as a batch of one, `steps` long. */
export function example(array: NdArray, type: Type, b: number, steps: number): NdArray {
  const where = places(type);
  if (where.batch < 0) return array;
  const shape = array.shape.map((size, axis) => (axis === where.batch ? 1 : axis === where.time ? steps : size));
  const kept: number[] = [];
  visitElements(array.shape, where, (t, own, at) => {
    if (own === b && (where.time < 0 || t < steps)) kept.push(array.data[at] ?? NaN);
  });
  return { shape, data: Float64Array.from(kept) };
}

/** `array` with NaN behind each example's end. */
export function spoilt(array: NdArray, type: Type, lengths: readonly number[], by: number): NdArray {
  const where = places(type);
  if (where.time < 0) return array;
  const data = array.data.slice();
  visitElements(array.shape, where, (t, b, at) => {
    if (t >= (lengths[b] ?? 0)) data[at] = by;
  });
  return { shape: array.shape, data };
}

/** `array` with 0 for the examples that have no steps. */
export function withoutEmpty(array: NdArray, type: Type): NdArray {
  const data = array.data.slice();
  visitElements(array.shape, places(type), (_, b, at) => {
    if (LENGTHS[b] === 0) data[at] = 0;
  });
  return { shape: array.shape, data };
}
