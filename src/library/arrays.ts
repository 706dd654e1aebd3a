// Arrays as a user gives and gets them: the batch first where there is one, a single example without it. Inside, time stands first.
import { UserError } from "../base/diagnostic.ts";
import { evaluateDim, printDim, symbolOf, symbolsOf, type Sizes } from "../shape/dim.ts";
import type { Axis, Type } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";
import { readArray, type ArrayInput, type NumberArray, type Numbers } from "./given.ts";
import { reading } from "./shown.ts";

export interface Placed {
  /** `[T, B, …]`, or `[B, …]` where the type has no time. Tokens are as they were given: `asTokens` checks them. */
  readonly array: HostArray;
  /** How many examples, or null for a single one without an axis of its own. */
  readonly batch: number | null;
  /** How many steps, or null where the type has no time. */
  readonly steps: number | null;
}

/** What a shape `[B, T, …]` says; null for an axis that is not there. */
interface ReadShape {
  readonly batch: number | null;
  readonly steps: number | null;
  readonly rest: readonly number[];
}

/**
 * Learns sizes from the shape of what a user gave for `type`: `sizes` grows, but for the time's, on which several inputs must agree.
 * Throws a UserError in the words of the spec.
 */
export function readShape(shape: readonly number[], type: Type, name: string, sizes: Map<string, number>): ReadShape {
  const own = type.axes.filter(({ tag }) => tag !== "batch");
  const hasBatch = shape.length === own.length + 1;
  if (!hasBatch && shape.length !== own.length) throw wrongShape(name, shape, own, sizes);
  const sizesOfOwn = hasBatch ? shape.slice(1) : shape;
  const learnt = new Map(sizes);
  own.forEach((axis, index) => {
    if (axis.tag === "time" || learnSize(axis, sizesOfOwn[index] ?? 0, learnt)) return;
    throw wrongShape(name, shape, own, sizes);
  });
  const batch = hasBatch ? (shape[0] ?? 0) : null;
  const hasTime = own[0]?.tag === "time";
  const [steps, rest] = hasTime ? [sizesOfOwn[0] ?? 0, sizesOfOwn.slice(1)] : [1, sizesOfOwn];
  if (batch === 0) throw new UserError(`\`${name}\` has no examples: its shape is ${shown(shape)}`);
  if (steps === 0) throw new UserError(`\`${name}\` has no steps: its shape is ${shown(shape)}`);
  for (const [symbol, size] of learnt) sizes.set(symbol, size);
  return { batch, steps: hasTime ? steps : null, rest };
}

/** Puts what a user gave into the order of `type`, and learns from it as `readShape`. */
export function placed(input: ArrayInput, type: Type, name: string, sizes: Map<string, number>): Placed {
  const given = reading(`\`${name}\``, () => readArray(input, name));
  const own = type.axes.filter(({ tag }) => tag !== "batch");
  const shape = given.shape ?? inferredShape(given.count, own, name, sizes);
  const { batch, steps, rest } = readShape(shape, type, name, sizes);
  const data = timeFirst(reading(`\`${name}\``, given.read), {
    batch: batch ?? 1,
    steps: steps ?? 1,
    width: product(rest),
    dtype: type.dtype,
  });
  const leading = steps === null ? [batch ?? 1] : [steps, batch ?? 1];
  return { array: { dtype: type.dtype, shape: [...leading, ...rest], data }, batch, steps };
}

/** Takes an array of known axes, without batch and time, and learns sizes from it. Throws a UserError where it does not fit. */
export function placedWeight(
  input: ArrayInput,
  axes: readonly Axis[],
  name: string,
  sizes: Map<string, number>,
): HostArray {
  const given = reading(`the weight \`${name}\``, () => readArray(input, name));
  const shape = given.shape ?? inferredShape(given.count, axes, name, sizes);
  readShapeOfWeight(shape, axes, name, sizes);
  const numbers = reading(`the weight \`${name}\``, given.read);
  return {
    dtype: "float",
    shape,
    data: numbers instanceof Float64Array ? numbers.slice() : Float32Array.from(numbers),
  };
}

