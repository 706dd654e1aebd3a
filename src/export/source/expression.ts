// Expressions of Python and JavaScript as trees, so that parentheses stand only where the precedence of operators needs them.
import { fail } from "../../base/invariant.ts";

export type Operator =
  "or" | "and" | "!=" | "<" | "<=" | ">" | ">=" | "==" | "|" | "&" | "+" | "-" | "*" | "/" | "//" | "@" | "**";

export type Expression =
  /** A name, a literal, or one item of an index such as `:`. */
  | { readonly kind: "atom"; readonly text: string }
  /** A string literal, by the text that it stands for. */
  | { readonly kind: "string"; readonly text: string }
  | {
      readonly kind: "call";
      readonly callee: Expression;
      readonly positional: readonly Expression[];
      readonly named: readonly (readonly [string, Expression])[];
    }
  | { readonly kind: "binary"; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "negative"; readonly operand: Expression }
  | { readonly kind: "attribute"; readonly object: Expression; readonly name: string }
  | { readonly kind: "index"; readonly object: Expression; readonly items: readonly Expression[] }
  /** Keys are the texts of string literals. */
  | { readonly kind: "dict"; readonly items: readonly (readonly [string, Expression])[] }
  | { readonly kind: "tuple" | "list"; readonly items: readonly Expression[] }
  /** `yes if condition else no`. */
  | {
      readonly kind: "conditional";
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly kind: "star"; readonly operand: Expression };

export function atom(text: string): Expression {
  return { kind: "atom", text };
}

export function string(text: string): Expression {
  return { kind: "string", text };
}

/** A number as a literal. Infinities and NaN have names in the languages. */
export function number(value: number): Expression {
  if (!Number.isFinite(value)) fail("export", `${value} is not a literal`);
  const text = String(Math.abs(value));
  return value < 0 || Object.is(value, -0) ? negative(atom(text)) : atom(text);
}

/** The number that a literal stands for; NaN if the expression is not a literal. */
export function valueOf(expression: Expression): number {
  if (expression.kind === "negative") return -valueOf(expression.operand);
  return expression.kind === "atom" ? Number(expression.text) : NaN;
}

/** Whether an expression is only this name. */
export function isName(expression: Expression, name: string): boolean {
  return expression.kind === "atom" && expression.text === name;
}

export function call(
  callee: string | Expression,
  positional: readonly Expression[],
  named: Readonly<Record<string, Expression>> = {},
): Expression {
  return {
    kind: "call",
    callee: typeof callee === "string" ? atom(callee) : callee,
    positional,
    named: Object.entries(named),
  };
}

export function method(
  object: Expression,
  name: string,
  positional: readonly Expression[] = [],
  named: Readonly<Record<string, Expression>> = {},
): Expression {
  return call(attribute(object, name), positional, named);
}

export function binary(operator: Operator, left: Expression, right: Expression): Expression {
  return { kind: "binary", operator, left, right };
}

/** `-a`; of a product the sign stands before its first factor, which is the same number. */
export function negative(operand: Expression): Expression {
  return { kind: "negative", operand };
}

export function attribute(object: Expression, name: string): Expression {
  return { kind: "attribute", object, name };
}

export function index(object: Expression, items: readonly Expression[]): Expression {
  return { kind: "index", object, items };
}

export function tuple(items: readonly Expression[]): Expression {
  return { kind: "tuple", items };
}

export function list(items: readonly Expression[]): Expression {
  return { kind: "list", items };
}

export function dict(items: readonly (readonly [string, Expression])[]): Expression {
  return { kind: "dict", items };
}

export function conditional(condition: Expression, yes: Expression, no: Expression): Expression {
  return { kind: "conditional", condition, yes, no };
}

export function star(operand: Expression): Expression {
  return { kind: "star", operand };
}

/** How tightly operators bind. Comparisons bind more loosely than `&` in Python. */
export const BINDS: Readonly<Record<Operator, number>> = {
  or: 1,
  and: 2,
  "!=": 3,
  "<": 3,
  "<=": 3,
  ">": 3,
  ">=": 3,
  "==": 3,
  "|": 4,
  "&": 5,
  "+": 6,
  "-": 6,
  "*": 7,
  "/": 7,
  "//": 7,
  "@": 7,
  "**": 9,
};
const CONDITIONAL = 0;
const NEGATIVE = 8;
const ATOM = 10;

export function binding(expression: Expression): number {
  if (expression.kind === "binary") return BINDS[expression.operator];
  if (expression.kind === "conditional") return CONDITIONAL;
  return expression.kind === "negative" ? NEGATIVE : ATOM;
}

/** Whether the left or the right operand of an operator needs parentheses. */
export function needsParentheses(operator: Operator, operand: Expression, side: "left" | "right"): boolean {
  const [outer, inner] = [BINDS[operator], binding(operand)];
  // Products of matrices and of numbers bind alike, but are not read alike.
  if (operand.kind === "binary" && inner === outer && (operand.operator === "@") !== (operator === "@")) return true;
  // `**` takes its right operand first; a comparison beside another one would be a chain.
  if (operator === "**") return side === "left" ? inner <= outer : inner < NEGATIVE;
  return side === "left" && outer !== BINDS["<"] ? inner < outer : inner <= outer;
}
