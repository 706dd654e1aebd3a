// Numbers that are none: NaN, infinities, and what 32-bit floats cannot hold. They are refused where they come in, with their place, before
// they reach a weight or a state that they would spoil for good. Padding may hold anything.
import { UserError } from "../base/diagnostic.ts";
import type { HostArray } from "../targets/target.ts";

const LARGEST = 3.4028234663852886e38;

export interface Where {
  readonly name: string;
  /** Whether the array is `[T, B, …]`; else it is `[B, …]`. */
  readonly hasTime: boolean;
  /** Whether a user sees no axis of the batch. */
  readonly isSingle: boolean;
  /** `[B]`: what stands behind is padding. */
  readonly lengths?: ArrayLike<number> | undefined;
}

/** Throws a UserError for the first real number that is not finite. */
export function refuseNonFinite({ data, shape }: HostArray, where: Where): void {
  if (areFinite(data)) return;
  const isWrong = (value: number): boolean => !(Math.abs(value) <= LARGEST);
  const index = firstReal(data, shape, where, isWrong);
  if (index !== undefined) throw notFinite(placeOf(index, shape, where), data[index] ?? NaN);
}

/** As `refuseNonFinite`, of a weight. */
export function refuseNonFiniteWeight({ data, shape }: HostArray, name: string): void {
  const index = data.findIndex((value) => !(Math.abs(value) <= LARGEST));
  if (index >= 0) throw notFinite(`${name}${indicesOf(index, shape)}`, data[index] ?? NaN);
}

/** The usual case, at a nanosecond a number: the greatest is NaN where one is. A loop for each type, so that engines know what they read. */
function areFinite(data: HostArray["data"]): boolean {
  let most = 0;
  if (data instanceof Float32Array)
    for (let index = 0; index < data.length; index++) most = Math.max(most, Math.abs(data[index] ?? 0));
  else for (let index = 0; index < data.length; index++) most = Math.max(most, Math.abs(data[index] ?? 0));
  return most <= LARGEST;
}

function notFinite(place: string, value: number): UserError {
  const told = Number.isFinite(value)
    ? `${value}, more than a 32-bit float can hold`
    : `${value}, and not a finite number`;
  return new UserError(`\`${place}\` is ${told}; the option \`allowNonFinite: true\` lets it pass`);
}

/** The first place, in the order of memory, of a value that is wrong and not padding. */
export function firstReal(
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

/** `x[2][5][0]`: the example, the step, then the axes of the value, as a user counts them. */
export function placeOf(index: number, shape: readonly number[], { name, hasTime, isSingle }: Where): string {
  const leading = hasTime ? 2 : 1;
  const width = shape.slice(leading).reduce((product, size) => product * size, 1);
  const row = Math.floor(index / width);
  const batch = shape[leading - 1] ?? 1;
  const step = hasTime ? `[${Math.floor(row / batch)}]` : "";
  return `${name}${isSingle ? "" : `[${row % batch}]`}${step}${indicesOf(index % width, shape.slice(leading))}`;
}

function indicesOf(index: number, shape: readonly number[]): string {
  let rest = index;
  const indices: number[] = [];
  for (const size of shape.toReversed()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return indices.map((each) => `[${each}]`).join("");
}
