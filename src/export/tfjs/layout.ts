// Expressions and statements as lines of JavaScript: on one line where that fits, or else broken at arguments and items.
import { fail } from "../../base/invariant.ts";
import { needsParentheses, type Expression, type Operator } from "../source/expression.ts";
import { quoted } from "./text.ts";

/** The most characters of a line. */
const WIDTH = 100;
export const INDENT = "  ";

/** Operators of numbers, which are sizes. */
const SIGNS: Readonly<Partial<Record<Operator, string>>> = {
  "!=": "!==",
  "==": "===",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  "+": "+",
  "-": "-",
  "*": "*",
  "/": "/",
  "**": "**",
};

/** On one line. */
export function flat(expression: Expression): string {
  switch (expression.kind) {
    case "atom":
      return expression.text;
    case "string":
      return quoted(expression.text);
    case "call":
      return `${postfixed(expression.callee)}(${expression.positional.map(flat).join(", ")})`;
    case "binary": {
      const { operator, left, right } = expression;
      if (operator === "//")
        return `Math.floor(${operand("/", left, "left")} / ${enclosedIf(right.kind === "binary", right)})`;
      const sign = SIGNS[operator] ?? fail("export", `${operator} is not an operator of JavaScript's numbers`);
      return `${operand(operator, left, "left")} ${sign} ${operand(operator, right, "right")}`;
    }
    case "negative": {
      const inner = expression.operand;
      return `-${enclosedIf(inner.kind === "negative" || inner.kind === "binary" || inner.kind === "conditional", inner)}`;
    }
    case "attribute":
      return `${postfixed(expression.object)}.${expression.name}`;
    case "index":
      return `${postfixed(expression.object)}[${expression.items.map(flat).join(", ")}]`;
    case "tuple":
    case "list":
      return `[${expression.items.map(flat).join(", ")}]`;
    case "dict":
      return expression.items.length === 0 ? "{}" : `{ ${expression.items.map(entry).join(", ")} }`;
    case "conditional": {
      const { condition, yes, no } = expression;
      return `${flat(condition)} ? ${flat(yes)} : ${flat(no)}`;
    }
    case "star":
      return `...${flat(expression.operand)}`;
  }
}

function entry([key, value]: readonly [string, Expression]): string {
  return `${quoted(key)}: ${flat(value)}`;
}

function operand(operator: Operator, inner: Expression, side: "left" | "right"): string {
  return enclosedIf(needsParentheses(operator, inner, side), inner);
}

function enclosedIf(isNeeded: boolean, expression: Expression): string {
  return isNeeded ? `(${flat(expression)})` : flat(expression);
}

/** Before `.`, `[` or `(`. */
function postfixed(expression: Expression): string {
  const isLoose = ["binary", "negative", "conditional"].includes(expression.kind);
  return enclosedIf(isLoose || (expression.kind === "atom" && /^\d/.test(expression.text)), expression);
}

/** The lines of `prefix`, an expression and `end`, indented by `indent`. */
export function laidOut(prefix: string, expression: Expression, indent: string, end = ";"): readonly string[] {
  const whole = `${indent}${prefix}${flat(expression)}${end}`;
  if (whole.length <= WIDTH) return [whole];
  const brackets = bracketsOf(expression);
  if (brackets === undefined) return [whole];
  const { open, items, close } = brackets;
  const inner = indent + INDENT;
  return [
    `${indent}${prefix}${open}`,
    ...items.flatMap(([name, each]) => laidOut(name, each, inner, ",")),
    `${indent}${close}${end}`,
  ];
}

/** An expression that ends with brackets, as what is before, in and behind them. */
function bracketsOf(expression: Expression):
  | {
      readonly open: string;
      readonly items: readonly (readonly [string, Expression])[];
      readonly close: string;
    }
  | undefined {
  const plain = (items: readonly Expression[]): readonly (readonly [string, Expression])[] =>
    items.map((each) => ["", each] as const);
  switch (expression.kind) {
    case "call":
      return { open: `${postfixed(expression.callee)}(`, items: plain(expression.positional), close: ")" };
    case "tuple":
    case "list":
      return { open: "[", items: plain(expression.items), close: "]" };
    case "dict":
      return {
        open: "{",
        items: expression.items.map(([key, value]) => [`${quoted(key)}: `, value] as const),
        close: "}",
      };
    default:
      return undefined;
  }
}
