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

/** The points of a grid, those of the first axis in a row. */
export function cornersOf(points: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return points.reduce<readonly (readonly number[])[]>(
    (corners, own) => own.flatMap((value) => corners.map((corner) => [...corner, value])),
    [[]],
  );
}

/**
 * The Count that has these values at the points of a grid, in the order of `cornersOf`: with two points for each size, or with three. Then
 * its squares are products with a second size of the same value, and the sizes stand twice in the list: all of them, and all again.
 * Every function of that form has exactly one.
 */
export function countThrough(values: readonly number[], points: readonly (readonly number[])[]): Count {
  const factors = [...values];
  let stride = 1;
  for (const own of points) {
    const width = stride * own.length;
    for (let first = 0; first < factors.length; first++)
      if (first % width < stride)
        fit(
          factors,
          own.map((_, point) => first + point * stride),
          own,
        );
    stride = width;
  }
  const [constant = 0, ...products] = factors;
  const others = products.flatMap((factor, index) => (factor === 0 ? [] : [maskOf(index + 1, points), factor]));
  return others.length === 0 ? constant : [constant, ...others];
}

/** Puts the factors of 1, x and x² in the place of the values at two or three points. */
function fit(values: number[], places: readonly number[], [p = 0, q = 0, r]: readonly number[]): void {
  const [a = 0, b = 0, c = 0] = places.map((place) => values[place] ?? NaN);
  const slope = (b - a) / (q - p);
  const square = r === undefined ? 0 : ((c - b) / (r - q) - slope) / (r - p);
  const factors = [a - slope * p + square * p * q, slope - square * (p + q), square];
  places.forEach((place, power) => (values[place] = factors[power] ?? 0));
}

/** The sizes of a product, whose powers are the digits of its index. */
function maskOf(index: number, points: readonly (readonly number[])[]): number {
  let rest = index;
  return points.reduce((mask, { length }, size) => {
    const power = rest % length;
    rest = Math.floor(rest / length);
    return mask | (power > 0 ? 1 << size : 0) | (power > 1 ? 1 << (points.length + size) : 0);
  }, 0);
}
