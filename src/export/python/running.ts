// Running results along an axis, which PyTorch and JAX compute from the first element on only.
import { at } from "../../base/invariant.ts";
import type { Operands, Words } from "./dialect.ts";
import { call, number, type Expression } from "./expression.ts";
import { floats, type Value } from "./value.ts";

interface Running extends Operands {
  readonly node: { readonly attributes: { readonly axis: number; readonly reverse?: boolean } };
}

export function running(words: Words, name: "cumsum" | "cumprod"): (writing: Running) => Value {
  return ({ node, operands }) => {
    const { axis, reverse } = node.attributes;
    const { kind, expression } = at(operands, 0, "export");
    const x = kind === "bool" ? words.asFloat(expression) : expression;
    const run = (each: Expression): Expression => call(`${words.module}.${name}`, [each, number(axis)]);
    if (reverse !== true) return floats(run(x));
    return floats(words.flipped(run(words.flipped(x, number(axis))), number(axis)));
  };
}
