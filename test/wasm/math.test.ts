// exp, tanh, sigmoid and log of four lanes against float64, on float32 numbers of every exponent and both signs, and densely
// where values change. MATH_STRIDE=17 takes more and prints the worst.
import { describe, expect, test } from "vitest";
import { plus, repeat } from "../../src/codegen/wasm/arithmetic.ts";
import { erf, exp, log, mathFunction, type MathName, ofScalar, sigmoid, tanh } from "../../src/codegen/wasm/math.ts";
import { erf as exactErf } from "../../src/scalar/erf.ts";
import type { Simd } from "../../src/codegen/wasm/simd.ts";
import { call, type Expr, func, type Func, load, local, op, set, store } from "../../src/codegen/wasm/tree.ts";
import { running, SIMDS } from "../support/wasm.ts";

type Of = (simd: Simd, x: Expr<"v128">) => Expr<"v128">;

interface Row {
  readonly of: Of;
  readonly exact: (x: number) => number;
  /** Relative, where the value is a normal number. */
  readonly bound: number;
  /** Absolute, below. */
  readonly boundNear0: number;
  /** Where samples are dense. */
  readonly dense: readonly [number, number];
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const TABLE: Readonly<Record<MathName, Row>> = {
  exp: { of: exp, exact: Math.exp, bound: 1e-7, boundNear0: 1.5e-45, dense: [-90, 90] },
  tanh: { of: tanh, exact: Math.tanh, bound: 2e-7, boundNear0: 1.5e-45, dense: [-11, 11] },
  sigmoid: { of: sigmoid, exact: logistic, bound: 1.6e-7, boundNear0: 3e-39, dense: [-30, 30] },
  log: { of: log, exact: Math.log, bound: 1e-7, boundNear0: 1.5e-45, dense: [0, 4] },
  erf: { of: erf, exact: exactErf, bound: 4e-7, boundNear0: 3e-45, dense: [-5, 5] },
};
const NAMES: readonly MathName[] = ["exp", "tanh", "sigmoid", "log", "erf"];

const COUNT = 1 << 16;
const STRIDE = Number(process.env["MATH_STRIDE"] ?? 997);
const SMALLEST_NORMAL = 2 ** -126;

/** Each of COUNT floats at 0 to its value at 4 · COUNT. */
function map(name: string, of: (x: Expr<"v128">) => Expr<"v128">): Func<readonly [], "none"> {
  const at = local("at", "i32");
  const left = local("left", "i32");
  const count: Expr<"i32"> = { kind: "const", type: "i32", value: COUNT / 4 };
  const step = store("v128.store", at, of(load("v128.load", at)), 4 * COUNT);
  return func(name, [], [set(left, count), repeat("next", left, [step, set(at, plus(at, 16))])]);
}

function* everyExponent(): Generator<number> {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  for (let pattern = 0; pattern < 2 ** 32; pattern += STRIDE) {
    bits[0] = pattern;
    yield float[0] ?? NaN;
  }
}

function* between([low, high]: readonly [number, number]): Generator<number> {
  const steps = 5e8 / STRIDE;
  for (let step = 0; step <= steps; step++) yield low + ((high - low) * step) / steps;
}

describe.each(SIMDS)("%s SIMD", (simd) => {
  const maps = NAMES.map((name) => map(name, (x) => TABLE[name].of(simd, x)));

  test.each(NAMES)("%s, f32x4: relative error below its bound on every 997th float32", (name) => {
    const { exact, bound, boundNear0, dense } = TABLE[name];
    const run = running(maps, 9);
    const { floats } = run;
    const worst: { relative: number; near0: number; wrong: number[] } = { relative: 0, near0: 0, wrong: [] };
    const measure = (count: number): void => {
      maps.filter((each) => each.name === name).forEach((each) => run.call(each));
      for (let index = 0; index < count; index++) {
        const x = floats[index] ?? NaN;
        const value = floats[COUNT + index] ?? NaN;
        const expected = exact(x);
        const error = Math.abs(value - expected);
        if (Object.is(value, Math.fround(expected))) continue;
        if (Number.isNaN(error) || error === Infinity) worst.wrong.push(x);
        else if (Math.abs(expected) < SMALLEST_NORMAL) worst.near0 = Math.max(worst.near0, error);
        else worst.relative = Math.max(worst.relative, error / Math.abs(expected));
      }
    };
    for (const samples of [everyExponent(), between(dense)]) {
      let filled = 0;
      for (const x of samples) {
        floats[filled++] = x;
        if (filled === COUNT) measure(filled);
        filled %= COUNT;
      }
      measure(filled);
    }
    if (process.env["MATH_STRIDE"] !== undefined) console.log(simd, name, worst);
    expect(worst.wrong).toEqual([]);
    expect(worst.relative).toBeLessThan(bound);
    expect(worst.near0).toBeLessThan(boundNear0);
  });

  test.each(NAMES)("%s of ±0, ±∞, NaN and the ends of the range", (name) => {
    const run = running(maps, 9);
    const given = [
      0,
      -0,
      Infinity,
      -Infinity,
      NaN,
      2 ** -149,
      -(2 ** -149),
      3.4028234663852886e38,
      -3.4028234663852886e38,
    ];
    run.floats.set(given);
    maps.filter((each) => each.name === name).forEach((each) => run.call(each));
    const { exact } = TABLE[name];
    const expected = given.map((x) => Math.fround(exact(x)));
    const values = run.floats.slice(COUNT, COUNT + given.length);
    const tolerance = name === "log" ? 1e-5 : 0;
    values.forEach((value, index) => {
      const want = expected[index] ?? 0;
      if (Number.isFinite(want)) expect(Math.abs(value - want)).toBeLessThanOrEqual(tolerance);
      else expect(value).toBe(want);
      if (want === 0) expect(value).toBe(want);
    });
  });

  test("expressions nest and follow one another", () => {
    const nested = map("nested", (x) => {
      const outer = log(simd, exp(simd, tanh(simd, x)));
      return op("f32x4.add", sigmoid(simd, outer), op("f32x4.mul", exp(simd, x), call(mathFunction(simd, "tanh"), x)));
    });
    const run = running([nested], 9);
    run.floats.set([-2, -0.5, 0.1, 1]);
    run.call(nested);
    const values = run.floats.slice(COUNT, COUNT + 4);
    const expected = [-2, -0.5, 0.1, 1].map((x) => logistic(Math.tanh(x)) + Math.exp(x) * Math.tanh(x));
    values.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? NaN, 6));
  });

  test("a scalar is a lane", () => {
    const x = local("x", "f32");
    const scalar = func(
      "scalar",
      [x],
      [],
      ofScalar(x, (vector) => sigmoid(simd, vector)),
    );
    expect(running([scalar], 1).call(scalar, 1.5)).toBeCloseTo(logistic(1.5), 6);
  });
});
