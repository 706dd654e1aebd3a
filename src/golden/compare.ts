// Finds the greatest difference between a result and its array in a golden file, and the index of that element.
import { UserError } from "../base/diagnostic.ts";
import type { Output } from "../graph/border.ts";
import type { HostArray } from "../targets/target.ts";
import type { GoldenArray } from "./golden.ts";
import { hostArray, timeMajor } from "./golden-arrays.ts";

export interface Comparison {
  /** `output`, `final h`, `gradient of f.x`, … */
  readonly name: string;
  /** max|a - b| / max(max|b|, 1e-3) for the result a and the array b of the file; NaN if a value is NaN. */
  readonly error: number;
  /** The element with the greatest difference. */
  readonly worst: { readonly index: readonly number[]; readonly got: number; readonly expected: number };
}

export interface Expected {
  readonly name: string;
  /** Outputs of the graph: one, or several to be stacked along a new first axis. */
  readonly outputs: readonly Output[];
  readonly array: GoldenArray;
  /** Whether the array is `[B, T, …]` and the graph's output `[T, B, …]`. */
  readonly isSequence: boolean;
}

/** The place where two arrays of one shape differ most. */
export interface Apart extends Pick<Comparison, "error"> {
  readonly place: readonly number[];
  readonly got: number;
  readonly expected: number;
}

export function apart(got: ArrayLike<number>, expected: Pick<HostArray, "shape" | "data">): Apart {
  let scale = 1e-3;
  let worst = 0;
  let difference = 0;
  expected.data.forEach((value, offset) => {
    scale = Math.max(scale, Math.abs(value));
    const between = Math.abs((got[offset] ?? NaN) - value);
    if (between > difference || (Number.isNaN(between) && !Number.isNaN(difference)))
      [difference, worst] = [between, offset];
  });
  return {
    error: difference / scale,
    place: indexOf(worst, expected.shape),
    got: got[worst] ?? NaN,
    expected: expected.data[worst] ?? NaN,
  };
}

export function compare(expected: Expected, results: readonly HostArray[]): Comparison {
  const numbers = results.flatMap((array) => Array.from(array.data));
  const expectedArray = expected.isSequence ? timeMajor(expected.array, "float") : hostArray(expected.array);
  if (numbers.length !== expectedArray.data.length) {
    throw new UserError(
      `\`${expected.name}\` has ${expectedArray.data.length} numbers in the file, but the result has ${numbers.length}`,
    );
  }
  const { error, place, ...values } = apart(numbers, expectedArray);
  const [t = 0, b = 0, ...rest] = place;
  return { name: expected.name, error, worst: { index: expected.isSequence ? [b, t, ...rest] : place, ...values } };
}

function indexOf(offset: number, shape: readonly number[]): readonly number[] {
  let rest = offset;
  return shape
    .toReversed()
    .map((size) => {
      const index = rest % size;
      rest = Math.floor(rest / size);
      return index;
    })
    .toReversed();
}
