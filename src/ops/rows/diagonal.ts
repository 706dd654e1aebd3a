// Conversions between a vector and the diagonal of a square array.
import { at } from "../../base/invariant.ts";
import { zeros } from "../nd.ts";
import { firstType, type OpRow } from "../row.ts";
import type { TensorOps } from "../tensor-ops.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly diag: NoAttributes;
    readonly diagonal: NoAttributes;
  }
}

const DIAG: OpRow<"diag"> = {
  name: "diag",
  doc: "the square array with the vector on its diagonal",
  attributes: {},
  arity: 1,
  expensive: false,
  type: (operands) => ({
    dtype: "float",
    axes: [...firstType(operands).axes, at(firstType(operands).axes, -1, "diag")],
  }),
  gradient: ({ build, cotangent }) => [build.op("diagonal", [cotangent])],
  evaluate: ([x = zeros([])], context) => {
    const out = zeros(context.result.shape);
    const n = x.shape.at(-1) ?? 1;
    x.data.forEach((value, index) => {
      out.data[Math.floor(index / n) * n * n + (index % n) * (n + 1)] = value;
    });
    return out;
  },
  lower: (ops, operands, context) => {
    const x = at(operands, 0, "diag");
    const { shape } = context.result;
    return ops.binary("mul", ops.reshape(x, shape.toSpliced(-2, 1, 1)), identity(ops, shape.at(-1) ?? 1));
  },
};

const DIAGONAL: OpRow<"diagonal"> = {
  name: "diagonal",
  doc: "the diagonal of a square array",
  attributes: {},
  arity: 1,
  expensive: false,
  type: (operands) => ({ dtype: "float", axes: firstType(operands).axes.slice(0, -1) }),
  gradient: ({ build, cotangent }) => [build.op("diag", [cotangent])],
  evaluate: ([x = zeros([])], context) => {
    const n = x.shape.at(-1) ?? 1;
    const data = new Float64Array(n === 0 ? 0 : x.data.length / n);
    data.forEach((_, index) => {
      data[index] = x.data[Math.floor(index / n) * n * n + (index % n) * (n + 1)] ?? NaN;
    });
    return { shape: context.result.shape, data };
  },
  lower: (ops, operands, context) => {
    const x = at(operands, 0, "diagonal");
    const rank = context.result.shape.length + 1;
    return ops.reduce("sum", ops.binary("mul", x, identity(ops, ops.shape(x).at(-1) ?? 1)), [rank - 1]);
  },
};

function identity<T>(ops: TensorOps<T>, n: number): T {
  const data = new Float32Array(n * n);
  for (let i = 0; i < n; i++) data[i * (n + 1)] = 1;
  return ops.fromHost(data, [n, n]);
}

export const DIAGONALS = { diag: DIAG, diagonal: DIAGONAL };
