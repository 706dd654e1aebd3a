// Cases of a pointwise op from its formula alone: each operand is drawn from the first range in which the formula is finite
// and smooth enough for central differences.
import { evaluateFormula } from "../../src/scalar/formula.ts";
import type { Formula } from "../../src/scalar/primitives.ts";
import { uniform } from "./arrays.ts";

export type Range = readonly [number, number];

const POSITIVE: Range = [0.3, 2];
const RANGES: readonly Range[] = [[-1.5, 1.5], POSITIVE];
const SAMPLES = 300;

function slope(formula: Formula, point: readonly number[], index: number, h: number): number {
  const moved = (by: number): number => evaluateFormula(formula, point.with(index, (point[index] ?? NaN) + by));
  return (moved(h) - moved(-h)) / (2 * h);
}

function isSmooth(formula: Formula, point: readonly number[]): boolean {
  return point.every((_, index) => {
    const [wide, narrow] = [slope(formula, point, index, 1e-5), slope(formula, point, index, 5e-6)];
    return Math.abs(wide - narrow) < 1e-6 * (1 + Math.abs(narrow));
  });
}

/** A range for each operand. Throws where none of the ranges will do: then the op needs cases of its own. */
export function rangesFor(name: string, formula: Formula, arity: number): readonly Range[] {
  const choices = RANGES.length ** arity;
  for (let choice = 0; choice < choices; choice++) {
    const ranges = Array.from({ length: arity }, (_, index) => {
      return RANGES[Math.floor(choice / RANGES.length ** index) % RANGES.length] ?? POSITIVE;
    });
    const points = Array.from({ length: SAMPLES }, (_, i) => {
      return ranges.map(([from, to], index) => from + (to - from) * uniform(1000 + index, i));
    });
    if (points.every((point) => isSmooth(formula, point))) return ranges;
  }
  throw new Error(`no range in which ${name} is smooth`);
}
