// Scalar formulas: erf against tabulated values, derivatives against central differences, simplification against evaluation.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { derivativeOf, evaluateFormula, simplify } from "../src/scalar/formula.ts";
import { apply, argument, number, type Formula, type Primitive } from "../src/scalar/primitives.ts";
import { isPrimitive, isScalar, SCALARS } from "../src/scalar/table.ts";
import { erf } from "../src/scalar/erf.ts";
import { functionsOf } from "../src/codegen/wgsl/functions.ts";

/** From Abramowitz and Stegun, table 7.1, and DLMF 7.23, to the digits of a double. */
const ERF: readonly (readonly [number, number])[] = [
  [0, 0],
  [1e-8, 1.1283791670955126e-8],
  [0.1, 0.1124629160182849],
  [0.25, 0.2763263901682369],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [1.5, 0.9661051464753108],
  [2, 0.9953222650189527],
  [2.4, 0.9993114861033549],
  [2.5, 0.999593047982555],
  [3, 0.9999779095030014],
  [4, 0.9999999845827421],
  [5, 0.9999999999984626],
  [6, 1],
  [30, 1],
  [Infinity, 1],
];

describe("erf", () => {
  test("error below 1e-15 at tabulated values, and odd", () => {
    for (const [x, value] of ERF) {
      expect(Math.abs(erf(x) - value), `erf(${x})`).toBeLessThan(1e-15);
      expect(erf(-x) + erf(x), `erf(${-x}) + erf(${x})`).toBe(0);
    }
  });
  test("a NaN stays one", () => expect(erf(NaN)).toBeNaN());
  test("series and continued fraction meet at 2.5 within 1e-15", () => {
    const slope = (2 / Math.sqrt(Math.PI)) * Math.exp(-(2.5 ** 2));
    expect(Math.abs(erf(2.5 + 1e-9) - erf(2.5 - 1e-9) - 2e-9 * slope)).toBeLessThan(1e-15);
  });
});

const NAMES: readonly Primitive[] = Object.keys(SCALARS).filter(isScalar).filter(isPrimitive);

function evaluateWith(formula: Formula, values: readonly number[], result: number): number {
  if (formula.kind === "result") return result;
  if (formula.kind !== "apply") return evaluateFormula(formula, values);
  return SCALARS[formula.primitive].evaluate(...formula.arguments.map((each) => evaluateWith(each, values, result)));
}

const STEP = 1e-5;
/** Truncation of central differences is about STEP² times a third derivative, which is below 100 at these points. */
const TOLERANCE = 1e-7;
const POINTS: readonly (readonly number[])[] = [
  [0.7, 1.3, 0.4],
  [1.9, 0.6, -0.8],
  [0.31, 0.83, 2.5],
  [2.7, 2.2, 0.1],
];

describe("derivatives", () => {
  for (const name of NAMES) {
    test(`${name}: within ${TOLERANCE} of central differences`, () => {
      const { arity } = SCALARS[name];
      const formula = apply(name, ...Array.from({ length: arity }, (_, index) => argument(index)));
      for (const point of POINTS) {
        const at = (index: number, by: number): number =>
          evaluateFormula(formula, point.with(index, (point[index] ?? NaN) + by));
        for (let index = 0; index < arity; index++) {
          if (name === "select" && index === 0) continue;
          const numeric = (at(index, STEP) - at(index, -STEP)) / (2 * STEP);
          const exact = evaluateWith(derivativeOf(formula, index), point, at(index, 0));
          expect(
            Math.abs(exact - numeric) / Math.max(1, Math.abs(numeric)),
            `d${index} at ${point.join()}`,
          ).toBeLessThan(TOLERANCE);
        }
      }
    });
  }

  test("of a composition: the chain rule", () => {
    const formula = apply("exp", apply("mul", argument(0), apply("sin", argument(0))));
    const derivative = derivativeOf(formula, 0);
    const x = 0.8;
    const result = Math.exp(x * Math.sin(x));
    expect(evaluateWith(derivative, [x], result)).toBeCloseTo(result * (Math.sin(x) + x * Math.cos(x)), 12);
  });
});

test("simplify changes no value", () => {
  const { formula } = fc.letrec<{ formula: Formula }>((tie) => ({
    formula: fc.oneof(
      { maxDepth: 5 },
      fc.nat(1).map(argument),
      fc.constantFrom(0, 1, -1, 2.5).map(number),
      fc
        .tuple(
          fc.constantFrom("add" as const, "sub" as const, "mul" as const, "max" as const),
          tie("formula"),
          tie("formula"),
        )
        .map(([name, a, b]) => apply(name, a, b)),
      fc.tuple(fc.constantFrom("neg" as const, "tanh" as const), tie("formula")).map(([name, a]) => apply(name, a)),
    ),
  }));
  const point = fc.tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: -2, max: 2, noNaN: true }));
  fc.assert(
    fc.property(formula, point, (one, values) => {
      const [before, after] = [evaluateFormula(one, values), evaluateFormula(simplify(one), values)];
      expect(Math.abs(after - before)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(before)));
    }),
  );
});

/** Functions of WGSL's own that are exact enough. */
const BUILT_IN: ReadonlySet<string> = new Set(["abs", "floor", "sqrt", "select"]);

test("what a row's column for WGSL calls is built in, of the library of shaders, or defined by the row", () => {
  for (const name of Object.keys(SCALARS).filter(isScalar)) {
    const { targets, arity } = SCALARS[name];
    const text = targets?.wgsl.text(...["a", "b", "c"].slice(0, arity)) ?? "";
    for (const [, called = ""] of text.matchAll(/(\w+)\(/g))
      expect(BUILT_IN.has(called) || functionsOf(text).includes(`fn ${called}(`), `${name} calls ${called}`).toBe(true);
  }
});
