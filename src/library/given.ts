// What a user gives as an array: nested arrays, typed arrays, shaped arrays, tensors of tfjs. Read into one form; nothing is kept or disposed of.
import { UserError } from "../base/diagnostic.ts";
import { nameOfView, shown } from "./shown.ts";

/** Numbers in row-major order with their shape, as results come. Tokens and lengths are whole numbers. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** Numbers in row-major order with their shape, as they may be given. */
export interface ShapedArray {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export type NumberView =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

/** Numbers in arrays, the innermost of which may be typed; all arrays of one depth have equal lengths. */
export type Nested = number | null | NumberView | readonly Nested[];

/** What tfjs' tensors offer of themselves: no tfjs is imported for it. Where a backend cannot answer at once, give `{ shape, data: await tensor.data() }`. */
export interface TensorLike {
  readonly shape: readonly number[];
  dataSync(): ArrayLike<number>;
}

/**
 * What is taken as an array: numbers in arrays, a typed array with its `shape`, a `tf.Tensor` (which stays the caller's), or a bare
 * typed array, which is one example whose length follows from its size.
 */
export type ArrayInput = Nested | ShapedArray | TensorLike;

/** What may be given as an array, before anybody looks at its numbers. */
export interface Given {
  /** Null where only the number of elements is known. */
  readonly shape: readonly number[] | null;
  readonly count: number;
  /** Reads all numbers, row-major. Throws a UserError where one is none. */
  readonly read: () => Numbers;
}

/** A user's own typed array, or a copy. */
export type Numbers = NumberView;

/** An array of more axes is a mistake, or holds itself. */
const MOST_AXES = 16;
/** So many numbers in arrays of JavaScript are a mistake too: a typed array holds more. */
const MOST_NESTED = 2 ** 27;

/** What was given as `name`. Throws a UserError for what is not an array of numbers; the caller minds what getters throw. */
export function readArray(input: ArrayInput, name: string): Given {
  if (isView(input)) return { shape: null, count: input.length, read: () => input };
  if (ArrayBuffer.isView(input)) throw noNumber(name, input);
  if (typeof input === "number" || isList(input)) return nested(input, name);
  if (typeof input !== "object" || input === null) throw noNumber(name, input);
  if ("dataSync" in input) return tensor(input, name);
  const { shape, data } = input;
  if (!Array.isArray(shape) || typeof data !== "object" || data === null) throw noNumber(name, input);
  const sizes = sizesOf(shape, name);
  checkCount(data, sizes, name);
  return { shape: sizes, count: countOf(sizes), read: () => numbersOf(data, countOf(sizes), name) };
}

function tensor(input: TensorLike, name: string): Given {
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

/** A shape as it may be. */
function sizesOf(shape: readonly number[], name: string): readonly number[] {
  if (!Array.isArray(shape) || shape.length > MOST_AXES)
    throw new UserError(`the shape of \`${name}\` must be an array of ${MOST_AXES} sizes at most`);
  const sizes: readonly unknown[] = Array.from(shape);
  const wrong = sizes.findIndex((size) => !Number.isSafeInteger(size) || Number(size) < 0);
  if (wrong >= 0)
    throw new UserError(`the shape of \`${name}\` has ${shown(sizes[wrong])} in it, but sizes are whole numbers`);
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

/** `count` numbers: a typed array as it is, of others a copy. */
export function numbersOf(data: ArrayLike<number>, count: number, name: string): Numbers {
  if (isView(data)) return data;
  if (count > MOST_NESTED) throw tooMany(name, count);
  const numbers = new Float64Array(count);
  for (let index = 0; index < count; index++) numbers[index] = numberIn(data[index], name);
  return numbers;
}

function numberIn(value: unknown, name: string): number {
  if (typeof value !== "number") throw noNumber(name, value);
  return value;
}

function isList(input: unknown): input is readonly Nested[] {
  return Array.isArray(input);
}

/** BigInts are no numbers, and a `DataView` has no elements. */
export function isView(input: unknown): input is NumberView {
  return ArrayBuffer.isView(input) && !/^(?:DataView|Big)/.test(nameOfView(input));
}

function nested(input: Nested, name: string): Given {
  const shape: number[] = [];
  let level: unknown = input;
  while (isList(level) || isView(level)) {
    if (shape.length === MOST_AXES) throw tooDeep(name);
    if (!Number.isSafeInteger(level.length)) throw noNumber(name, level);
    shape.push(level.length);
    if (level.length === 0) break;
    level = level[0];
  }
  if (shape.at(-1) !== 0 && typeof level !== "number") throw noNumber(name, level);
  const count = countOf(shape);
  return { shape, count, read: () => flattened(input, shape, name) };
}

/** The numbers of arrays in arrays, all of one depth and of equal lengths. */
function flattened(input: Nested, shape: readonly number[], name: string): Float64Array {
  const count = countOf(shape);
  if (count > MOST_NESTED) throw tooMany(name, count);
  const numbers = new Float64Array(count);
  let next = 0;
  const walk = (value: unknown, depth: number): void => {
    if (typeof value === "number") {
      if (depth !== shape.length) throw uneven(name);
      numbers[next++] = value;
      return;
    }
    if (!isList(value) && !isView(value)) throw noNumber(name, value);
    const size = shape[depth];
    if (size === undefined || value.length !== size) throw uneven(name);
    for (let index = 0; index < size; index++) walk(value[index], depth + 1);
  };
  walk(input, 0);
  return numbers;
}

function tooDeep(name: string): UserError {
  return new UserError(
    `\`${name}\` must be an array of numbers, but this one is nested more than ${MOST_AXES} deep, or holds itself`,
  );
}

function tooMany(name: string, count: number): UserError {
  return new UserError(
    `\`${name}\` has ${count} numbers, too many for arrays in arrays: give { shape, data } with a typed array`,
  );
}

/** How `lengths` are given. */
export const LENGTHS_FORM = "{ lengths: { x: [2, 1] } }";

function uneven(name: string): UserError {
  return new UserError(
    `\`${name}\`: its arrays differ in length. Pad examples of different lengths to the longest, and give their lengths as an option: \`{ lengths: { ${name}: [2, 1] } }\``,
  );
}

/** JavaScript does not check types: text where token ids belong is the usual mistake. */
function noNumber(name: string, value: unknown): UserError {
  const help = typeof value === "string" ? `; \`model.vocabulary("${name}").encode(…)\` makes token ids of a text` : "";
  const told = shown(value);
  return new UserError(
    `\`${name}\` needs numbers, but ${told === "an object" ? "an object without `shape` and `data`" : told} was given${help}`,
  );
}
