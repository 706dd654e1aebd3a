// How weights start, from the expression that says it.
import type { Init } from "../../base/init.ts";
import { constantOf } from "../../shape/dim.ts";
import type { Expression } from "../ast.ts";
import { notAllowed, unknownName, wrongType } from "../messages.ts";
import type { Frame } from "./frame.ts";

export const ZEROS: Init = { kind: "call", name: "zeros", args: [] };
export const GLOROT: Init = { kind: "call", name: "glorot", args: [] };
export const ORTHOGONAL: Init = { kind: "call", name: "orthogonal", args: [] };

/** Each with the numbers that it takes, at least and at most. */
const ARITIES: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ["zeros", [0, 0]],
  ["ones", [0, 0]],
  ["constant", [1, 1]],
  ["uniform", [0, 2]],
  ["normal", [0, 1]],
  ["glorot", [0, 0]],
  ["he", [0, 0]],
  ["lecun", [0, 0]],
  ["orthogonal", [0, 0]],
  ["identity", [0, 0]],
]);
const INITS = [...ARITIES.keys()];
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
      if (name !== undefined) return called(name, [], expression, frame);
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
        const args = expression.arguments.map((each) => readInit(each.value, frame));
        return called(known, args, expression, frame);
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

/** A function takes one INIT; an initial value takes numbers, as many as it has. */
function called(name: string, args: readonly Init[], { span }: Expression, { context }: Frame): Init {
  const [least, most] = ARITIES.get(name) ?? [1, 1];
  const isRight = args.length >= least && args.length <= most;
  if (!isRight) {
    const wanted = most === 0 ? "no argument" : most === 1 ? "one argument" : `at most ${most} arguments`;
    context.report(wrongType(`\`${name}\` takes ${wanted}, and this gives ${args.length}`, span));
  } else if (ARITIES.has(name) && !args.every(isNumber)) {
    context.report(wrongType(`\`${name}\` takes numbers`, span, "as in `uniform(-0.1, 0.1)`"));
  }
  return { kind: "call", name, args };
}

function isNumber(init: Init): boolean {
  switch (init.kind) {
    case "number":
      return true;
    case "binary":
      return isNumber(init.left) && isNumber(init.right);
    case "call":
      return !ARITIES.has(init.name) && init.args.every(isNumber);
  }
}
