// How weights start, from the expression that says it.
import type { Init } from "../../base/init.ts";
import { constantOf } from "../../shape/dim.ts";
import type { Expression } from "../ast.ts";
import { notAllowed, unknownName } from "../messages.ts";
import type { Frame } from "./frame.ts";

export const ZEROS: Init = { kind: "call", name: "zeros", args: [] };
export const GLOROT: Init = { kind: "call", name: "glorot", args: [] };
export const ORTHOGONAL: Init = { kind: "call", name: "orthogonal", args: [] };

const INITS = [
  "zeros",
  "ones",
  "constant",
  "uniform",
  "normal",
  "glorot",
  "he",
  "lecun",
  "orthogonal",
  "identity",
] as const;
const FUNCTIONS = ["exp", "log", "sqrt", "abs", "tanh", "sigmoid", "softplus", "square", "sin", "cos"] as const;

/** An INIT: names and calls of initial values, numbers, constants of the cell, and arithmetic of these. */
export function readInit(expression: Expression, frame: Frame): Init {
  const { context } = frame;
  switch (expression.kind) {
    case "number":
      return { kind: "number", value: expression.value };
    case "negate":
      return {
        kind: "binary",
        op: "-",
        left: { kind: "number", value: 0 },
        right: readInit(expression.operand, frame),
      };
    case "binary": {
      const { operator } = expression;
      if (operator === "+" || operator === "-" || operator === "*" || operator === "/") {
        return {
          kind: "binary",
          op: operator,
          left: readInit(expression.left, frame),
          right: readInit(expression.right, frame),
        };
      }
      break;
    }
    case "name": {
      const name = INITS.find((each) => each === expression.name);
      if (name !== undefined) return { kind: "call", name, args: [] };
      const known = frame.static(expression.name);
      const value = known === undefined ? undefined : constantOf(known);
      if (value !== undefined) return { kind: "number", value };
      context.report(unknownName(expression.name, expression.span, [...INITS, ...FUNCTIONS], "for initial values"));
      return ZEROS;
    }
    case "call": {
      if (expression.callee.kind !== "name") break;
      const { name } = expression.callee;
      const known = [...INITS, ...FUNCTIONS].find((each) => each === name);
      if (known !== undefined) {
        return { kind: "call", name: known, args: expression.arguments.map((each) => readInit(each.value, frame)) };
      }
      context.report(unknownName(name, expression.callee.span, [...INITS, ...FUNCTIONS], "for initial values"));
      return ZEROS;
    }
    default:
      break;
  }
  context.report(
    notAllowed("this says no initial values", expression.span, "write `~ glorot`, `~ normal(0.1)` or the like"),
  );
  return ZEROS;
}