/** As `readShape`, of a weight. */
export function readShapeOfWeight(
  shape: readonly number[],
  axes: readonly Axis[],
  name: string,
  sizes: Map<string, number>,
): void {
  const learnt = new Map(sizes);
  const fits = shape.length === axes.length && axes.every((axis, index) => learnSize(axis, shape[index] ?? 0, learnt));
  if (!fits)
    throw new UserError(`the weight \`${name}\` is ${typeText(axes, sizes)}, but what was given is ${shown(shape)}`);
  for (const [symbol, size] of learnt) sizes.set(symbol, size);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** One example: what is not known yet is its first axis. */
function inferredShape(count: number, own: readonly Axis[], name: string, sizes: Sizes): readonly number[] {
  const known = own.map((axis) =>
    symbolsOf(axis.size).every((each) => sizes.has(each)) ? evaluateDim(axis.size, sizes) : null,
  );
  const open = known.flatMap((size, index) => (size === null ? [index] : []));
  const rest = product(known.map((size) => size ?? 1));
  if (open.length === 0 && rest === count) return known.map((size) => size ?? 1);
  if (open.length === 1 && rest > 0 && count % rest === 0) return known.map((size) => size ?? count / rest);
  throw new UserError(
    `\`${name}\` is ${typeText(own, sizes)}, and ${count} bare numbers do not say how they are shaped: give { shape, data }`,
  );
}

/** Whether an axis may have this size; a size that is not known yet becomes known. */
function learnSize(axis: Axis, size: number, sizes: Map<string, number>): boolean {
  const symbol = symbolOf(axis.size);
  if (symbol !== undefined && !sizes.has(symbol)) sizes.set(symbol, size);
  const isKnown = symbolsOf(axis.size).every((each) => sizes.has(each));
  return !isKnown || evaluateDim(axis.size, sizes) === size;
}

function wrongShape(name: string, shape: readonly number[], own: readonly Axis[], sizes: Sizes): UserError {
  const batch = shape.length > own.length ? ", the first axis being the batch" : "";
  return new UserError(
    `\`${name}\` is ${typeText(own, sizes)} for each example, but what was given is ${shown(shape)}${batch}`,
  );
}

/** `seq [I] with I = 3`, as a spec would say it. */
function typeText(own: readonly Axis[], sizes: Sizes): string {
  const plain = own.filter(({ tag }) => tag !== "time");
  const inner = `[${plain.map(({ size }) => printDim(size)).join(", ")}]`;
  const names = [...new Set(plain.flatMap(({ size }) => symbolsOf(size)))].filter((each) => sizes.has(each));
  const values = names.map((each) => `${each} = ${sizes.get(each) ?? 0}`).join(", ");
  return `${own[0]?.tag === "time" ? "seq " : ""}${inner}${values === "" ? "" : ` with ${values}`}`;
}

function shown(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

interface Layout {
  readonly batch: number;
  readonly steps: number;
  readonly width: number;
  readonly dtype: Type["dtype"];
}

/** From `[B, T, width]` to `[T, B, width]`. Tokens stay exact, whatever was given. */
function timeFirst(data: Numbers, { batch, steps, width, dtype }: Layout): HostArray["data"] {
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

/** An array of the program as a user gets it: `[B, T, …]`, or without B for a single example. */
export function unplaced({ shape, data }: HostArray, type: Type, isSingle: boolean): NumberArray {
  const batchAt = type.axes.findIndex(({ tag }) => tag === "batch");
  if (batchAt < 0) return { shape, data: data.slice() };
  const hasTime = batchAt === 1;
  const batch = shape[batchAt] ?? 0;
  const steps = hasTime ? (shape[0] ?? 0) : 1;
  const rest = shape.slice(batchAt + 1);
  const width = product(rest);
  const out = data.slice();
  for (let b = 0; b < batch && hasTime; b++) {
    for (let t = 0; t < steps; t++) {
      out.set(data.subarray((t * batch + b) * width, (t * batch + b + 1) * width), (b * steps + t) * width);
    }
  }
  return { shape: [...(isSingle ? [] : [batch]), ...(hasTime ? [steps] : []), ...rest], data: out };
}
