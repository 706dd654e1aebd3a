// Sizes of a spec as arrays show them.
import { evaluateDim, symbolOf, symbolsOf } from "./dim.ts";
import type { Axis } from "./type.ts";

/** Whether an axis may have this size. Adds the size to `sizes` if it is not known yet. */
export function learnSize(axis: Axis, size: number, sizes: Map<string, number>): boolean {
  const symbol = symbolOf(axis.size);
  if (symbol !== undefined && !sizes.has(symbol)) sizes.set(symbol, size);
  const isKnown = symbolsOf(axis.size).every((each) => sizes.has(each));
  return !isKnown || evaluateDim(axis.size, sizes) === size;
}
