// Expressions and types as canonical source text, with only the parentheses that are needed: `parse` gives the tree back.
import { unreachable } from "../base/invariant.ts";
import { spanText } from "../base/source.ts";
import type { Argument, BinaryOperator, Expression, Index, TimeOf, TypeExpression } from "./ast.ts";
import { isSumFromTime } from "./actions-expression.ts";

/** The precedence of an expression, as in the grammar; loosest first. */
export const level = {
  pipe: 0,
  comparison: 1,
  sum: 2,
  product: 3,
  contraction: 4,
  unary: 5,
  power: 6,
  applied: 7,
  primary: 8,
} as const;
export type Level = (typeof level)[keyof typeof level];

export const operatorLevel: Record<BinaryOperator, Level> = {
  "<": level.comparison,
  "<=": level.comparison,
  ">": level.comparison,
  ">=": level.comparison,
  "==": level.comparison,
  "+": level.sum,
  "-": level.sum,
  "*": level.product,
  "/": level.product,
  "@": level.contraction,
  "^": level.power,
};

/** What may be on the right of an operator that associates to the left. */
export function tighterThan(own: Level): Level {
  switch (own) {
    case level.pipe:
      return level.comparison;
    case level.comparison:
      return level.sum;
    case level.sum:
      return level.product;
    case level.product:
      return level.contraction;
    case level.contraction:
      return level.unary;
    default:
      return level.primary;
  }
}

export function formatExpression(expression: Expression): string {
  return formatAt(level.pipe, expression);
}

/** As `formatExpression`, in parentheses if no suffix could follow it. */
export function formatApplicable(expression: Expression): string {
  return formatAt(level.applied, expression);
}

export function formatType(type: TypeExpression): string {
  switch (type.kind) {
    case "array":
      return `[${type.dimensions.map(formatSize).join(", ")}]`;
    case "token":
      return `${type.reading}[${formatSize(type.size)}]`;
    case "sequence":
      return `seq ${formatType(type.element)}`;
    default:
      return unreachable(type, "format");
  }
}

function formatSize(size: Expression | TimeOf | null): string {
  if (size?.kind === "time-of") return `time of ${size.memory.name}`;
  return size === null ? "?" : formatAt(level.sum, size);
}

/** In parentheses if it is looser than `least`. */
export function formatAt(least: Level, expression: Expression): string {
  const text = formatBare(expression);
  return levelOf(expression) < least ? `(${text})` : text;
}

function levelOf(expression: Expression): Level {
  switch (expression.kind) {
    case "pipe":
      return level.pipe;
    case "binary":
      return operatorLevel[expression.operator];
    case "negate":
      return level.unary;
    case "member":
    case "delay":
    case "slice":
    case "element":
    case "indices":
    case "call":
      return level.applied;
    case "number":
      return expression.value < 0 ? level.unary : level.primary;
    case "string":
    case "name":
    case "list":
      return level.primary;
    default:
      return unreachable(expression, "format");
  }
}

function formatBare(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return formatNumber(expression);
    case "string":
      return `"${expression.value}"`;
    case "name":
      return expression.name;
    case "list":
      return `[${expression.items.map(formatExpression).join(", ")}]`;
    case "negate":
      return `-${formatAt(level.unary, expression.operand)}`;
    case "binary":
      return formatBinary(expression);
    case "pipe":
      return `${formatAt(level.pipe, expression.left)} |> ${formatAt(level.comparison, expression.right)}`;
    default:
      return formatApplied(expression);
  }
}

/** As it was written in the source, if it was: `1.0` stays, and `1e-5`. */
function formatNumber({ value, span }: Extract<Expression, { kind: "number" }>): string {
  const written = spanText(span);
  return /^[\d.]+(?:e[-+]?\d+)?$/i.test(written) && Number(written) === value ? written : String(value);
}

function formatBinary({ operator, left, right }: Extract<Expression, { kind: "binary" }>): string {
  if (operator === "^") return `${formatAt(level.applied, left)}^${formatAt(level.unary, right)}`;
  const own = operatorLevel[operator];
  const least = own === level.comparison ? level.sum : own;
  return `${formatAt(least, left)} ${operator} ${formatAt(tighterThan(own), right)}`;
}

type Applied = Extract<Expression, { kind: "member" | "delay" | "slice" | "element" | "indices" | "call" }>;

function formatApplied(expression: Applied): string {
  switch (expression.kind) {
    case "call":
      return `${formatAt(level.applied, expression.callee)}(${formatArguments(expression.arguments)})`;
    case "member":
      return `${formatAt(level.applied, expression.object)}.${expression.member.name}`;
    case "delay":
      return `${formatAt(level.applied, expression.object)}[${formatDelay(expression)}]`;
    case "slice":
      return `${formatAt(level.applied, expression.object)}[${formatBound(expression.from)}:${formatBound(expression.to)}]`;
    case "element":
      return `${formatAt(level.applied, expression.object)}[${formatIndex(expression.index)}]`;
    case "indices":
      return `${formatAt(level.applied, expression.object)}[${expression.indices.map(formatOneIndex).join(", ")}]`;
    default:
      return unreachable(expression, "format");
  }
}

function formatDelay({ sign, steps }: Extract<Expression, { kind: "delay" }>): string {
  if (sign === null || steps === null) return "t";
  const text = formatAt(level.product, steps);
  return text.includes(" ") ? `t ${sign} ${text}` : `t${sign}${text}`;
}

function formatOneIndex(index: Index): string {
  return index.kind === "one" ? formatExpression(index.at) : `${formatBound(index.from)}:${formatBound(index.to)}`;
}

function formatBound(bound: Expression | null): string {
  return bound === null ? "" : formatExpression(bound);
}

/** `x[(t - 1)]`: without the parentheses, the index would be read as a delay. */
function formatIndex(index: Expression): string {
  const text = formatExpression(index);
  return isSumFromTime(index) ? `(${text})` : text;
}

export function formatArguments(list: readonly Argument[]): string {
  return list
    .map(({ name, value }) => `${name === null ? "" : `${name.name} = `}${formatExpression(value)}`)
    .join(", ");
}
