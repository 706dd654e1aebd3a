// Reads the arrays of a user: nested arrays, typed arrays, arrays with shapes, tensors of tfjs. Does not keep or dispose of them.
import { UserError } from "../base/diagnostic.ts";
import type { Nested, NumberView } from "../train/split-nulls.ts";
import { nameOfView, describeValue } from "./describe-value.ts";

/** Numbers in row-major order with their shape, as in results. Tokens and lengths are whole numbers. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** Numbers in row-major order with their shape, as an argument. */
export interface ShapedArray {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export type { Nested, NumberView };

/** A tensor of tfjs. If its backend has no synchronous `dataSync`, give `{ shape, data: await tensor.data() }`. */
export interface TensorLike {
  readonly shape: readonly number[];
  dataSync(): ArrayLike<number>;
}

/**
 * An array as an argument: numbers in nested arrays, an array with its `shape`, a `tf.Tensor` (which stays the caller's), or a typed array
 * without a shape, which is one example.
 */
export type ArrayInput = Nested | ShapedArray | TensorLike;

/** An array whose numbers are not read yet. */
export interface UnreadArray {
  /** Null if only the number of elements is known. */
  readonly shape: readonly number[] | null;
  readonly count: number;
  /** Reads all numbers, row-major. Throws a UserError for an element that is not a number. */
  readonly read: () => Numbers;
}

/** A user's own typed array, or a copy. */
export type Numbers = NumberView;

/** Deeper arrays are a mistake, or contain themselves. */
const MAX_AXES = 16;
/** The largest number of elements in plain arrays. Typed arrays may have more. */
const MAX_NESTED = 2 ** 27;

/** Throws a UserError for a value that is not an array of numbers. Getters of the value may throw: see `readSafely`. */
export function readArray(input: ArrayInput, name: string): UnreadArray {
  if (isView(input)) return { shape: null, count: input.length, read: () => input };
  if (ArrayBuffer.isView(input)) throw notNumbers(name, input);
  if (typeof input === "number" || isList(input)) return readNested(input, name);
  if (typeof input !== "object" || input === null) throw notNumbers(name, input);
  if ("dataSync" in input) return readTensor(input, name);
  const { shape, data } = input;
  if (!Array.isArray(shape) || typeof data !== "object" || data === null) throw notNumbers(name, input);
  const sizes = sizesOf(shape, name);
  checkCount(data, sizes, name);
  return { shape: sizes, count: countOf(sizes), read: () => numbersOf(data, countOf(sizes), name) };
}

function readTensor(input: TensorLike, name: string): UnreadArray {
  const sizes = sizesOf(input.shape, name);
  const count = countOf(sizes);
  return {
    shape: sizes,
    count,
    read: () => {
      const data = input.dataSync();
      checkCount(data, sizes, name);
      return numbersOf(data, count, name);
    },
  };
}

/** A valid shape. Throws a UserError for any other value. */
function sizesOf(shape: readonly number[], name: string): readonly number[] {
  if (!Array.isArray(shape) || shape.length > MAX_AXES)
    throw new UserError(`the shape of \`${name}\` must be an array of ${MAX_AXES} sizes at most`);
  const sizes: readonly unknown[] = Array.from(shape);
  const wrong = sizes.findIndex((size) => !Number.isSafeInteger(size) || Number(size) < 0);
  if (wrong >= 0)
    throw new UserError(
      `the shape of \`${name}\` has ${describeValue(sizes[wrong])} in it, but sizes are whole numbers`,
    );
  return sizes.map(Number);
}

function countOf(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1);
}

function checkCount(data: ArrayLike<number>, sizes: readonly number[], name: string): void {
  const count = countOf(sizes);
  const length: unknown = data.length;
  if (length === count) return;
  const found = typeof length === "number" ? `${length} numbers` : "no numbers";
  throw new UserError(`\`${name}\` has ${found}, but the shape [${sizes.join(", ")}] needs ${count}`);
}

/** `count` numbers: the typed array itself, or a copy of another array. */
export function numbersOf(data: ArrayLike<number>, count: number, name: string): Numbers {
  if (isView(data)) return data;
  if (count > MAX_NESTED) throw tooMany(name, count);
  const numbers = new Float64Array(count);
  for (let index = 0; index < count; index++) numbers[index] = numberIn(data[index], name);
  return numbers;
}

function numberIn(value: unknown, name: string): number {
  if (typeof value !== "number") throw notNumbers(name, value);
  return value;
}

function isList(input: unknown): input is readonly Nested[] {
  return Array.isArray(input);
}

/** Arrays of BigInts and `DataView` do not count. */
export function isView(input: unknown): input is NumberView {
  return ArrayBuffer.isView(input) && !/^(?:DataView|Big)/.test(nameOfView(input));
}

function readNested(input: Nested, name: string): UnreadArray {
  const shape: number[] = [];
  let level: unknown = input;
  while (isList(level) || isView(level)) {
    if (shape.length === MAX_AXES) throw tooDeep(name);
    if (!Number.isSafeInteger(level.length)) throw notNumbers(name, level);
    shape.push(level.length);
    if (level.length === 0) break;
    level = level[0];
  }
  if (shape.at(-1) !== 0 && typeof level !== "number") throw notNumbers(name, level);
  const count = countOf(shape);
  return { shape, count, read: () => flatten(input, shape, name) };
}

/** The numbers of nested arrays. Throws a UserError if depths or lengths differ. */
function flatten(input: Nested, shape: readonly number[], name: string): Float64Array {
  const count = countOf(shape);
  if (count > MAX_NESTED) throw tooMany(name, count);
  const numbers = new Float64Array(count);
  let next = 0;
  const walk = (value: unknown, depth: number): void => {
    if (typeof value === "number") {
      if (depth !== shape.length) throw uneven(name);
      numbers[next++] = value;
      return;
    }
    if (!isList(value) && !isView(value)) throw notNumbers(name, value);
    const size = shape[depth];
    if (size === undefined || value.length !== size) throw uneven(name);
    for (let index = 0; index < size; index++) walk(value[index], depth + 1);
  };
  walk(input, 0);
  return numbers;
}

function tooDeep(name: string): UserError {
  return new UserError(
    `\`${name}\` must be an array of numbers, but this one has more than ${MAX_AXES} levels, or contains itself`,
  );
}

function tooMany(name: string, count: number): UserError {
  return new UserError(
    `\`${name}\` has ${count} numbers, too many for arrays in arrays: give { shape, data } with a typed array`,
  );
}

/** How `lengths` are written, for messages. */
export const LENGTHS_FORM = "{ lengths: { x: [2, 1] } }";

function uneven(name: string): UserError {
  return new UserError(
    `\`${name}\`: its arrays differ in length. Pad examples of different lengths to the longest, and give their lengths as an option: \`{ lengths: { ${name}: [2, 1] } }\``,
  );
}

/** A text instead of token ids is the most frequent mistake. */
function notNumbers(name: string, value: unknown): UserError {
  const help = typeof value === "string" ? `; \`model.vocabulary("${name}").encode(…)\` encodes a text` : "";
  const described = describeValue(value);
  return new UserError(
    `\`${name}\` needs numbers, but ${described === "an object" ? "an object without `shape` and `data`" : described} was given${help}`,
  );
}
