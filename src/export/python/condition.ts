// What `where` chooses by.
import type { Operands, Words } from "../source/dialect.ts";
import { binary, number, tuple, type Expression } from "../source/expression.ts";

/** The first operand as a condition. A number is none for PyTorch, so it is an array without axes first. */
export function condition(words: Words, writing: Operands): Expression {
  const { kind, expression } = writing.aligned(0);
  if (kind === "bool") return expression;
  return binary(
    "!=",
    kind === "number" ? words.filled(tuple([]), expression, writing.device()) : expression,
    number(0),
  );
}
