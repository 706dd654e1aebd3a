// How far what a cell gives is from what a golden file says, and where it is furthest.
import { UserError } from "../base/diagnostic.ts";
import type { Output } from "../graph/border.ts";
import type { HostArray } from "../targets/target.ts";
import type { GoldenArray } from "./golden.ts";
import { host, timeMajor } from "./golden-inputs.ts";

export interface Comparison {
  /** `output`, `final h`, `gradient of f.x`, … */
  readonly name: string;
  /** max|a - b| / max(max|b|, 1e-3); NaN where anything is not a number. */
  readonly error: number;
  /** Where the difference is greatest. */
  readonly worst: { readonly index: readonly number[]; readonly got: number; readonly expected: number };
}

export interface Expected {
  readonly name: string;
  /** The output of the graph that holds it, or several that follow each other along a new first axis. */
  readonly outputs: readonly Output[];
  readonly array: GoldenArray;
  /** The array's first two axes are batch and time, and the graph's are time and batch. */
  readonly isSequence: boolean;
}

export function compare(expected: Expected, results: readonly HostArray[]): Comparison {
  const got = results.flatMap((array) => [...array.data]);
  const expectedArray = expected.isSequence ? timeMajor(expected.array, "float") : host(expected.array);
  if (got.length !== expectedArray.data.length) {
    throw new UserError(
      `\`${expected.name}\` has ${expectedArray.data.length} numbers in the file, but the cell gives ${got.length}`,
    );
  }
  let scale = 1e-3;
  let worst = 0;
  let difference = 0;
  expectedArray.data.forEach((value, index) => {
    scale = Math.max(scale, Math.abs(value));
    const apart = Math.abs((got[index] ?? NaN) - value);
    if (apart > difference || (Number.isNaN(apart) && !Number.isNaN(difference))) [difference, worst] = [apart, index];
  });
  const place = placeOf(worst, expectedArray.shape);
  const [t = 0, b = 0, ...rest] = place;
  return {
    name: expected.name,
    error: difference / scale,
    worst: {
      index: expected.isSequence ? [b, t, ...rest] : place,
      got: got[worst] ?? NaN,
      expected: expectedArray.data[worst] ?? NaN,
    },
  };
}

function placeOf(offset: number, shape: readonly number[]): readonly number[] {
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
