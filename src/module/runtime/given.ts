// What a user gives for one input, as a program reads it: time first, of sizes that agree, checked against the spec.
import { UserError } from "../../base/diagnostic.ts";
import { swapAxes } from "../../train/array-parts.ts";
import type { Nested } from "../../train/split-nulls.ts";
import type { DataDescription } from "../description.ts";
import { readArray, type ArrayInput } from "./arrays.ts";

/** An array, or for tokens with a vocabulary a text, labels, or one of these for each example; `null` only in targets. */
export type Value = ArrayInput | Nested | string | readonly (string | readonly string[])[];

/** One input as the program reads it. */
export interface GivenArray {
  /** `[T, B, …]`, or `[B, …]` where it is not a sequence. */
  readonly data: Float64Array | Int32Array;
  /** Null for one example without an axis of examples. */
  readonly batch: number | null;
  /** Null where it is not a sequence. */
  readonly steps: number | null;
  /** How many steps each example has, where texts of different lengths were given. */
  readonly lengths: readonly number[] | null;
}

/**
 * Reads one input. Without `hasTime` it has no axis of time, as one step has none. `sizes` learns free sizes of the input.
 * Throws a UserError that says what was expected.
 */
export function readGiven(
  input: DataDescription,
  value: Value,
  hasTime: boolean,
  sizes: Map<string, number>,
): GivenArray {
  const { name, type } = input;
  const own = [...(hasTime ? [""] : []), ...input.shape];
  const given = readArray(value, name);
  const expected = own.map((size) => (typeof size === "number" ? size : sizes.get(size)));
  const shape = given.shape ?? inferred(given.data.length, expected);
  const hasBatch = shape.length > own.length;
  const inner = shape.slice(hasBatch ? 1 : 0);
  const fits =
    inner.length === own.length && inner.every((size, axis) => size > 0 && size === (expected[axis] ?? size));
  const batch = hasBatch ? (shape[0] ?? 0) : null;
  if (!fits || batch === 0)
    throw new UserError(`\`${name}\` is ${type} for each example, but what was given is [${shape.join(", ")}]`);
  own.forEach((size, axis) => {
    if (typeof size === "string" && size !== "") sizes.set(size, inner[axis] ?? 0);
  });
  check(input, given.data);
  const steps = hasTime ? (inner[0] ?? 0) : null;
  return { data: timeFirst(given.data, batch ?? 1, steps ?? 1), batch, steps, lengths: null };
}

/** The shape of one example without a shape of its own: at most one size may be unknown. */
function inferred(count: number, expected: readonly (number | undefined)[]): readonly number[] {
  const rest = expected.reduce<number>((product, size) => product * (size ?? 1), 1);
  return expected.includes(undefined)
    ? expected.map((size) => size ?? count / rest)
    : rest === count
      ? expected.map((size) => size ?? 1)
      : [count];
}

/** From `[B, T, …]` to `[T, B, …]`. */
function timeFirst(data: Float64Array, batch: number, steps: number): Float64Array {
  if (batch === 1 || steps === 1) return data;
  return swapAxes(new Float64Array(data.length), data, [batch, steps, data.length / (batch * steps)]);
}

const LARGEST = 3.4028234663852886e38;

function check({ name, type, tokens }: DataDescription, data: Float64Array): void {
  const count = tokens?.count ?? Infinity;
  const isWrong = (value: number): boolean =>
    tokens === null ? !(Math.abs(value) <= LARGEST) : !(Number.isInteger(value) && value >= 0 && value < count);
  const wrong = data.find(isWrong);
  if (wrong === undefined) return;
  const expected = tokens === null ? "finite numbers" : `token ids from 0 to ${count - 1}`;
  throw new UserError(`\`${name}\` is ${type} and takes ${expected}, but one is ${wrong}`);
}
