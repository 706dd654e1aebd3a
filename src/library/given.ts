// What a user gives as an array: nested arrays, typed arrays, shaped arrays, tensors of tfjs. Read into one form; nothing is kept or disposed of.
import { UserError } from "../base/diagnostic.ts";

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
export type Nested = number | NumberView | readonly Nested[];

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

export interface Given {
  /** Null where only the number of elements is known. */
  readonly shape: readonly number[] | null;
  readonly data: ArrayLike<number>;
}

/** Throws a UserError for what is no array of numbers. */
export function readArray(input: ArrayInput, name: string): Given {
  if (isView(input)) return { shape: null, data: input };
  if (typeof input === "number" || isList(input)) return nested(input, name);
  if (typeof input !== "object" || input === null) throw noNumber(name, input);
  if ("dataSync" in input) return { shape: input.shape, data: input.dataSync() };
  if (!Array.isArray(input.shape) || input.data === undefined) throw noNumber(name, input);
  const count = input.shape.reduce((product, size) => product * size, 1);
  if (count === input.data.length) return input;
  throw new UserError(
    `\`${name}\` has ${input.data.length} numbers, but the shape [${input.shape.join(", ")}] needs ${count}`,
  );
}

function isList(input: ArrayInput): input is readonly Nested[] {
  return Array.isArray(input);
}

function isView(input: ArrayInput): input is NumberView {
  return ArrayBuffer.isView(input);
}

function nested(input: Nested, name: string): Given {
  const shape: number[] = [];
  for (let level: Nested | undefined = input; level !== undefined && (isList(level) || isView(level)); level = level[0])
    shape.push(level.length);
  const data: number[] = [];
  const walk = (value: Nested, depth: number): void => {
    if (typeof value === "number") {
      if (depth !== shape.length) throw uneven(name);
      data.push(value);
      return;
    }
    if (!isList(value) && !isView(value)) throw noNumber(name, value);
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

/** JavaScript does not check types: text where token ids belong is the usual mistake. */
function noNumber(name: string, value: unknown): UserError {
  const help = typeof value === "string" ? `; \`model.vocabulary("${name}").encode(…)\` makes token ids of a text` : "";
  const shown = typeof value === "object" ? "an object without `shape` and `data`" : String(JSON.stringify(value));
  return new UserError(`\`${name}\` needs numbers, but ${value === null ? "null" : shown} was given${help}`);
}
