// Arithmetic on what is known at compile time: numbers and dimensions.
import { add, constant, constantOf, divide, multiply, subtract, type Dim } from "../../shape/dim.ts";
import type { BinaryOperator } from "../ast.ts";

/** `a op b`, or undefined if it is neither a size nor a number (then it is computed when the program runs). */
export function staticBinary(operator: BinaryOperator, a: Dim, b: Dim): Dim | undefined {
  switch (operator) {
    case "+":
      return add(a, b);
    case "-":
      return subtract(a, b);
    case "*":
      return multiply(a, b);
    case "/":
      return divide(a, b);
    case "^":
      return ofNumbers(a, b, (x, y) => x ** y);
    case "<":
      return ofNumbers(a, b, (x, y) => Number(x < y));
    case "<=":
      return ofNumbers(a, b, (x, y) => Number(x <= y));
    case ">":
      return ofNumbers(a, b, (x, y) => Number(x > y));
    case ">=":
      return ofNumbers(a, b, (x, y) => Number(x >= y));
    case "==":
      return ofNumbers(a, b, (x, y) => Number(x === y));
    case "@":
      return undefined;
  }
}

function ofNumbers(a: Dim, b: Dim, compute: (x: number, y: number) => number): Dim | undefined {
  const [x, y] = [constantOf(a), constantOf(b)];
  if (x === undefined || y === undefined) return undefined;
  const value = compute(x, y);
  return Number.isFinite(value) ? constant(value) : undefined;
}

/** A size as a whole number, if it is one. */
export function wholeNumber(dim: Dim): number | undefined {
  const value = constantOf(dim);
  return value !== undefined && Number.isInteger(value) ? value : undefined;
}
