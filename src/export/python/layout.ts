// Expressions and statements as lines of Python: on one line where that fits, or else broken as the formatter Black does.
import { needsParentheses, type Expression } from "../source/expression.ts";
import { quoted } from "./text.ts";

/** The most characters of a line. */
export const WIDTH = 100;
export const INDENT = "    ";

/** On one line. */
export function flat(expression: Expression): string {
  switch (expression.kind) {
    case "atom":
      return expression.text;
    case "string":
      return quoted(expression.text);
    case "call":
      return `${postfixed(expression.callee)}(${argumentsOf(expression).join(", ")})`;
    case "binary": {
      const { operator, left, right } = expression;
      const isTight = operator === "**" && left.kind === "atom" && right.kind === "atom";
      const sign = isTight ? operator : ` ${operator} `;
      return `${operand(left, needsParentheses(operator, left, "left"))}${sign}${operand(right, needsParentheses(operator, right, "right"))}`;
    }
    case "negative":
      return `-${operand(expression.operand, isLooserThanSign(expression.operand))}`;
    case "attribute":
      return `${postfixed(expression.object)}.${expression.name}`;
    case "index":
      return `${postfixed(expression.object)}[${expression.items.map(flat).join(", ")}]`;
    case "tuple":
      return `(${expression.items.map(flat).join(", ")}${expression.items.length === 1 ? "," : ""})`;
    case "list":
      return `[${expression.items.map(flat).join(", ")}]`;
    case "dict":
      return `{${expression.items.map(([key, value]) => `${quoted(key)}: ${flat(value)}`).join(", ")}}`;
    case "conditional":
      return `${flat(expression.yes)} if ${flat(expression.condition)} else ${flat(expression.no)}`;
    case "star":
      return `*${postfixed(expression.operand)}`;
  }
}

function argumentsOf({ positional, named }: Extract<Expression, { kind: "call" }>): readonly string[] {
  return [...positional.map(flat), ...named.map(([name, value]) => `${name}=${flat(value)}`)];
}

function operand(expression: Expression, inParentheses: boolean): string {
  return inParentheses ? `(${flat(expression)})` : flat(expression);
}

/** A sign binds more loosely than `**` and more tightly than all other operators. */
function isLooserThanSign(expression: Expression): boolean {
  if (expression.kind === "conditional") return true;
  return expression.kind === "negative" || (expression.kind === "binary" && expression.operator !== "**");
}

/** Before `.`, `[` or `(`. A number needs parentheses, because `1.x` is another number. */
function postfixed(expression: Expression): string {
  const needs =
    expression.kind === "binary" ||
    expression.kind === "negative" ||
    expression.kind === "conditional" ||
    (expression.kind === "atom" && /^[0-9]/.test(expression.text));
  return operand(expression, needs);
}

/** The lines of `prefix` and an expression, indented by `indent`. */
export function laidOut(prefix: string, expression: Expression, indent: string): readonly string[] {
  const whole = `${indent}${prefix}${flat(expression)}`;
  if (whole.length <= WIDTH) return [whole];
  const [first = "", ...rest] = broken(expression, indent, false);
  return [`${indent}${prefix}${first}`, ...rest];
}

