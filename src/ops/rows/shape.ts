// Ops that rearrange or repeat axes, and keep the values. Own axes only; `axis` counts from the right.
import { at, fail } from "../../base/invariant.ts";
import { alignment, broadcastTypes } from "../../shape/broadcast.ts";
import { ONE, type Dim } from "../../shape/dim.ts";
import { leadingAxes, ownAxes, plain, printType, STRETCHING, type Type } from "../../shape/type.ts";
import { BOOLEAN, NUMBER, NUMBERS, optional, SIZES, TYPE } from "../attribute-forms.ts";
import { reshaped, stridesOf, transposed, viewed, zeros } from "../nd.ts";
import { firstType, type OpRow, type RunContext } from "../row.ts";
import { axisFrom } from "../run-context.ts";
import { sumTo } from "../sum-to.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly reshape: { readonly dims: readonly Dim[] };
    readonly unsqueeze: { readonly axis: number; readonly stretches?: boolean };
    readonly broadcast: { readonly type: Type };
    readonly permute: { readonly order: readonly number[] };
    readonly remember: NoAttributes;
    readonly recall: NoAttributes;
  }
}

const RESHAPE: OpRow<"reshape"> = {
  name: "reshape",
  doc: "the same elements in row-major order with own axes `dims`",
  attributes: { dims: SIZES },
  arity: 1,
  expensive: false,
  type: (operands, attributes) => ({
    dtype: firstType(operands).dtype,
    axes: [...leadingAxes(firstType(operands)), ...attributes.dims.map(plain)],
  }),
  gradient: ({ build, cotangent, operandType }) => [
    build.op("reshape", [cotangent], { dims: ownAxes(operandType(0)).map((axis) => axis.size) }),
  ],
  evaluate: ([x = zeros([])], context) => reshaped(x, context.result.shape),
  lower: (ops, operands, context) => ops.reshape(at(operands, 0, "reshape"), context.result.shape),
};

const UNSQUEEZE: OpRow<"unsqueeze"> = {
  name: "unsqueeze",
  doc: "an own axis of size 1 at `axis` of the result; a spec may repeat it where it `stretches`",
  attributes: { axis: NUMBER, stretches: optional(BOOLEAN) },
  arity: 1,
  expensive: false,
  type: (operands, attributes) => {
    const type = firstType(operands);
    const position = axisFrom(attributes, type.axes.length + 1);
    const axis = attributes.stretches === true ? STRETCHING : plain(ONE);
    return { dtype: type.dtype, axes: type.axes.toSpliced(position, 0, axis) };
  },
  gradient: ({ build, node, cotangent }) => [build.op("sum", [cotangent], { axes: [node.attributes.axis] })],
  evaluate: ([x = zeros([])], context) => reshaped(x, context.result.shape),
  lower: (ops, operands, context) => ops.reshape(at(operands, 0, "unsqueeze"), context.result.shape),
};

const BROADCAST: OpRow<"broadcast"> = {
  name: "broadcast",
  doc: "repeated to `type`, lined up as operands of a pointwise op are",
  attributes: { type: TYPE },
  arity: 1,
  expensive: false,
  type: (operands, attributes, compare) => {
    const target = attributes.type;
    broadcastTypes([target, firstType(operands)], "float", compare);
    return { dtype: firstType(operands).dtype, axes: target.axes };
  },
  gradient: ({ build, cotangent, operandType }) => [sumTo(build, cotangent, operandType(0))],
  evaluate: ([x = zeros([])], context) => {
    const operand = at(context.operands, 0, "broadcast");
    const strides = stridesOf(operand.shape);
    const where = alignment(operand.axes, context.result.axes);
    return viewed(
      x,
      context.result.shape,
      where.map((axis) => (axis < 0 || operand.shape[axis] === 1 ? 0 : at(strides, axis, "broadcast"))),
    );
  },
  lower: (ops, operands, context) => {
    const operand = at(context.operands, 0, "broadcast");
    const where = alignment(operand.axes, context.result.axes);
    const open = ops.reshape(
      at(operands, 0, "broadcast"),
      where.map((axis) => (axis < 0 ? 1 : at(operand.shape, axis, "broadcast"))),
    );
    return ops.broadcastTo(open, context.result.shape);
  },
};

