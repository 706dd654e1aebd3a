// Orthogonal starts of any size: small ones have the values that their seeds have promised, large ones take few operations, and all
// have orthonormal rows or columns.
import { expect, test } from "vitest";
import type { Init } from "../../src/base/init.ts";
import { fillNormal } from "../../src/base/random.ts";
import { initialValues } from "../../src/train/initial.ts";
import { orthonormal } from "../../src/train/orthogonal.ts";

const TOLERANCE = 1e-13;

const named = (name: string): Init => ({ kind: "call", name, args: [] });

/** How far the products of rows (or of columns, where there are more rows) are from 0 and 1. */
function distance(values: Float64Array, rows: number, columns: number): number {
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const element = (i: number, k: number): number => values[rows <= columns ? i * columns + k : k * columns + i] ?? NaN;
  let worst = 0;
  for (let i = 0; i < count; i += 7) {
    for (let j = i % 5; j < count; j += 5) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += element(i, k) * element(j, k);
      worst = Math.max(worst, Math.abs(sum - (i === j ? 1 : 0)));
    }
  }
  return worst;
}

/** A sum of all values, each with a factor of its own. */
function mark(values: Float64Array): number {
  return values.reduce((sum, value, index) => sum + value * ((index % 97) - 48), 0);
}

// From commit ffb261e.
test.each([
  ["orthogonal", [64, 64], -53.28542915957431],
  ["orthogonal", [7, 100], 63.35005472694107],
  ["orthogonal", [100, 7], 5.810738051163957],
  ["orthogonal", [2, 3, 4], 52.11500910803403],
  ["glorot", [50, 41], 78.87268504477102],
  ["normal", [13, 5], -52.37278174070145],
  ["he", [13, 5], -33.12345553989889],
  ["uniform", [7], 57.449347615242004],
  ["identity", [4, 6], -150],
  ["identity", [6, 4], -162],
] as const)("%s of %j is what seed 3 has always given", (name, shape, expected) => {
  expect(mark(initialValues(named(name), shape, 3, "w"))).toBeCloseTo(expected, 12);
});

test.each([
  [64, 64],
  [31, 200],
  [200, 31],
  [1025, 1025],
  [1100, 1500],
  [1500, 1100],
  [300, 20011],
  [1031, 1033],
])("%i x %i: orthonormal within 1e-13", { timeout: 120_000 }, (rows, columns) => {
  let draws = 0;
  const values = orthonormal(rows, columns, (numbers) => fillNormal(numbers, 1, `w ${draws++}`));
  expect(values.length).toBe(rows * columns);
  expect(distance(values, rows, columns)).toBeLessThan(TOLERANCE);
  const zeros = values.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0);
  expect(zeros / values.length).toBeLessThan(0.01);
});

test("a large matrix is drawn from few numbers: of 9 million at most 4 · 3000 · √3000", () => {
  let drawn = 0;
  orthonormal(3000, 3000, (numbers) => {
    drawn += numbers.length;
    fillNormal(numbers, 1, drawn);
  });
  expect(drawn).toBeLessThan(4 * 3000 * Math.sqrt(3000));
});

test("another seed and another name give another large matrix", () => {
  const first = (seed: number, name: string): number =>
    initialValues(named("orthogonal"), [1025, 1025], seed, name)[0] ?? NaN;
  expect(new Set([first(1, "a"), first(2, "a"), first(1, "b")]).size).toBe(3);
  expect(first(1, "a")).toBe(first(1, "a"));
});
