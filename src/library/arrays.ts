// Arrays as a user gives and gets them: the batch first where there is one, a single example without it. Inside, time stands first.
import { UserError } from "../base/diagnostic.ts";
import { evaluateDim, printDim, symbolOf, symbolsOf, type Sizes } from "../shape/dim.ts";
import type { Axis, Type } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";

/** Numbers in row-major order with their shape. Tokens and lengths are whole numbers. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** Arrays in arrays, all of one depth has equal lengths. */
export type Nested = number | readonly Nested[];

/** What tfjs' tensors offer of themselves: no tfjs is imported for it. */
export interface TensorLike {
  readonly shape: readonly number[];
  dataSync(): ArrayLike<number>;
}

/**
 * What is taken as an array: numbers in arrays, a typed array with its `shape`, a `tf.Tensor`, or a bare typed array, which is one
 * example whose length follows from its size.
 */
export type ArrayInput = Nested | NumberArray | TensorLike | Float32Array | Float64Array | Int32Array;

interface Given {
  /** Null where only the number of elements is known. */
  readonly shape: readonly number[] | null;
  readonly data: ArrayLike<number>;
}

function read(input: ArrayInput, name: string): Given {
  if (ArrayBuffer.isView(input)) return { shape: null, data: input };
  if (typeof input === "number" || isList(input)) return nested(input, name);
  if ("dataSync" in input) return { shape: input.shape, data: input.dataSync() };
  const count = input.shape.reduce((product, size) => product * size, 1);
  if (count === input.data.length) return input;
  throw new UserError(
    `\`${name}\` has ${input.data.length} numbers, but the shape ${shown(input.shape)} needs ${count}`,
  );
}

function isList(input: Exclude<ArrayInput, number>): input is readonly Nested[] {
  return Array.isArray(input);
}

function nested(input: Nested, name: string): Given {
  const shape: number[] = [];
  for (let level: Nested | undefined = input; typeof level === "object"; level = level[0]) shape.push(level.length);
  const data: number[] = [];
  const walk = (value: Nested, depth: number): void => {
    if (typeof value === "number") {
      if (depth !== shape.length) throw uneven(name);
      data.push(value);
      return;
    }
    if (value.length !== shape[depth]) throw uneven(name);
    for (const each of value) walk(each, depth + 1);
  };
  walk(input, 0);
  return { shape, data };
}

function uneven(name: string): UserError {
  return new UserError(
    `\`${name}\`: its arrays differ in length. Examples of different lengths are padded to the longest and told by \`lengths\``,
  );
}

export interface Placed {
  readonly array: HostArray;
  /** How many examples, or null for a single one without an axis of its own. */
  readonly batch: number | null;
}

/** Puts what a user gave into the order of `type`, `[T, B, …]`, and learns sizes from it: `sizes` grows. Throws a UserError in the words of the spec. */
export function placed(input: ArrayInput, type: Type, name: string, sizes: Map<string, number>): Placed {
  const given = read(input, name);
  const own = type.axes.filter(({ tag }) => tag !== "batch");
  const shape = given.shape ?? inferredShape(given.data.length, own, name, sizes);
  const hasBatch = shape.length === own.length + 1;
  if (!hasBatch && shape.length !== own.length) throw wrongShape(name, shape, own, sizes);
  const sizesOfOwn = hasBatch ? shape.slice(1) : shape;
  own.forEach((axis, index) => learn(axis, sizesOfOwn[index] ?? 0, { name, shape, own, sizes }));
  const batch = hasBatch ? (shape[0] ?? 0) : null;
  const hasTime = own[0]?.tag === "time";
  const [steps, width] = hasTime ? [sizesOfOwn[0] ?? 0, product(sizesOfOwn.slice(1))] : [1, product(sizesOfOwn)];
  const data = timeFirst(given.data, { batch: batch ?? 1, steps, width, dtype: type.dtype });
  const rest = hasTime ? sizesOfOwn.slice(1) : sizesOfOwn;
  return {
    array: { dtype: type.dtype, shape: [...(hasTime ? [steps] : []), batch ?? 1, ...rest], data },
    batch,
  };
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
    `\`${name}\` is ${typeText(own, sizes)} for each example, and ${count} bare numbers do not say how they are shaped: give { shape, data }`,
  );
}

interface Place {
  readonly name: string;
  readonly shape: readonly number[];
  readonly own: readonly Axis[];
  readonly sizes: Map<string, number>;
}

function learn(axis: Axis, size: number, { name, shape, own, sizes }: Place): void {
  const symbol = symbolOf(axis.size);
  if (symbol !== undefined && !sizes.has(symbol)) {
    sizes.set(symbol, size);
    return;
  }
  const isKnown = symbolsOf(axis.size).every((each) => sizes.has(each));
  if (isKnown && evaluateDim(axis.size, sizes) !== size) throw wrongShape(name, shape, own, sizes);
}

function wrongShape(name: string, shape: readonly number[], own: readonly Axis[], sizes: Sizes): UserError {
  return new UserError(
    `\`${name}\` is ${typeText(own, sizes)} for each example, but what was given is ${shown(shape)}${shape.length > own.length ? ", the first axis being the batch" : ""}`,
  );
}

/** `seq [I] with I = 3`. */
function typeText(own: readonly Axis[], sizes: Sizes): string {
  const plain = own.filter(({ tag }) => tag === "plain" || tag === "memory");
  const inner = `[${plain.map(({ size }) => printDim(size)).join(", ")}]`;
  const names = [...new Set(own.flatMap(({ size }) => symbolsOf(size)))].filter((each) => sizes.has(each));
  const values = names.map((each) => `${each} = ${sizes.get(each) ?? 0}`).join(", ");
  return `${own[0]?.tag === "time" ? "seq " : ""}${inner}${values === "" ? "" : ` with ${values}`}`;
}

function shown(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

function timeFirst(
  data: ArrayLike<number>,
  {
    batch,
    steps,
    width,
    dtype,
  }: { readonly batch: number; readonly steps: number; readonly width: number; readonly dtype: Type["dtype"] },
): HostArray["data"] {
  const count = batch * steps * width;
  const out =
    dtype === "int"
      ? new Int32Array(count)
      : data instanceof Float64Array
        ? new Float64Array(count)
        : new Float32Array(count);
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < steps; t++) {
      for (let k = 0; k < width; k++) out[(t * batch + b) * width + k] = data[(b * steps + t) * width + k] ?? 0;
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