const PERMUTE: OpRow<"permute"> = {
  name: "permute",
  commutesWithSums: true,
  doc: "own axes in the order `order` (positions from the right, as -2, -1)",
  attributes: { order: NUMBERS },
  arity: 1,
  expensive: false,
  type: (operands, attributes) => {
    const { dtype, axes } = firstType(operands);
    return { dtype, axes: orderFrom(attributes, axes.length).map((index) => at(axes, index, "permute")) };
  },
  gradient: ({ build, node, cotangent, operandType }) => {
    const rank = operandType(0).axes.length;
    const order = orderFrom(node.attributes, rank);
    const own = ownAxes(operandType(0)).length;
    const inverse = order.map((_, index) => order.indexOf(index) - rank);
    return [build.op("permute", [cotangent], { order: inverse.slice(rank - own) })];
  },
  evaluate: ([x = zeros([])], context) => transposed(x, orderFrom(context.attributes, x.shape.length)),
  lower: (ops, operands, context) =>
    ops.transpose(at(operands, 0, "permute"), orderFrom(context.attributes, context.result.shape.length)),
};

function orderFrom({ order }: { readonly order: readonly number[] }, rank: number): readonly number[] {
  const leading = Array.from({ length: rank - order.length }, (_, index) => index);
  return [...leading, ...order.map((axis) => rank + axis)];
}

/** Between the time axis of a sequence and the memory axis of a memory: swaps time and batch. */
function turned(
  name: "remember" | "recall",
  inverse: "remember" | "recall",
): Omit<OpRow<"remember" | "recall">, "name" | "doc"> {
  const order = (rank: number, hasBatch: boolean): readonly number[] =>
    Array.from({ length: rank }, (_, index) => (hasBatch && index < 2 ? 1 - index : index));
  const hasBatch = (context: RunContext<"remember" | "recall">): boolean =>
    context.result.axes.some((axis) => axis.tag === "batch");
  return {
    attributes: {},
    arity: 1,
    expensive: false,
    type: (operands) => {
      const { dtype, axes } = firstType(operands);
      const [from, to]: readonly ["time" | "memory", "time" | "memory"] =
        name === "remember" ? ["time", "memory"] : ["memory", "time"];
      const turnedAxis =
        axes.find((axis) => axis.tag === from) ?? fail("op table", `${name} of ${printType(firstType(operands))}`);
      const rest = axes.filter((axis) => axis !== turnedAxis);
      const batch = rest.filter((axis) => axis.tag === "batch");
      const own = rest.filter((axis) => axis.tag !== "batch");
      const moved = { tag: to, size: turnedAxis.size };
      return { dtype, axes: to === "time" ? [moved, ...batch, ...own] : [...batch, moved, ...own] };
    },
    gradient: ({ build, cotangent }) => [build.op(inverse, [cotangent])],
    evaluate: ([x = zeros([])], context) => transposed(x, order(x.shape.length, hasBatch(context))),
    lower: (ops, operands, context) =>
      ops.transpose(at(operands, 0, name), order(context.result.shape.length, hasBatch(context))),
  };
}

const REMEMBER: OpRow<"remember"> = {
  name: "remember",
  doc: "a sequence [T, B, …] as a memory [B, T, …]",
  ...turned("remember", "recall"),
};

const RECALL: OpRow<"recall"> = {
  name: "recall",
  doc: "a memory [B, T, …] as a sequence [T, B, …]",
  ...turned("recall", "remember"),
};

export const SHAPE = {
  reshape: RESHAPE,
  unsqueeze: UNSQUEEZE,
  broadcast: BROADCAST,
  permute: PERMUTE,
  remember: REMEMBER,
  recall: RECALL,
};
