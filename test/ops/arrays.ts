// Arrays for tests: drawn by a counter, so that a failure repeats, and compared as ARCHITECTURE.md, "Numbers" says.
import { parseDim, type Dim } from "../../src/shape/dim.ts";
import { expect } from "vitest";
import { countOf, type NdArray } from "../../src/ops/nd.ts";

/** A number in [0, 1) from two counters (a finalised multiply-xorshift of 32 bits). */
export function uniform(seed: number, index: number): number {
  let bits = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

/** Numbers in [from, to), each exact in float32. */
export function drawn(shape: readonly number[], seed: number, from = -1.5, to = 1.5): NdArray {
  return {
    shape,
    data: Float64Array.from({ length: countOf(shape) }, (_, i) => Math.fround(from + (to - from) * uniform(seed, i))),
  };
}

/** max|a - b| ≤ tolerance · max(max|b|, 1e-3), with NaN and infinities in the same places. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(actual.length, `${what}: elements`).toBe(expected.length);
  const finite = Array.from(expected, Math.abs).filter(Number.isFinite);
  const scale = finite.reduce((a, b) => Math.max(a, b), 1e-3);
  for (let i = 0; i < expected.length; i++) {
    const [a = NaN, b = NaN] = [actual[i], expected[i]];
    const isClose = Number.isFinite(b) ? Math.abs(a - b) <= tolerance * scale : Object.is(a, b);
    if (!isClose)
      expect.fail(`${what}: element ${i} is ${a}, expected ${b} (largest ${scale}, tolerance ${tolerance})`);
  }
}

/** Sizes as an op's attributes hold them. */
export function sizes(...texts: readonly string[]): readonly Dim[] {
  return texts.map(parseDim);
}
