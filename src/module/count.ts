// Whole numbers that depend on sizes as sums of products of sizes, each size at most once in a product.
import type { Count } from "./description.ts";

/** The value of a Count for these sizes. */
export function valueOf(count: Count, sizes: readonly number[]): number {
  if (typeof count === "number") return count;
  let sum = count[0] ?? 0;
  for (let index = 1; index < count.length; index += 2) {
    let product = count[index + 1] ?? 0;
    const mask = count[index] ?? 0;
    sizes.forEach((size, bit) => {
      if ((mask >> bit) & 1) product *= size;
    });
    sum += product;
  }
  return sum;
}

/** The exponents of products of powers up to `degree`, at most `most` together. All that divide one of them are among them; the first is 1. */
export function exponentsOf(sizes: number, degree: number, most: number): readonly Exponents[] {
  let all: readonly Exponents[] = [[]];
  for (let size = 0; size < sizes; size++) {
    all = Array.from({ length: degree + 1 }, (_, power) => all.map((others) => [...others, power])).flat();
    all = all.filter((each) => each.reduce((sum, power) => sum + power, 0) <= most);
  }
  return all;
}

/** The power of each size in a product; or a point, by the number of each coordinate among three. */
export type Exponents = readonly number[];

/** Finds Counts by their values at the points whose numbers are the exponents. `points`: three for each size. */
export class Interpolation {
  readonly #masks: readonly number[];
  /** Exponents that differ in the power of one size, from 0 on, by their places; with the points of that size. */
  readonly #lines: readonly { readonly places: readonly number[]; readonly own: readonly number[] }[];

  constructor(exponents: readonly Exponents[], points: readonly (readonly number[])[]) {
    const places = new Map(exponents.map((each, place) => [each.join(), place]));
    this.#masks = exponents.map(maskOf);
    this.#lines = points.flatMap((own, size) =>
      exponents
        .filter((each) => each[size] === 0)
        .map((each) => ({ own, places: own.flatMap((_, power) => places.get(each.with(size, power).join()) ?? []) })),
    );
  }

  /**
   * The only sum of such products that has these values. Its squares are products with a second size of the same value: the sizes stand
   * twice in the list, all of them and all again.
   */
  through(values: readonly number[]): Count {
    if (values.every((value) => value === values[0])) return values[0] ?? NaN;
    const factors = [...values];
    for (const { places, own } of this.#lines) divideDifferences(factors, places, own);
    for (const { places, own } of this.#lines) multiplyOut(factors, places, own);
    const [constant = 0] = factors;
    const others = factors.flatMap((factor, place) =>
      place === 0 || factor === 0 ? [] : [this.#masks[place] ?? 0, factor],
    );
    return others.length === 0 ? constant : [constant, ...others];
  }
}

/** From the values at p, q and r to the factors of 1, x - p and (x - p)(x - q). There may be one or two places. */
function divideDifferences(
  values: number[],
  places: readonly number[],
  [p = 0, q = 0, r = 0]: readonly number[],
): void {
  const [first = 0, second, third] = places;
  if (second === undefined) return;
  const [a = 0, b = 0] = [values[first], values[second]];
  const slope = (b - a) / (q - p);
  if (third !== undefined) values[third] = (((values[third] ?? 0) - b) / (r - q) - slope) / (r - p);
  values[second] = slope;
}

/** From these to the factors of 1, x and x². */
function multiplyOut(values: number[], places: readonly number[], [p = 0, q = 0]: readonly number[]): void {
  const [first = 0, second, third] = places;
  if (second === undefined) return;
  const [a = 0, slope = 0, square = 0] = [values[first], values[second], third === undefined ? 0 : values[third]];
  values[first] = a - slope * p + square * p * q;
  values[second] = slope - square * (p + q);
}

function maskOf(exponents: Exponents): number {
  return exponents.reduce(
    (mask, power, size) => mask | (power > 0 ? 1 << size : 0) | (power > 1 ? 1 << (exponents.length + size) : 0),
    0,
  );
}
