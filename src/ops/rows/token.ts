// Tokens: integers in, floats out.
import { at, invariant } from "../../base/invariant.ts";
import type { Dim } from "../../shape/dim.ts";
import { plain, type Type } from "../../shape/type.ts";
import { ONE_SIZE } from "../attribute-forms.ts";
import { countOf, zeros } from "../nd.ts";
import { none, type OpRow } from "../row.ts";
import { dimValue } from "../run-context.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly onehot: { readonly dims: readonly [depth: Dim] };
    readonly lookup: NoAttributes;
    readonly float: NoAttributes;
  }
}

function leadingLabels(type: Type): string {
  return "abcdefgh".slice(0, type.axes.length);
}

const ONEHOT: OpRow<"onehot"> = {
  name: "onehot",
  doc: "a 1 at the token's place among `dims[0]`; a token outside gives zeros",
  attributes: { dims: ONE_SIZE },
  arity: 1,
  expensive: false,
  type: (operands, attributes) => ({
    dtype: "float",
    axes: [...at(operands, 0, "onehot").axes, plain(attributes.dims[0])],
  }),
  gradient: none("tokens are no numbers"),
  evaluate: ([k = zeros([])], context) => {
    const depth = dimValue(context, 0);
    const out = zeros(context.result.shape);
    k.data.forEach((token, index) => {
      if (token >= 0 && token < depth) out.data[index * depth + token] = 1;
    });
    return out;
  },
  lower: (ops, operands, context) => ops.onehot(at(operands, 0, "onehot"), dimValue(context, 0)),
};

const LOOKUP: OpRow<"lookup"> = {
  name: "lookup",
  doc: "the rows of a table `[V, …]`, the same for all examples, for tokens; a token outside of it gives zeros",
  attributes: {},
  arity: 2,
  expensive: false,
  type: ([table, token]) => {
    const [rows, ...rest] = table?.axes ?? [];
    invariant(rows?.tag === "plain", "lookup", "the first axis of the table is not one of rows");
    return { dtype: "float", axes: [...(token?.axes ?? []), ...rest] };
  },
  // A product with a one-hot: some backends of tfjs cannot add to rows by index.
  gradient: ({ build, cotangent, operand, operandType, needs }) => {
    if (!needs(0)) return [null, null];
    const [table, token] = [operandType(0), operandType(1)];
    const leading = leadingLabels(token);
    const rest = "uvwxyz".slice(0, table.axes.length - 1);
    const hot = build.op("onehot", [operand(1)], { dims: [at(table.axes, 0, "lookup").size] });
    return [
      build.op("contract", [hot, cotangent], { left: `${leading}s`, right: leading + rest, out: `s${rest}` }),
      null,
    ];
  },
  evaluate: ([table = zeros([]), token = zeros([])], context) => {
    const width = countOf(table.shape.slice(1));
    const out = zeros(context.result.shape);
    token.data.forEach((row, index) => {
      if (row >= 0) out.data.set(table.data.subarray(row * width, (row + 1) * width), index * width);
    });
    return out;
  },
  lower: (ops, operands) => ops.gather(at(operands, 0, "lookup"), at(operands, 1, "lookup")),
};

const FLOAT: OpRow<"float"> = {
  name: "float",
  doc: "an integer as a number",
  attributes: {},
  arity: 1,
  expensive: false,
  type: (operands) => ({ dtype: "float", axes: at(operands, 0, "float").axes }),
  gradient: none("tokens are no numbers"),
  evaluate: ([x = zeros([])]) => x,
  lower: (ops, operands) => ops.toFloat(at(operands, 0, "float")),
};

export const TOKEN = { onehot: ONEHOT, lookup: LOOKUP, float: FLOAT };