/** Several lines; the first begins without its indent. `isEnclosed`: within brackets, so that an operator may begin a line. */
function broken(expression: Expression, indent: string, isEnclosed: boolean): readonly string[] {
  const inner = indent + INDENT;
  switch (expression.kind) {
    case "call": {
      const items = [
        ...expression.positional.map((each) => ["", each] as const),
        ...expression.named.map(([name, value]) => [`${name}=`, value] as const),
      ];
      const { callee } = expression;
      const isShort = items.every(([, { kind }]) => kind === "atom" || kind === "string" || kind === "negative");
      if (callee.kind === "attribute" && callee.object.kind === "call" && isShort) {
        const suffix = `.${callee.name}(${argumentsOf(expression).join(", ")})`;
        return brokenObject(callee.object, suffix, indent, isEnclosed);
      }
      if (items.length === 0) return brokenObject(callee, "()", indent, isEnclosed);
      return [`${postfixed(callee)}(`, ...enclosed(items, inner), `${indent})`];
    }
    case "binary": {
      const terms = chain(expression);
      if (isEnclosed) return terms.flatMap(([sign, term], place) => brokenTerm(sign, term, indent, place === 0));
      return ["(", ...terms.flatMap(([sign, term]) => brokenTerm(sign, term, inner, false)), `${indent})`];
    }
    case "attribute":
      return brokenObject(expression.object, `.${expression.name}`, indent, isEnclosed);
    case "index":
      return brokenObject(expression.object, `[${expression.items.map(flat).join(", ")}]`, indent, isEnclosed);
    case "tuple":
    case "list": {
      const [open, close] = expression.kind === "tuple" ? ["(", ")"] : ["[", "]"];
      return [
        open,
        ...enclosed(
          expression.items.map((each) => ["", each] as const),
          inner,
        ),
        `${indent}${close}`,
      ];
    }
    case "dict": {
      const items = expression.items.map(([key, value]) => [`${quoted(key)}: `, value] as const);
      return ["{", ...enclosed(items, inner), `${indent}}`];
    }
    default:
      return [flat(expression)];
  }
}

function brokenObject(object: Expression, suffix: string, indent: string, isEnclosed: boolean): readonly string[] {
  if (object.kind === "binary" || object.kind === "negative") {
    return ["(", ...inside(object, indent + INDENT), `${indent})${suffix}`];
  }
  const lines = broken(object, indent, isEnclosed);
  return [...lines.slice(0, -1), `${lines.at(-1) ?? ""}${suffix}`];
}

/** The lines of an expression within brackets. */
function inside(expression: Expression, indent: string): readonly string[] {
  const whole = `${indent}${flat(expression)}`;
  if (whole.length <= WIDTH) return [whole];
  const [first = "", ...rest] = broken(expression, indent, true);
  return [`${indent}${first}`, ...rest];
}

function enclosed(items: readonly (readonly [string, Expression])[], indent: string): readonly string[] {
  const isAlone = items.length === 1;
  return items.flatMap(([prefix, each]) => {
    const lines = isAlone && prefix === "" ? inside(each, indent) : laidOut(prefix, each, indent);
    return isAlone && prefix === "" ? lines : [...lines.slice(0, -1), `${lines.at(-1) ?? ""},`];
  });
}

function brokenTerm(sign: string, term: Expression, indent: string, isFirst: boolean): readonly string[] {
  const prefix = sign === "" ? "" : `${sign} `;
  const whole = `${indent}${prefix}${flat(term)}`;
  const lines = whole.length <= WIDTH ? [whole] : laidOut(prefix, term, indent);
  return isFirst ? [(lines[0] ?? "").slice(indent.length), ...lines.slice(1)] : lines;
}

/** `a + b - c` as its terms with their signs; parentheses stay with the terms. */
function chain(expression: Extract<Expression, { kind: "binary" }>): readonly (readonly [string, Expression])[] {
  const { operator, left, right } = expression;
  const isSame =
    left.kind === "binary" && !needsParentheses(operator, left, "left") && isOfChain(left.operator, operator);
  const before = isSame ? chain(left) : [["", wrapped(left, needsParentheses(operator, left, "left"))] as const];
  return [...before, [operator, wrapped(right, needsParentheses(operator, right, "right"))]];
}

function isOfChain(inner: string, outer: string): boolean {
  const sums = ["+", "-"];
  return inner === outer || (sums.includes(inner) && sums.includes(outer));
}

function wrapped(expression: Expression, inParentheses: boolean): Expression {
  return inParentheses ? { kind: "atom", text: `(${flat(expression)})` } : expression;
}
