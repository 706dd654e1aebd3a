// Formulas of scalar functions: their values in float64, and their derivatives, which are formulas too.
import { at, fail } from "../base/invariant.ts";
import { apply, number, RESULT, type Formula } from "./primitives.ts";
import { SCALARS } from "./table.ts";

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
      return SCALARS[formula.primitive].evaluate(...formula.arguments.map((each) => evaluateFormula(each, values)));
  }
}

/** The derivative by argument `index`. If the formula is one primitive, the derivative refers to its result instead of computing it again. */
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
      const partials = SCALARS[formula.primitive].derivatives(formula.arguments, isWhole ? RESULT : formula);
      const terms = formula.arguments.map((each, position) =>
        apply("mul", at(partials, position, "scalar formula"), differentiate(each, index, false)),
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
