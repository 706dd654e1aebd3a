// What a node of a graph is in the generated code: an expression, and the kind of number that it holds.
import type { Expression } from "./expression.ts";

/** `number`: a number of Python itself, as a size is. `bool`: what the graph holds as 1 and 0. */
export type Kind = "float" | "int" | "bool" | "number";

export interface Value {
  readonly expression: Expression;
  readonly kind: Kind;
  /** Whether parts of it were set to -∞, so that a whole line of it may be. */
  readonly isMasked?: boolean;
  /** Whether it may as well be written wherever it is read. */
  readonly isCheap?: boolean;
}

export function floats(expression: Expression): Value {
  return { expression, kind: "float" };
}

export function booleans(expression: Expression): Value {
  return { expression, kind: "bool" };
}

export function plainNumber(expression: Expression): Value {
  return { expression, kind: "number" };
}

/** The same kind of number, computed otherwise. */
export function like({ kind }: Value, expression: Expression): Value {
  return { expression, kind };
}
