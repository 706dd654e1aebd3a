// Running results along an axis, which PyTorch and JAX compute from the first element on only.
import { at } from "../../base/invariant.ts";
import type { Operands, Words } from "../source/dialect.ts";
import { number, type Expression } from "../source/expression.ts";
import { floats, type Value } from "../source/value.ts";

interface Running extends Operands {
  readonly node: { readonly attributes: { readonly axis: number; readonly reverse?: boolean } };
}

export function running(
  words: Words,
  run: (x: Expression, axis: number, rank: number) => Expression,
): (writing: Running) => Value {
  return ({ node, operands, type }) => {
    const { axis, reverse } = node.attributes;
    const rank = type.axes.length;
    const { kind, expression } = at(operands, 0, "export");
    const x = kind === "bool" ? words.asFloat(expression) : expression;
    if (reverse !== true) return floats(run(x, axis, rank));
    return floats(words.flipped(run(words.flipped(x, number(axis)), axis, rank), number(axis)));
  };
}
