// Ops along one axis that join arrays, slice, and pad with zeros; `axis` counts from the right.
import { at } from "../../base/invariant.ts";
import { alignment, broadcastTypes, ShapeMismatch } from "../../shape/broadcast.ts";
import { add, subtract, ZERO, type Dim } from "../../shape/dim.ts";
import { ownAxes, type Axis, type Type } from "../../shape/type.ts";
import type { AxisComparison } from "../../shape/unify.ts";
import { NUMBER, TWO_SIZES } from "../attribute-forms.ts";
import { stridesOf, viewed, zeros, type NdArray } from "../nd.ts";
import { firstType, type OpRow, type RunContext } from "../row.ts";
import { axisFrom, dimValue } from "../run-context.ts";
import { sumTo } from "../sum-to.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly concat: { readonly axis: number };
    readonly slice: { readonly axis: number; readonly dims: readonly [from: Dim, to: Dim] };
    readonly pad: { readonly axis: number; readonly dims: readonly [before: Dim, after: Dim] };
  }
}

function replaceAxis(type: Type, index: number, size: Dim): Type {
  return { dtype: type.dtype, axes: type.axes.map((axis, each) => (each === index ? { tag: axis.tag, size } : axis)) };
}

const CONCAT: OpRow<"concat"> = {
  name: "concat",
  doc: "one after the other along `axis`; leading axes that one lacks are repeated",
  attributes: { axis: NUMBER },
  arity: null,
  expensive: false,
  type: concatType,
  gradient: ({ build, node, cotangent, operandType, needs }) => {
    let from = ZERO;
    return node.operands.map((_, index) => {
      const type = operandType(index);
      const size = at(type.axes, axisFrom(node.attributes, type.axes.length), "concat").size;
      const dims = [from, add(from, size)] as const;
      from = add(from, size);
      if (!needs(index)) return null;
      return sumTo(build, build.op("slice", [cotangent], { axis: node.attributes.axis, dims }), type);
    });
  },
  evaluate: (operands, context) => {
    const out = zeros(context.result.shape);
    let start = 0;
    operands.forEach((operand, index) => {
      const full = viewedAs(operand, index, context);
      const axis = axisFrom(context.attributes, full.shape.length);
      paste(full, out, axis, start);
      start += at(full.shape, axis, "concat");
    });
    return out;
  },
  begins: (context) => {
    const rank = context.result.shape.length;
    const axis = axisFrom(context.attributes, rank);
    let from = 0;
    return context.operands.map(({ shape }, index) => {
      const begin = context.result.shape.map((_, each) => (each === axis ? from : 0));
      from += at(concatShape(index, axis, context), axis, "concat");
      return shape.length === rank ? begin : null;
    });
  },
  lower: (ops, operands, context) => {
    const axis = axisFrom(context.attributes, context.result.shape.length);
    const parts = operands.map((operand, index) => {
      const shape = concatShape(index, axis, context);
      const type = at(context.operands, index, "concat");
      if (type.shape.length === shape.length) return operand;
      const where = alignment(type.axes, context.result.axes);
      const open = ops.reshape(
        operand,
        where.map((each) => (each < 0 ? 1 : at(type.shape, each, "concat"))),
      );
      return ops.broadcastTo(open, shape);
    });
    return parts.length === 1 ? at(parts, 0, "concat") : ops.concat(parts, axis);
  },
};

function concatType(operands: readonly Type[], { axis }: { readonly axis: number }, compare: AxisComparison): Type {
  const cut = (type: Type): Axis => at(type.axes, type.axes.length + axis, "concat");
  const rest = operands.map((type) => ({ dtype: type.dtype, axes: type.axes.toSpliced(type.axes.length + axis, 1) }));
  const ranks = new Set(operands.map((type) => ownAxes(type).length));
  if (ranks.size > 1) throw new ShapeMismatch("ranks differ", [0, 1], [undefined, undefined]);
  const joined = broadcastTypes(rest, "float", compare);
  const size = operands.map((type) => compare.resolve(cut(type).size)).reduce(add, ZERO);
  const position = joined.axes.length + 1 + axis;
  return {
    dtype: firstType(operands).dtype,
    axes: joined.axes.toSpliced(position, 0, { tag: cut(firstType(operands)).tag, size }),
  };
}

