// Scalar formulas: what a pointwise op computes for one element, its derivative, and its value in float64.
import { at, fail } from "../base/invariant.ts";
import { erf } from "./erf.ts";

export type Formula =
  | { readonly kind: "argument"; readonly index: number }
  /** The op's own result: lets a derivative reuse it. */
  | { readonly kind: "result" }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "apply"; readonly primitive: Primitive; readonly arguments: readonly Formula[] };

export type Primitive =
  | "add" | "sub" | "mul" | "div" | "pow" | "min" | "max" | "mod" | "lt" | "le" | "gt" | "ge" | "eq"
  | "neg" | "exp" | "log" | "log1p" | "sqrt" | "tanh" | "sigmoid" | "sin" | "cos" | "abs" | "sign" | "floor" | "erf"
  | "select"; // prettier-ignore

export function argument(index: number): Formula {
  return { kind: "argument", index };
}

export const RESULT: Formula = { kind: "result" };

export function number(value: number): Formula {
  return { kind: "constant", value };
}

export function apply(primitive: Primitive, ...operands: readonly Formula[]): Formula {
  return { kind: "apply", primitive, arguments: operands };
}

interface PrimitiveRule {
  readonly evaluate: (...values: readonly number[]) => number;
  /** The derivative by each argument, in terms of the arguments `a` and the result. */
  readonly derivative: (a: readonly Formula[], result: Formula) => readonly Formula[];
}

const x = 0;
const flat1 = (): readonly Formula[] => [number(0)];
const flat2 = (): readonly Formula[] => [number(0), number(0)];

function arg(a: readonly Formula[], index: number): Formula {
  return at(a, index, "scalar formula");
}

function one(evaluate: (v: number) => number, derivative: (v: Formula, result: Formula) => Formula): PrimitiveRule {
  return { evaluate: (v = NaN) => evaluate(v), derivative: (a, result) => [derivative(arg(a, x), result)] };
}

function two(
  evaluate: (v: number, w: number) => number,
  derivative: (v: Formula, w: Formula, result: Formula) => readonly Formula[],
): PrimitiveRule {
  return {
    evaluate: (v = NaN, w = NaN) => evaluate(v, w),
    derivative: (a, result) => derivative(arg(a, 0), arg(a, 1), result),
  };
}

const oneMinus = (f: Formula): Formula => apply("sub", number(1), f);
const times = (a: Formula, b: Formula): Formula => apply("mul", a, b);

export const PRIMITIVES: Readonly<Record<Primitive, PrimitiveRule>> = {
  add: two(
    (a, b) => a + b,
    () => [number(1), number(1)],
  ),
  sub: two(
    (a, b) => a - b,
    () => [number(1), number(-1)],
  ),
  mul: two(
    (a, b) => a * b,
    (a, b) => [b, a],
  ),
  div: two(
    (a, b) => a / b,
    (_, b, y) => [apply("div", number(1), b), apply("neg", apply("div", y, b))],
  ),
  pow: two(
    (a, b) => a ** b,
    (a, b, y) => [times(b, apply("pow", a, apply("sub", b, number(1)))), times(y, apply("log", a))],
  ),
  // A tie goes to the first.
  min: two(Math.min, (a, b) => [apply("le", a, b), oneMinus(apply("le", a, b))]),
  max: two(Math.max, (a, b) => [apply("ge", a, b), oneMinus(apply("ge", a, b))]),
  mod: two(
    (a, b) => a - b * Math.floor(a / b),
    (a, b) => [number(1), apply("neg", apply("floor", apply("div", a, b)))],
  ),
  lt: two((a, b) => Number(a < b), flat2),
  le: two((a, b) => Number(a <= b), flat2),
  gt: two((a, b) => Number(a > b), flat2),
  ge: two((a, b) => Number(a >= b), flat2),
  eq: two((a, b) => Number(a === b), flat2),
  neg: one(
    (a) => -a,
    () => number(-1),
  ),
  exp: one(Math.exp, (_, y) => y),
  log: one(Math.log, (a) => apply("div", number(1), a)),
  log1p: one(Math.log1p, (a) => apply("div", number(1), apply("add", number(1), a))),
  sqrt: one(Math.sqrt, (_, y) => apply("div", number(0.5), y)),
  tanh: one(Math.tanh, (_, y) => oneMinus(times(y, y))),
  sigmoid: one(
    (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a))),
    (_, y) => times(y, oneMinus(y)),
  ),
  sin: one(Math.sin, (a) => apply("cos", a)),
  cos: one(Math.cos, (a) => apply("neg", apply("sin", a))),
  abs: one(Math.abs, (a) => apply("sign", a)),
  sign: { evaluate: (a = NaN) => (Number.isNaN(a) ? NaN : a > 0 ? 1 : a < 0 ? -1 : 0), derivative: flat1 },
  floor: { evaluate: (a = NaN) => Math.floor(a), derivative: flat1 },
  erf: one(erf, (a) => times(number(2 / Math.sqrt(Math.PI)), apply("exp", apply("neg", times(a, a))))),
  select: {
    evaluate: (c = NaN, a = NaN, b = NaN) => (c !== 0 ? a : b),
    derivative: ([c = number(0)]) => [
      number(0),
      apply("select", c, number(1), number(0)),
      apply("select", c, number(0), number(1)),
    ],
  },
};

/** The value of a formula in float64. */
export function evaluateFormula(formula: Formula, values: readonly number[]): number {
  switch (formula.kind) {
    case "argument":
      return at(values, formula.index, "scalar formula");
    case "constant":
      return formula.value;
    case "result":
      return fail("scalar formula", "a formula cannot contain its own result");
    case "apply":
      return PRIMITIVES[formula.primitive].evaluate(...formula.arguments.map((each) => evaluateFormula(each, values)));
  }
}

/** The derivative by argument `index`. Where the formula is one primitive its result is named, not computed again. */
export function derivativeOf(formula: Formula, index: number): Formula {
  return simplify(differentiate(formula, index, true));
}

function differentiate(formula: Formula, index: number, isWhole: boolean): Formula {
  switch (formula.kind) {
    case "argument":
      return number(formula.index === index ? 1 : 0);
    case "constant":
    case "result":
      return number(0);
    case "apply": {
      const partials = PRIMITIVES[formula.primitive].derivative(formula.arguments, isWhole ? RESULT : formula);
      const terms = formula.arguments.map((each, position) =>
        times(at(partials, position, "scalar formula"), differentiate(each, index, false)),
      );
      return terms.reduce((sum, term) => apply("add", sum, term));
    }
  }
}

function isNumber(formula: Formula, value: number): boolean {
  return formula.kind === "constant" && formula.value === value;
}

/** Removes sums with 0 and products with 0 and 1, and folds constants. */
export function simplify(formula: Formula): Formula {
  if (formula.kind !== "apply") return formula;
  const operands = formula.arguments.map(simplify);
  const [a = number(0), b = number(0)] = operands;
  if (operands.every((each) => each.kind === "constant")) {
    return number(evaluateFormula({ ...formula, arguments: operands }, []));
  }
  switch (formula.primitive) {
    case "add":
      if (isNumber(a, 0)) return b;
      return isNumber(b, 0) ? a : apply("add", a, b);
    case "sub":
      return isNumber(b, 0) ? a : apply("sub", a, b);
    case "mul":
      if (isNumber(a, 0) || isNumber(b, 0)) return number(0);
      if (isNumber(a, 1)) return b;
      return isNumber(b, 1) ? a : apply("mul", a, b);
    default:
      return { ...formula, arguments: operands };
  }
}
