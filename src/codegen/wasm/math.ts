// exp, tanh, sigmoid and log of four float32 lanes, as expressions to stand wherever a value stands. The operand is
// computed once; the locals that an expression uses are its own until its value is there, so expressions may nest and
// follow one another.
//
// All but log come from one core: x = n ln 2 + r with |r| ≤ ln 2 / 2 (n by adding 1.5 · 2²³, whose low bits then are n), and
// q = eʳ - 1 = r + r² (c₂ + c₃ r + … + c₆ r⁴), a minimax fit of relative error 3.1e-9 (Remez).
//
// Errors are against float64 on every 17th float32 and 3e7 evenly spaced points, both instruction sets, by
// test/wasm/math.test.ts; ±0, ±∞ and NaN give what Math gives. Speed on an AMD EPYC of family 26, one core, Node 20, in a
// loop over L1: exp, tanh and sigmoid 0.54 to 0.59 ns an element with multiply-add, 0.86 to 0.92 without, log 1.2 and 1.6.
// As functions of their own they take 1.8 times as long: V8 11.3 inlines no calls between functions of a module. An LSTM
// cell's five in one loop take 4.4 ns an element (6.0 without multiply-add), called 10.6, in five loops 3.7.
import { memoize } from "./memoize.ts";
import { madd, type Simd } from "./simd.ts";
import { type Body, type Expr, f32x4, func, i32, i32x4, laneOp, local, op, sequence, set } from "./tree.ts";

type Vector = Expr<"v128">;
export type MathName = "exp" | "tanh" | "sigmoid" | "log" | "erf";

const EXP_FIT = [0.4999999345, 0.1666652063, 0.04166838805, 0.00836871688, 0.001381459865];
/** log(1 + f) = f - f²/2 + f³ (l₀ + l₁ f + …) on [√½ - 1, √2 - 1]: of Cephes' logf, by S. Moshier. */
const LOG_FIT = [
  3.3333331174e-1, -2.4999993993e-1, 2.0000714765e-1, -1.6668057665e-1, 1.4249322787e-1, -1.242014084e-1,
  1.167699874e-1, -1.151461031e-1, 7.0376836292e-2,
];
/** erf(x) = x P(x²) / Q(x²) on [-4, 4], fitted by weighted least squares to a relative error of 2.5e-8. */
const ERF_ABOVE = [1.128379139, 0.1935477259, 0.05310207092, 3.883451389e-3, 2.845671276e-4, 1.986745982e-6];
const ERF_BELOW = [1, 0.5048597612, 0.1153510766, 0.0152074663, 1.185595016e-3, 3.741986289e-5];
/** ln 2 in two parts, of which the first has nine bits: its products with exponents are exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440055e-4;
const ROUND = 1.5 * 2 ** 23;
const ROUND_BITS = 0x4b400000;
const SMALLEST_NORMAL = 2 ** -126;
const SQRT_HALF_BITS = 0x3f3504f3;

const x = local("math.x", "v128");
const rounded = local("math.rounded", "v128");
const n = local("math.n", "v128");
const r = local("math.r", "v128");
const q = local("math.q", "v128");
const scale = local("math.scale", "v128");
const half = local("math.half", "v128");
const isSmall = local("math.isSmall", "v128");
const squared = local("math.squared", "v128");

const add = (a: Vector, b: Vector): Vector => op("f32x4.add", a, b);
const sub = (a: Vector, b: Vector): Vector => op("f32x4.sub", a, b);
const mul = (a: Vector, b: Vector): Vector => op("f32x4.mul", a, b);
const div = (a: Vector, b: Vector): Vector => op("f32x4.div", a, b);

/** eˣ: relative error below 1e-7 where it is normal (8.5e-8 measured); where it is denormal, one step. */
export function exp(simd: Simd, operand: Vector): Vector {
  return sequence(
    [
      set(x, clamp(operand, -104, 89)),
      ...expm1(simd, x, 1),
      set(half, op("i32x4.shr_s", op("i32x4.sub", rounded, i32x4(ROUND_BITS)), i32(1))),
      set(scale, power(op("i32x4.sub", rounded, half), 0)),
    ],
    mul(mul(add(q, f32x4(1)), power(half, 0)), scale),
  );
}

/** 1 / (1 + e⁻ˣ): relative error below 1.6e-7 where it is normal (1.5e-7 measured); below 3e-39 it may be 0. */
export function sigmoid(simd: Simd, operand: Vector): Vector {
  const halfOfExp = madd(simd, q, scale, scale);
  return sequence(
    [set(x, clamp(operand, -89, 87)), ...expm1(simd, op("f32x4.neg", x), -1), set(scale, power(rounded, -1))],
    div(f32x4(1), madd(simd, halfOfExp, f32x4(2), f32x4(1))),
  );
}

