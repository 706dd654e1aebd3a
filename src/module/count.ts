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

/**
 * The Count that has these values at the corners of a box: corner c has the second value of size i where bit i of c is set, else the first.
 * Every function of that form has exactly one.
 */
export function countThrough(values: readonly number[], corners: readonly (readonly [number, number])[]): Count {
  const factors = [...values];
  corners.forEach(([low, high], size) => {
    const bit = 1 << size;
    factors.forEach((value, corner) => {
      if ((corner & bit) !== 0) return;
      const slope = ((factors[corner | bit] ?? NaN) - value) / (high - low);
      factors[corner | bit] = slope;
      factors[corner] = value - slope * low;
    });
  });
  const [constant = 0, ...products] = factors;
  const others = products.flatMap((factor, index) => (factor === 0 ? [] : [index + 1, factor]));
  return others.length === 0 ? constant : [constant, ...others];
}
