// Constant arrays are computed at compile time in float64: against closed forms, against PyTorch's float64, and as parts of cells.
import { describe, expect, test } from "vitest";
import { exponentialOf, inverseOf } from "../src/base/matrix-functions.ts";
import { check } from "../src/compile.ts";
import { constant, constantOf, multiply } from "../src/shape/dim.ts";
import { loadFromDisk } from "../src/shipped/specs.ts";
import { evaluate, expectNear } from "./support/evaluate.ts";
import type { Nested } from "./support/run.ts";

/** HiPPO-LegS of size 4, times `by`. */
function hippo(by: number): Float64Array {
  const entry = (i: number, j: number): number => (i > j ? Math.sqrt((2 * i + 1) * (2 * j + 1)) : i === j ? i + 1 : 0);
  return Float64Array.from({ length: 16 }, (_, k) => by * entry(Math.floor(k / 4), k % 4));
}

/** The greatest difference, relative to the greatest element. */
function errorOf(found: ArrayLike<number>, expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, index) => Math.abs((found[index] ?? NaN) - value))) / largest;
}

/** From `torch.linalg` 2.6, float64. */
const EXPONENTIALS: readonly (readonly [string, Float64Array, readonly number[]])[] = [
  [
    "a half of HiPPO",
    hippo(-0.5),
    [
      0.6065306597126349, 0, 0, 0, -0.41335603580156743, 0.3678794411714431, 0, 0, -0.11369811655209106,
      -0.5606115547776249, 0.2231301601484296, 0, 0.12202417239796969, 0.11966906692358065, -0.51940149635772,
      0.13533528323661242,
    ],
  ],
  [
    "20 times HiPPO",
    hippo(-20),
    [
      2.061153622438564e-9, 0, 0, 0, -3.570022788909865e-9, 4.248354255291615e-18, 0, 0, 4.608879583343738e-9,
      -1.645380524562003e-17, 8.756510762696745e-27, 0, -5.453299831431838e-9, 3.8936809707086374e-17,
      -5.180421618690807e-26, 1.8048513878455257e-35,
    ],
  ],
  [
    "a turn with a shear",
    Float64Array.of(0, 30, 0, -30, 0, 0, 1, 2, 3),
    [
      0.15425144988758868, -0.9880316240928533, 0, 0.9880316240928533, 0.15425144988758854, 0, -1.2889465461446024,
      0.7274020621182702, 20.0855369231876,
    ],
  ],
];
const INVERSE = [
  1, 0, 0, 0, -0.8660254037844386, 0.5, 0, 0, 0.3726779962499649, -0.6454972243679028, 0.3333333333333333, 0,
  -0.22047927592204938, 0.3818813079129868, -0.49300664859163473, 0.25,
];

describe("matrices", () => {
  test.each(EXPONENTIALS)("expm of %s: within 1e-13 of PyTorch's float64", (_, matrix, expected) => {
    expect(errorOf(exponentialOf(matrix, Math.sqrt(matrix.length)), expected)).toBeLessThan(1e-13);
  });

  test("a rotation has the exponential of sine and cosine", () => {
    const found = exponentialOf(Float64Array.of(0, 1e3, -1e3, 0), 2);
    const [c, s] = [Math.cos(1e3), Math.sin(1e3)];
    expect(errorOf(found, [c, s, -s, c])).toBeLessThan(1e-11); // ten squarings, each doubles the error
  });

  test("the inverse needs exchanges of rows, and a singular matrix has none", () => {
    const turned = Float64Array.of(0, 2, 0, 0, 0, 4, 8, 0, 0);
    expect([...(inverseOf(turned, 3) ?? [])]).toEqual([0, 0, 1 / 8, 1 / 2, 0, 0, 0, 1 / 4, 0]);
    expect(inverseOf(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), 3)).toBeUndefined();
    expect(errorOf(inverseOf(hippo(1), 4) ?? [], INVERSE)).toBeLessThan(1e-14);
  });
});

test("a difference of sizes is 0 where rounding leaves less than 1e-12 of it; a small number is not", () => {
  const tiny = multiply(constant(1e-15), constant(0.5));
  expect(constantOf(tiny)).toBe(5e-16);
});

describe("in a spec", () => {
  const x = [[1, 2, 3]];
  const valueOf = (lines: string): Nested =>
    evaluate(`cell C(N = 3) { input x: []; ${lines}; output y }`, { inputs: { x } })["output"] ??
    expect.fail("no output");

  test("a list, `ones` and `zeros` are arrays", () => {
    expect(valueOf("y = [[1, -2], [0.5, pi]] * x + zeros([2, 2]) + ones(2)")).toEqual([
      [1, 2, 3].map((s) => [
        [s + 1, 1 - 2 * s],
        [0.5 * s + 1, Math.PI * s + 1],
      ]),
    ]);
  });

  test("a const of numbers is a number, also as a size, and a scalar fills its type", () => {
    const lines =
      "const s = 1 / sqrt(N + 1); const n = floor(2.5); const two: [n] = 4 * s; state h: [n]; h = two * x; y = h";
    expect(valueOf(lines)).toEqual([
      [
        [2, 2],
        [4, 4],
        [6, 6],
      ],
    ]);
  });

  test("a formula of constants holds any function", () => {
    const lines = "const A = softmax(outer(range(N), range(N))); const B = inverse(2 * eye(N)); y = (B @ A)[0:2] * x";
    const row = (k: number): readonly number[] => {
      const powers = [0, k, 2 * k].map(Math.exp);
      return powers.slice(0, 2).map((each) => (0.5 * each) / powers.reduce((a, b) => a + b, 0));
    };
    const expected = [1, 2, 3].map((step) => [0, 1, 2].map((k) => row(k).map((value) => step * value)));
    expectNear(valueOf(lines), [expected]);
  });

  test("the sizes of a cell may be open when it is checked", () => {
    const text =
      "cell C(N) { input x: [N]; const A: [N, N] = expm(-eye(N)); const s = 1 / sqrt(N); y = A @ x * s; output y }";
    expect(check({ name: "open.rec", text }, loadFromDisk)).toEqual([]);
    const found = evaluate(text, { inputs: { x: [[[1, 2]]] } })["output"] ?? expect.fail("no output");
    expectNear(found, [[[1, 2].map((value) => (value / Math.E) * Math.SQRT1_2)]]);
  });
});
