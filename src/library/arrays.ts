// Converts arrays between the layout of users (`[B, T, …]`, or `[T, …]` for a single example) and that of programs (`[T, B, …]`).
import { UserError } from "../base/diagnostic.ts";
import { evaluateDim, learnSize, printDim, symbolsOf, type Sizes } from "../shape/dim.ts";
import type { Axis, Type } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { swapAxes } from "../train/array-parts.ts";
import { readArray, type ArrayInput, type NumberArray, type Numbers } from "./given.ts";
import { readSafely } from "./describe-value.ts";

export interface InputArray {
  /** `[T, B, …]`, or `[B, …]` if the type has no time. Tokens are not checked yet: `toTokens` does that. */
  readonly array: HostArray;
  /** The number of examples, or null for a single example without a batch axis. */
  readonly batch: number | null;
  /** The number of steps, or null if the type has no time. */
  readonly steps: number | null;
}

/** The parts of a shape `[B, T, …]`; null for an axis that is not there. */
interface ReadShape {
  readonly batch: number | null;
  readonly steps: number | null;
  readonly rest: readonly number[];
}

/**
 * Checks the shape of a user's array against `type`, and adds the sizes that it defines to `sizes`. The number of steps is not added:
 * several inputs must agree on it. Throws a UserError that names the sizes of the spec.
 */
export function readShape(shape: readonly number[], type: Type, name: string, sizes: Map<string, number>): ReadShape {
  const own = type.axes.filter(({ tag }) => tag !== "batch");
  const hasBatch = shape.length === own.length + 1;
  if (!hasBatch && shape.length !== own.length) throw wrongShape(name, shape, own, sizes);
  const sizesOfOwn = hasBatch ? shape.slice(1) : shape;
  const learnt = new Map(sizes);
  own.forEach((axis, index) => {
    if (axis.tag === "time" || learnSize(axis.size, sizesOfOwn[index] ?? 0, learnt)) return;
    throw wrongShape(name, shape, own, sizes);
  });
  const batch = hasBatch ? (shape[0] ?? 0) : null;
  const hasTime = own[0]?.tag === "time";
  const [steps, rest] = hasTime ? [sizesOfOwn[0] ?? 0, sizesOfOwn.slice(1)] : [1, sizesOfOwn];
  if (batch === 0) throw new UserError(`\`${name}\` has no examples: its shape is ${printShape(shape)}`);
  if (steps === 0) throw new UserError(`\`${name}\` has no steps: its shape is ${printShape(shape)}`);
  for (const [symbol, size] of learnt) sizes.set(symbol, size);
  return { batch, steps: hasTime ? steps : null, rest };
}

/** Reads a user's array in the layout of `type`, and adds sizes as `readShape` does. */
export function readInput(input: ArrayInput, type: Type, name: string, sizes: Map<string, number>): InputArray {
  const given = readSafely(`\`${name}\``, () => readArray(input, name));
  const own = type.axes.filter(({ tag }) => tag !== "batch");
  const shape = given.shape ?? inferShape(given.count, own, name, sizes);
  const { batch, steps, rest } = readShape(shape, type, name, sizes);
  const data = toTimeFirst(readSafely(`\`${name}\``, given.read), {
    batch: batch ?? 1,
    steps: steps ?? 1,
    width: product(rest),
    dtype: type.dtype,
  });
  const leading = steps === null ? [batch ?? 1] : [steps, batch ?? 1];
  return { array: { dtype: type.dtype, shape: [...leading, ...rest], data }, batch, steps };
}

/** Reads a weight, an array without batch and time, and adds its sizes to `sizes`. Throws a UserError if it does not fit. */
export function readWeight(
  input: ArrayInput,
  axes: readonly Axis[],
  name: string,
  sizes: Map<string, number>,
): HostArray {
  const given = readSafely(`the weight \`${name}\``, () => readArray(input, name));
  const shape = given.shape ?? inferShape(given.count, axes, name, sizes);
  readWeightShape(shape, axes, name, sizes);
  const numbers = readSafely(`the weight \`${name}\``, given.read);
  return {
    dtype: "float",
    shape,
    data: numbers instanceof Float64Array ? numbers.slice() : Float32Array.from(numbers),
  };
}

