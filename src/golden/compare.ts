// The greatest difference between a result and its array in a golden file, and its place.
import { UserError } from "../base/diagnostic.ts";
import type { Output } from "../graph/border.ts";
import type { HostArray } from "../targets/target.ts";
import type { GoldenArray } from "./golden.ts";
import { host, timeMajor } from "./golden-arrays.ts";

export interface Comparison {
  /** `output`, `final h`, `gradient of f.x`, … */
  readonly name: string;
  /** max|a - b| / max(max|b|, 1e-3); NaN if a value is not a number. */
  readonly error: number;
  /** The element with the greatest difference. */
  readonly worst: { readonly index: readonly number[]; readonly got: number; readonly expected: number };
}

export interface Expected {
  readonly name: string;
  /** Outputs of the graph: one, or several that are stacked along a new first axis. */
  readonly outputs: readonly Output[];
  readonly array: GoldenArray;
  /** Whether the array is `[B, T, …]` and the graph's output `[T, B, …]`. */
  readonly isSequence: boolean;
}

export function compare(expected: Expected, results: readonly HostArray[]): Comparison {
  const got = results.flatMap((array) => Array.from(array.data));
  const expectedArray = expected.isSequence ? timeMajor(expected.array, "float") : host(expected.array);
  if (got.length !== expectedArray.data.length) {
    throw new UserError(
      `\`${expected.name}\` has ${expectedArray.data.length} numbers in the file, but the result has ${got.length}`,
    );
  }
  let scale = 1e-3;
  let worst = 0;
  let difference = 0;
  expectedArray.data.forEach((value, offset) => {
    scale = Math.max(scale, Math.abs(value));
    const apart = Math.abs((got[offset] ?? NaN) - value);
    if (apart > difference || (Number.isNaN(apart) && !Number.isNaN(difference))) [difference, worst] = [apart, offset];
  });
  const index = indexOf(worst, expectedArray.shape);
  const [t = 0, b = 0, ...rest] = index;
  return {
    name: expected.name,
    error: difference / scale,
    worst: {
      index: expected.isSequence ? [b, t, ...rest] : index,
      got: got[worst] ?? NaN,
      expected: expectedArray.data[worst] ?? NaN,
    },
  };
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
