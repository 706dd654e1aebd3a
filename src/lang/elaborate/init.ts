// Reads initial values of weights.
import type { Diagnostic } from "../../base/diagnostic.ts";
import type { Init } from "../../base/init.ts";
import type { Span } from "../../base/source.ts";
import type { ScalarName } from "../../scalar/table.ts";
import { constantOf } from "../../shape/dim.ts";
import type { Argument, Expression } from "../ast.ts";
import { advice } from "../advice.ts";
import { extraArgument, missingArgument, notAllowed, unknownName, wrongType } from "../messages.ts";
import { argumentTwice } from "../messages-statements.ts";
import { calleeName, type Call } from "./arguments.ts";
import type { Frame } from "./frame.ts";

export const ZEROS: Init = { kind: "call", name: "zeros", args: [] };
export const ONES: Init = { kind: "call", name: "ones", args: [] };
export const GLOROT: Init = { kind: "call", name: "glorot", args: [] };
export const ORTHOGONAL: Init = { kind: "call", name: "orthogonal", args: [] };

/** The numbers that each takes, by name, and how many of them it needs. */
const ARITIES: ReadonlyMap<string, { readonly names: readonly string[]; readonly least: number }> = new Map([
  ["zeros", { names: [], least: 0 }],
  ["ones", { names: [], least: 0 }],
  ["constant", { names: ["v"], least: 1 }],
  ["uniform", { names: ["a", "b"], least: 0 }],
  ["normal", { names: ["std"], least: 0 }],
  ["glorot", { names: [], least: 0 }],
  ["he", { names: [], least: 0 }],
  ["lecun", { names: [], least: 0 }],
  ["orthogonal", { names: [], least: 0 }],
  ["identity", { names: [], least: 0 }],
]);
const INITS = [...ARITIES.keys()];
/** Rows of the table of scalar functions. */
const FUNCTIONS = [
  "exp",
  "log",
  "sqrt",
  "abs",
  "tanh",
  "sigmoid",
  "softplus",
  "square",
  "sin",
  "cos",
] as const satisfies readonly ScalarName[];

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
      if (known !== undefined) frame.read(expression.name, expression.span);
      if (value !== undefined) return { kind: "number", value };
      context.report(unknownInit(expression.name, expression.span));
      return ZEROS;
    }
    case "call": {
      if (expression.callee.kind !== "name") break;
      const { name } = expression.callee;
      const known = [...INITS, ...FUNCTIONS].find((each) => each === name);
      if (known !== undefined) {
        const inOrder = byPlace(expression, ARITIES.get(known)?.names ?? [], frame);
        const args = inOrder.map((each) => readInit(each.value, frame));
        return called(known, args, expression, frame);
      }
      context.report(unknownInit(name, expression.callee.span));
      return ZEROS;
    }
    default:
      break;
  }
  context.report(
    notAllowed("this is not an initial value", expression.span, "write, for example, `~ glorot` or `~ normal(0.1)`"),
  );
  return ZEROS;
}

function unknownInit(name: string, span: Span): Diagnostic {
  return unknownName(name, span, [...INITS, ...FUNCTIONS], "for initial values", {
    first: advice()?.initElsewhere(name),
  });
}

/** `uniform(b = 1, a = 0)` as `uniform(0, 1)`; arguments that cannot be put in order have been reported. */
function byPlace(call: Call, names: readonly string[], frame: Frame): readonly Argument[] {
  const { context } = frame;
  const of = `\`${calleeName(call)}\``;
  const found = new Map<number, Argument>();
  for (const [index, argument] of call.arguments.entries()) {
    const { name, value } = argument;
    const place = name === null ? index : names.indexOf(name.name);
    const before = found.get(place);
    const span = name?.span ?? value.span;
    if (place < 0) context.report(extraArgument(`\`${name?.name ?? ""}\``, of, span, names));
    else if (before !== undefined) context.report(argumentTwice(names[place] ?? "", span, before.value.span));
    else found.set(place, argument);
  }
  const last = Math.max(-1, ...found.keys());
  const skipped = names.find((_, index) => index < last && !found.has(index));
  if (skipped !== undefined) context.report(missingArgument(skipped, of, call.span));
  return [...found].toSorted(([a], [b]) => a - b).map(([, argument]) => argument);
}

/** A function takes one INIT; an initial value takes its own count of numbers. */
function called(name: string, args: readonly Init[], { span }: Expression, { context }: Frame): Init {
  const { names = ["a"], least = 1 } = ARITIES.get(name) ?? {};
  const most = names.length;
  const isRight = args.length >= least && args.length <= most;
  if (!isRight) {
    const expected = most === 0 ? "no argument" : most === 1 ? "one argument" : `at most ${most} arguments`;
    const help =
      name === "normal" ? "the mean is 0, and the argument is the standard deviation: `normal(0.1)`" : undefined;
    context.report(wrongType(`\`${name}\` takes ${expected}, but this has ${args.length}`, span, help));
  } else if (ARITIES.has(name) && !args.every(isNumber)) {
    context.report(wrongType(`\`${name}\` takes numbers`, span, "write, for example, `uniform(-0.1, 0.1)`"));
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
