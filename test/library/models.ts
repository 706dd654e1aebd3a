// What the tests of the library share: targets, shipped cells compiled with small sizes, arrays drawn by a counter, comparisons.
import { expect, onTestFinished } from "vitest";
import { uniformAt } from "../../src/base/random.ts";
import { compile, type CompiledModel, type CompileOptions, type NumberArray } from "../../src/index.ts";

export const TARGETS = ["reference", "wasm", "tfjs-cpu", "tfjs-wasm"] as const;

/** One program at T = 1 and at T = 5: float64, or float32 with sums in another order. */
export const TOLERANCE: Readonly<Record<string, number>> = {
  reference: 1e-12,
  wasm: 1e-6,
  "tfjs-cpu": 1e-6,
  "tfjs-wasm": 1e-6,
};

/** Compiles, and frees the memory after the test. */
export async function compiled(source: string, options: CompileOptions = {}): Promise<CompiledModel> {
  const model = await compile(source, options);
  onTestFinished(() => model.dispose());
  return model;
}

/** Numbers in [-1, 1), the same for the same name. */
export function numbers(name: string, shape: readonly number[]): NumberArray {
  const data = Float32Array.from({ length: countOf(shape) }, (_, index) => 2 * uniformAt(1, name, index) - 1);
  return { shape, data };
}

/** Token ids below `size`, the same for the same name. */
export function tokens(name: string, shape: readonly number[], size: number): NumberArray {
  const data = Int32Array.from({ length: countOf(shape) }, (_, index) => Math.floor(size * uniformAt(1, name, index)));
  return { shape, data };
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Step `t` of `[B, T, …]`, or of `[T, …]` without a batch. */
export function stepOf({ shape, data }: NumberArray, t: number, hasBatch: boolean): NumberArray {
  const [batch, steps, rest] = hasBatch
    ? [shape[0] ?? 0, shape[1] ?? 0, shape.slice(2)]
    : [1, shape[0] ?? 0, shape.slice(1)];
  const width = countOf(rest);
  const parts = Array.from({ length: batch }, (_, b) =>
    Array.from(data.slice((b * steps + t) * width, (b * steps + t + 1) * width)),
  );
  return { shape: [...(hasBatch ? [batch] : []), ...rest], data: Float64Array.from(parts.flat()) };
}

/** Equal shapes, and max|a - b| <= tolerance · max(max|b|, 1e-3). */
export function expectNear(
  actual: NumberArray | undefined,
  expected: NumberArray | undefined,
  tolerance: number,
): void {
  if (actual === undefined || expected === undefined) return expect.fail("there is no such result");
  expect(actual.shape).toEqual(expected.shape);
  const scale = Math.max(1e-3, ...[...expected.data].map(Math.abs));
  const far = [...actual.data].findIndex(
    (value, index) => !(Math.abs(value - (expected.data[index] ?? NaN)) <= tolerance * scale),
  );
  expect(far === -1 ? "near" : `${far}: ${actual.data[far]} and ${expected.data[far]}`).toBe("near");
}
