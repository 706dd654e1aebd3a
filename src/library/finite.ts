// Refuses NaN, infinities and numbers that 32-bit floats cannot hold, and names their place, before they reach weights or states. Padding
// may hold any number.
import { AdvisedError } from "../base/advised-error.ts";
import { UserError } from "../base/diagnostic.ts";
import type { HostArray } from "../targets/target.ts";

const LARGEST = 3.4028234663852886e38;

export interface Where {
  readonly name: string;
  /** Whether the array is `[T, B, …]`; otherwise it is `[B, …]`. */
  readonly hasTime: boolean;
  /** Whether the user's array has no batch axis. */
  readonly isSingle: boolean;
  /** `[B]`: steps after these lengths are padding. */
  readonly lengths?: ArrayLike<number> | undefined;
}

/** Throws a UserError for the first number outside of padding that is not finite. */
export function refuseNonFinite({ data, shape }: HostArray, where: Where): void {
  if (areFinite(data)) return;
  const isWrong = (value: number): boolean => !(Math.abs(value) <= LARGEST);
  const index = firstWrong(data, shape, where, isWrong);
  if (index !== undefined) throw notFinite(printPlace(index, shape, where), data[index] ?? NaN);
}

/** As `refuseNonFinite`, for a weight. */
export function refuseNonFiniteWeight({ data, shape }: HostArray, name: string): void {
  const index = data.findIndex((value) => !(Math.abs(value) <= LARGEST));
  if (index >= 0) throw notFinite(`${name}${printIndices(index, shape)}`, data[index] ?? NaN);
}

/** The fast path, about 1 ns for each number: `Math.max` is NaN if any number is. One loop for each array type, so that engines optimise it. */
function areFinite(data: HostArray["data"]): boolean {
  let largest = 0;
  if (data instanceof Float32Array)
    for (let index = 0; index < data.length; index++) largest = Math.max(largest, Math.abs(data[index] ?? 0));
  else for (let index = 0; index < data.length; index++) largest = Math.max(largest, Math.abs(data[index] ?? 0));
  return largest <= LARGEST;
}

function notFinite(place: string, value: number): UserError {
  const reason = Number.isFinite(value)
    ? `${value}, more than a 32-bit float can hold`
    : `${value}, which is not a finite number`;
  const what = `\`${place}\` is ${reason}`;
  return new AdvisedError(`${what}; the option \`allowNonFinite: true\` accepts it`, what);
}

/** The first index of a value that is wrong and not padding. */
export function firstWrong(
  data: HostArray["data"],
  shape: readonly number[],
  { hasTime, lengths }: Pick<Where, "hasTime" | "lengths">,
  isWrong: (value: number) => boolean,
): number | undefined {
  const leading = hasTime ? 2 : 1;
  const batch = shape[leading - 1] ?? 1;
  const width = shape.slice(leading).reduce((product, size) => product * size, 1);
  const isReal = (index: number): boolean => {
    const row = Math.floor(index / width);
    return !hasTime || lengths === undefined || Math.floor(row / batch) < (lengths[row % batch] ?? 0);
  };
  for (let index = 0; index < data.length; index++) if (isWrong(data[index] ?? 0) && isReal(index)) return index;
  return undefined;
}

/** `x[2][5][0]`: the example, the step, then the axes of the value. */
export function printPlace(index: number, shape: readonly number[], { name, hasTime, isSingle }: Where): string {
  const leading = hasTime ? 2 : 1;
  const width = shape.slice(leading).reduce((product, size) => product * size, 1);
  const row = Math.floor(index / width);
  const batch = shape[leading - 1] ?? 1;
  const step = hasTime ? `[${Math.floor(row / batch)}]` : "";
  return `${name}${isSingle ? "" : `[${row % batch}]`}${step}${printIndices(index % width, shape.slice(leading))}`;
}

function printIndices(index: number, shape: readonly number[]): string {
  let rest = index;
  const indices: number[] = [];
  for (const size of shape.toReversed()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return indices.map((each) => `[${each}]`).join("");
}