/** As `readShape`, for a weight. */
export function readWeightShape(
  shape: readonly number[],
  axes: readonly Axis[],
  name: string,
  sizes: Map<string, number>,
): void {
  const learnt = new Map(sizes);
  const fits =
    shape.length === axes.length && axes.every((axis, index) => learnSize(axis.size, shape[index] ?? 0, learnt));
  if (!fits)
    throw new UserError(
      `the weight \`${name}\` is ${printType(axes, sizes)}, but the given array is ${printShape(shape)}`,
    );
  for (const [symbol, size] of learnt) sizes.set(symbol, size);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** The shape of `count` numbers without a shape, as one example: at most one size may be unknown. */
function inferShape(count: number, own: readonly Axis[], name: string, sizes: Sizes): readonly number[] {
  const known = own.map((axis) =>
    symbolsOf(axis.size).every((each) => sizes.has(each)) ? evaluateDim(axis.size, sizes) : null,
  );
  const open = known.flatMap((size, index) => (size === null ? [index] : []));
  const rest = product(known.map((size) => size ?? 1));
  if (open.length === 0 && rest === count) return known.map((size) => size ?? 1);
  if (open.length === 1 && rest > 0 && count % rest === 0) return known.map((size) => size ?? count / rest);
  throw new UserError(
    `\`${name}\` is ${printType(own, sizes)}, but ${count} numbers without a shape were given: give { shape, data }`,
  );
}

function wrongShape(name: string, shape: readonly number[], own: readonly Axis[], sizes: Sizes): UserError {
  const batch = shape.length > own.length ? ", the first axis being the batch" : "";
  return new UserError(
    `\`${name}\` is ${printType(own, sizes)} for each example, but the given array is ${printShape(shape)}${batch}`,
  );
}

/** `seq [I] with I = 3`, as in a spec. */
function printType(own: readonly Axis[], sizes: Sizes): string {
  const plain = own.filter(({ tag }) => tag !== "time");
  const inner = `[${plain.map(({ size }) => printDim(size)).join(", ")}]`;
  const names = [...new Set(plain.flatMap(({ size }) => symbolsOf(size)))].filter((each) => sizes.has(each));
  const values = names.map((each) => `${each} = ${sizes.get(each) ?? 0}`).join(", ");
  return `${own[0]?.tag === "time" ? "seq " : ""}${inner}${values === "" ? "" : ` with ${values}`}`;
}

function printShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

interface Layout {
  readonly batch: number;
  readonly steps: number;
  readonly width: number;
  readonly dtype: Type["dtype"];
}

/** From `[B, T, width]` to `[T, B, width]`. Tokens are copied in float64, which holds every id exactly. */
function toTimeFirst(data: Numbers, { batch, steps, width, dtype }: Layout): HostArray["data"] {
  const count = batch * steps * width;
  const isExact = dtype === "int" || data instanceof Float64Array;
  const out = isExact ? new Float64Array(count) : new Float32Array(count);
  if (batch === 1 || steps === 1) {
    out.set(data);
    return out;
  }
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < steps; t++) {
      const from = (b * steps + t) * width;
      const to = (t * batch + b) * width;
      for (let k = 0; k < width; k++) out[to + k] = data[from + k] ?? 0;
    }
  }
  return out;
}

/** An array of a program in the layout of users: `[B, T, …]`, or without B for a single example. */
export function toBatchFirst({ shape, data }: HostArray, type: Type, isSingle: boolean): NumberArray {
  const batchAt = type.axes.findIndex(({ tag }) => tag === "batch");
  if (batchAt < 0) return { shape, data: data.slice() };
  const hasTime = batchAt === 1;
  const batch = shape[batchAt] ?? 0;
  const steps = hasTime ? (shape[0] ?? 0) : 1;
  const rest = shape.slice(batchAt + 1);
  const width = product(rest);
  const out = data.slice();
  if (hasTime) swapAxes(out, data, [steps, batch, width]);
  return { shape: [...(isSingle ? [] : [batch]), ...(hasTime ? [steps] : []), ...rest], data: out };
}