/** y / (y + 2), y = e²ˣ - 1: relative error below 2e-7 (1.9e-7 measured), near 0 too. */
export function tanh(simd: Simd, operand: Vector): Vector {
  const sign = op("v128.and", x, f32x4(-0));
  return sequence(
    [
      set(x, clamp(operand, -10, 10)),
      ...expm1(simd, add(x, x), 2),
      set(scale, power(rounded, 0)),
      set(q, madd(simd, q, scale, sub(scale, f32x4(1)))),
    ],
    op("v128.or", div(q, add(q, f32x4(2))), sign),
  );
}

/** ln x: relative error below 1e-7 (8.2e-8 measured); -∞ of ±0, NaN below 0. */
export function log(simd: Simd, operand: Vector): Vector {
  const exponent = op("i32x4.shr_s", op("i32x4.sub", q, i32x4(SQRT_HALF_BITS)), i32(23));
  const value = add(add(sub(half, mul(squared, f32x4(0.5))), r), mul(n, f32x4(LN2_HIGH)));
  const orInfinite = op("v128.bitselect", value, x, op("f32x4.lt", x, f32x4(Infinity)));
  const orZero = op("v128.bitselect", f32x4(-Infinity), orInfinite, op("f32x4.eq", x, f32x4(0)));
  return sequence(
    [
      set(x, operand),
      set(isSmall, op("f32x4.lt", x, f32x4(SMALLEST_NORMAL))),
      set(q, op("v128.bitselect", mul(x, f32x4(2 ** 23)), x, isSmall)),
      set(n, exponent),
      set(r, sub(op("i32x4.sub", q, op("i32x4.shl", n, i32(23))), f32x4(1))),
      set(n, add(op("f32x4.convert_i32x4_s", n), op("v128.and", isSmall, f32x4(-23)))),
      set(squared, mul(r, r)),
      set(half, madd(simd, mul(squared, r), polynomial(simd, LOG_FIT, r), mul(n, f32x4(LN2_LOW)))),
    ],
    op("v128.or", orZero, op("f32x4.lt", x, f32x4(0))),
  );
}

/** The error function: relative error below 4e-7 (3.2e-7 measured); ±1 beyond ±4. */
export function erf(simd: Simd, operand: Vector): Vector {
  const ratio = div(mul(x, polynomial(simd, ERF_ABOVE, squared)), polynomial(simd, ERF_BELOW, squared));
  return sequence([set(x, clamp(operand, -4, 4)), set(squared, mul(x, x))], clamp(ratio, -1, 1));
}

const OF_NAME = { exp, tanh, sigmoid, log, erf } as const satisfies Record<MathName, typeof exp>;

/** A function of its own, where code should be small: a call costs about as much as the arithmetic. */
export const mathFunction = memoize((simd: Simd, name: MathName) => {
  const argument = local("x", "v128");
  return func(name, [argument], [], OF_NAME[name](simd, argument));
});

/** One float's value, by a function of four lanes. */
export function ofScalar(value: Expr<"f32">, of: (lanes: Vector) => Vector): Expr<"f32"> {
  return laneOp("f32x4.extract_lane", [0], of(op("f32x4.splat", value)));
}

/** Sets n, also as an integer in the low bits of `rounded`, and q = e^(multiple) / 2ⁿ - 1, where multiple = factor · x. */
function expm1(simd: Simd, multiple: Vector, factor: 1 | -1 | 2): Body {
  return [
    set(rounded, madd(simd, x, f32x4(factor * Math.LOG2E), f32x4(ROUND))),
    set(n, sub(rounded, f32x4(ROUND))),
    set(r, madd(simd, n, f32x4(-LN2_HIGH), multiple)),
    set(r, madd(simd, n, f32x4(-LN2_LOW), r)),
    set(q, madd(simd, mul(r, r), polynomial(simd, EXP_FIT, r), r)),
  ];
}

/** 2^(k + more) as a float, of an integer k in the low nine bits. */
function power(k: Vector, more: number): Vector {
  return op("i32x4.add", op("i32x4.shl", k, i32(23)), i32x4((127 + more) << 23));
}

/** Between two bounds; a NaN stays one. */
function clamp(value: Vector, low: number, high: number): Vector {
  return op("f32x4.pmin", op("f32x4.pmax", value, f32x4(low)), f32x4(high));
}

/** c₀ + c₁ y + c₂ y² + …, by Horner's rule. */
function polynomial(simd: Simd, coefficients: readonly number[], y: Vector): Vector {
  const [last = 0, ...rest] = coefficients.toReversed();
  return rest.reduce((sum, coefficient) => madd(simd, sum, y, f32x4(coefficient)), f32x4(last));
}
