// Arrays as a user gives them to a module: numbers in arrays, a typed array, or numbers with their shape.
import { UserError } from "../../base/diagnostic.ts";
import { countOf } from "../../ops/nd.ts";

/** Numbers in row-major order, with their shape. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

export type ArrayInput =
  | number
  | readonly ArrayInput[]
  | ArrayLike<number>
  | { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

export interface ReadArray {
  /** Null for a typed array without a shape. */
  readonly shape: readonly number[] | null;
  readonly data: Float64Array;
}

/** Throws a UserError for what is not an array of numbers. */
export function readArray(input: unknown, name: string): ReadArray {
  if (ArrayBuffer.isView(input)) return { shape: null, data: numbersOf(input, name) };
  if (typeof input === "number" || Array.isArray(input)) return nested(input, name);
  const { shape, data }: { readonly shape?: unknown; readonly data?: unknown } = Object(input);
  if (!Array.isArray(shape)) throw notNumbers(name);
  const numbers = numbersOf(data, name);
  const sizes = shape.map(Number);
  if (countOf(sizes) !== numbers.length)
    throw new UserError(`\`${name}\` has ${numbers.length} numbers, but its shape is [${sizes.join(", ")}]`);
  return { shape: sizes, data: numbers };
}

function nested(input: unknown, name: string): ReadArray {
  const shape: number[] = [];
  for (let level = input; Array.isArray(level) || ArrayBuffer.isView(level); level = Reflect.get(level, 0)) {
    const length = Number(Reflect.get(level, "length"));
    shape.push(length);
    if (length === 0 || shape.length > 16) break;
  }
  const data = new Float64Array(countOf(shape));
  let next = 0;
  const walk = (value: unknown, depth: number): void => {
    if (depth === shape.length) {
      if (typeof value !== "number") throw notNumbers(name);
      data[next++] = value;
      return;
    }
    const items = Array.isArray(value) ? value : ArrayBuffer.isView(value) ? numbersOf(value, name) : [];
    if (items.length !== shape[depth])
      throw new UserError(`\`${name}\`: its arrays differ in length. Pad them, and give \`lengths\``);
    items.forEach((each) => walk(each, depth + 1));
  };
  walk(input, 0);
  return { shape, data };
}

function numbersOf(data: unknown, name: string): Float64Array {
  if (!isArrayLike(data)) throw notNumbers(name);
  return Float64Array.from(data, (each) => (typeof each === "number" ? each : NaN));
}

function isArrayLike(data: unknown): data is ArrayLike<unknown> {
  return typeof data === "object" && data !== null && typeof Reflect.get(data, "length") === "number";
}

function notNumbers(name: string): UserError {
  return new UserError(`\`${name}\` needs numbers in arrays, or { shape, data }`);
}