/** The result's shape with the operand's own size along the joined axis. */
function concatShape(index: number, axis: number, context: RunContext<"concat">): readonly number[] {
  const type = at(context.operands, index, "concat");
  const own = at(type.shape, axisFrom(context.attributes, type.shape.length), "concat");
  return context.result.shape.map((size, position) => (position === axis ? own : size));
}

function viewedAs(operand: NdArray, index: number, context: RunContext<"concat">): NdArray {
  const axis = axisFrom(context.attributes, context.result.shape.length);
  const type = at(context.operands, index, "concat");
  const where = alignment(type.axes, context.result.axes);
  const strides = stridesOf(type.shape);
  return viewed(
    operand,
    concatShape(index, axis, context),
    where.map((each) => (each < 0 ? 0 : at(strides, each, "concat"))),
  );
}

/** Writes `part` into `whole` from position `start` of `axis` on. */
function paste(part: NdArray, whole: NdArray, axis: number, start: number): void {
  const inner = part.shape.slice(axis).reduce((a, b) => a * b, 1);
  const row = whole.shape.slice(axis).reduce((a, b) => a * b, 1);
  const offset = start * whole.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const count = inner === 0 ? 0 : part.data.length / inner;
  for (let i = 0; i < count; i++) whole.data.set(part.data.subarray(i * inner, (i + 1) * inner), i * row + offset);
}

const SLICE: OpRow<"slice"> = {
  name: "slice",
  doc: "from `dims[0]` up to, not including, `dims[1]` along `axis`",
  attributes: { axis: NUMBER, dims: TWO_SIZES },
  arity: 1,
  expensive: false,
  type: (operands, attributes, compare) => {
    const type = firstType(operands);
    const [from, to] = attributes.dims;
    return replaceAxis(type, axisFrom(attributes, type.axes.length), compare.resolve(subtract(to, from)));
  },
  gradient: ({ build, node, cotangent, operandType }) => {
    const type = operandType(0);
    const { size } = at(type.axes, axisFrom(node.attributes, type.axes.length), "slice");
    const [from, to] = node.attributes.dims;
    return [build.op("pad", [cotangent], { axis: node.attributes.axis, dims: [from, subtract(size, to)] })];
  },
  evaluate: ([x = zeros([])], context) => {
    const axis = axisFrom(context.attributes, x.shape.length);
    const strides = stridesOf(x.shape);
    return viewed(x, context.result.shape, strides, dimValue(context, 0) * at(strides, axis, "slice"));
  },
  lower: (ops, operands, context) => {
    const { shape } = context.result;
    const axis = axisFrom(context.attributes, shape.length);
    const begin = shape.map((_, index) => (index === axis ? dimValue(context, 0) : 0));
    return ops.slice(at(operands, 0, "slice"), begin, shape);
  },
};

const PAD: OpRow<"pad"> = {
  name: "pad",
  doc: "`dims[0]` zeros before and `dims[1]` behind along `axis`",
  attributes: { axis: NUMBER, dims: TWO_SIZES },
  arity: 1,
  expensive: false,
  type: (operands, attributes, compare) => {
    const type = firstType(operands);
    const index = axisFrom(attributes, type.axes.length);
    const size = attributes.dims.reduce(add, at(type.axes, index, "pad").size);
    return replaceAxis(type, index, compare.resolve(size));
  },
  gradient: ({ build, node, cotangent, operandType }) => {
    const type = operandType(0);
    const { size } = at(type.axes, axisFrom(node.attributes, type.axes.length), "pad");
    const [from] = node.attributes.dims;
    return [
      build.op("slice", [cotangent], {
        axis: node.attributes.axis,
        dims: [from, add(from, size)],
      }),
    ];
  },
  evaluate: ([x = zeros([])], context) => {
    const out = zeros(context.result.shape);
    paste(x, out, axisFrom(context.attributes, x.shape.length), dimValue(context, 0));
    return out;
  },
  lower: (ops, operands, context) => {
    const axis = axisFrom(context.attributes, context.result.shape.length);
    const around = (index: number): readonly number[] =>
      context.result.shape.map((_, each) => (each === axis ? dimValue(context, index) : 0));
    return ops.pad(at(operands, 0, "pad"), around(0), around(1));
  },
};

export const JOIN = { concat: CONCAT, slice: SLICE, pad: PAD };
