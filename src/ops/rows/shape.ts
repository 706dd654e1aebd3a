// Ops that move, repeat or cut values without computing. Own axes only; `axis` counts from the right.
import { at, fail } from "../../base/invariant.ts";
import { alignment, broadcastTypes, ShapeMismatch } from "../../shape/broadcast.ts";
import { add, ONE, printDim, subtract, ZERO, type Dim } from "../../shape/dim.ts";
import { leadingAxes, ownAxes, parseType, plain, printType, type Axis, type Type } from "../../shape/type.ts";
import type { AxisComparison } from "../../shape/unify.ts";
import type { Attributes } from "../../graph/node.ts";
import { reshaped, stridesOf, transposed, viewed, zeros, type NdArray } from "../nd.ts";
import type { OpRow, RunContext } from "../row.ts";
import { axisFrom, dimsOf, dimValue, textOf } from "../run-context.ts";
import { sumTo } from "../sum-to.ts";

function first(operands: readonly Type[]): Type {
  return at(operands, 0, "op table");
}

function replaceAxis(type: Type, index: number, size: Dim): Type {
  return { dtype: type.dtype, axes: type.axes.map((axis, each) => (each === index ? { tag: axis.tag, size } : axis)) };
}

function dimAt(attributes: Attributes, index: number): Dim {
  return at(dimsOf(attributes), index, "op table");
}

const RESHAPE: OpRow = {
  name: "reshape",
  doc: "the same elements in row-major order with own axes `dims`",
  arity: 1,
  dear: false,
  type: (operands, attributes) => ({
    dtype: first(operands).dtype,
    axes: [...leadingAxes(first(operands)), ...dimsOf(attributes).map(plain)],
  }),
  gradient: ({ build, cotangent, operandType }) => [
    build.op("reshape", [cotangent], { dims: ownAxes(operandType(0)).map((axis) => printDim(axis.size)) }),
  ],
  evaluate: ([x = zeros([])], context) => reshaped(x, context.result.shape),
  lower: (ops, operands, context) => ops.reshape(at(operands, 0, "reshape"), context.result.shape),
};

const UNSQUEEZE: OpRow = {
  name: "unsqueeze",
  doc: "an own axis of size 1 at `axis` of the result",
  arity: 1,
  dear: false,
  type: (operands, attributes) => {
    const type = first(operands);
    const position = axisFrom(attributes, type.axes.length + 1);
    return { dtype: type.dtype, axes: type.axes.toSpliced(position, 0, plain(ONE)) };
  },
  gradient: ({ build, node, cotangent }) => [build.op("sum", [cotangent], { axes: [node.attributes["axis"] ?? -1] })],
  evaluate: ([x = zeros([])], context) => reshaped(x, context.result.shape),
  lower: (ops, operands, context) => ops.reshape(at(operands, 0, "unsqueeze"), context.result.shape),
};

const BROADCAST: OpRow = {
  name: "broadcast",
  doc: "repeated to `type`, lined up as operands of a pointwise op are",
  arity: 1,
  dear: false,
  type: (operands, attributes, compare) => {
    const target = parseType(textOf(attributes, "type"));
    broadcastTypes([target, first(operands)], "float", compare);
    return { dtype: first(operands).dtype, axes: target.axes };
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

const PERMUTE: OpRow = {
  name: "permute",
  doc: "own axes in the order `order` (positions from the right, as -2, -1)",
  arity: 1,
  dear: false,
  type: (operands, attributes) => {
    const { dtype, axes } = first(operands);
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

function orderFrom(attributes: Attributes, rank: number): readonly number[] {
  const order = attributes["order"];
  if (!Array.isArray(order)) return fail("op table", "permute without `order`");
  const leading = Array.from({ length: rank - order.length }, (_, index) => index);
  return [...leading, ...order.map((axis) => rank + Number(axis))];
}

const CONCAT: OpRow = {
  name: "concat",
  doc: "one after the other along `axis`; leading axes that one lacks are repeated",
  arity: null,
  dear: false,
  type: concatType,
  gradient: ({ build, node, cotangent, operandType, wants }) => {
    let from = ZERO;
    return node.operands.map((_, index) => {
      const type = operandType(index);
      const size = at(type.axes, axisFrom(node.attributes, type.axes.length), "concat").size;
      const dims = [printDim(from), printDim(add(from, size))];
      from = add(from, size);
      if (!wants(index)) return null;
      return sumTo(build, build.op("slice", [cotangent], { axis: node.attributes["axis"] ?? -1, dims }), type);
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

function concatType(operands: readonly Type[], attributes: Attributes, compare: AxisComparison): Type {
  const axis = Number(attributes["axis"]);
  const cut = (type: Type): Axis => at(type.axes, type.axes.length + axis, "concat");
  const rest = operands.map((type) => ({ dtype: type.dtype, axes: type.axes.toSpliced(type.axes.length + axis, 1) }));
  const ranks = new Set(operands.map((type) => ownAxes(type).length));
  if (ranks.size > 1) throw new ShapeMismatch("ranks differ", [0, 1], [undefined, undefined]);
  const joined = broadcastTypes(rest, "float", compare);
  const size = operands.map((type) => compare.resolve(cut(type).size)).reduce(add, ZERO);
  const position = joined.axes.length + 1 + axis;
  return {
    dtype: first(operands).dtype,
    axes: joined.axes.toSpliced(position, 0, { tag: cut(first(operands)).tag, size }),
  };
}

/** The result's shape with the operand's own size along the joined axis. */
function concatShape(index: number, axis: number, context: RunContext): readonly number[] {
  const type = at(context.operands, index, "concat");
  const own = at(type.shape, axisFrom(context.attributes, type.shape.length), "concat");
  return context.result.shape.map((size, position) => (position === axis ? own : size));
}

function viewedAs(operand: NdArray, index: number, context: RunContext): NdArray {
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

const SLICE: OpRow = {
  name: "slice",
  doc: "from `dims[0]` up to, not including, `dims[1]` along `axis`",
  arity: 1,
  dear: false,
  type: (operands, attributes, compare) => {
    const type = first(operands);
    const [from, to] = [dimAt(attributes, 0), dimAt(attributes, 1)];
    return replaceAxis(type, axisFrom(attributes, type.axes.length), compare.resolve(subtract(to, from)));
  },
  gradient: ({ build, node, cotangent, operandType }) => {
    const type = operandType(0);
    const { size } = at(type.axes, axisFrom(node.attributes, type.axes.length), "slice");
    const dims = [printDim(dimAt(node.attributes, 0)), printDim(subtract(size, dimAt(node.attributes, 1)))];
    return [build.op("pad", [cotangent], { axis: node.attributes["axis"] ?? -1, dims })];
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

const PAD: OpRow = {
  name: "pad",
  doc: "`dims[0]` zeros before and `dims[1]` behind along `axis`",
  arity: 1,
  dear: false,
  type: (operands, attributes, compare) => {
    const type = first(operands);
    const index = axisFrom(attributes, type.axes.length);
    const size = dimsOf(attributes).reduce(add, at(type.axes, index, "pad").size);
    return replaceAxis(type, index, compare.resolve(size));
  },
  gradient: ({ build, node, cotangent, operandType }) => {
    const type = operandType(0);
    const { size } = at(type.axes, axisFrom(node.attributes, type.axes.length), "pad");
    const from = dimAt(node.attributes, 0);
    return [
      build.op("slice", [cotangent], {
        axis: node.attributes["axis"] ?? -1,
        dims: [printDim(from), printDim(add(from, size))],
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

const DIAG: OpRow = {
  name: "diag",
  doc: "the square array with the vector on its diagonal",
  arity: 1,
  dear: false,
  type: (operands) => ({ dtype: "float", axes: [...first(operands).axes, at(first(operands).axes, -1, "diag")] }),
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

const DIAGONAL: OpRow = {
  name: "diagonal",
  doc: "the diagonal of a square array",
  arity: 1,
  dear: false,
  type: (operands) => ({ dtype: "float", axes: first(operands).axes.slice(0, -1) }),
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

function identity<T>(ops: Parameters<typeof DIAG.lower<T>>[0], n: number): T {
  const data = new Float32Array(n * n);
  for (let i = 0; i < n; i++) data[i * (n + 1)] = 1;
  return ops.fromHost(data, [n, n]);
}

/** Between the time that a step stands in and the time that a memory shows: the same numbers, time and batch changing places. */
function turned(name: "remember" | "recall", doc: string, inverse: "remember" | "recall"): OpRow {
  const order = (rank: number, hasBatch: boolean): readonly number[] =>
    Array.from({ length: rank }, (_, index) => (hasBatch && index < 2 ? 1 - index : index));
  const hasBatch = (context: RunContext): boolean => context.result.axes.some((axis) => axis.tag === "batch");
  return {
    name,
    doc,
    arity: 1,
    dear: false,
    type: (operands) => {
      const { dtype, axes } = first(operands);
      const [from, to]: readonly ["time" | "memory", "time" | "memory"] =
        name === "remember" ? ["time", "memory"] : ["memory", "time"];
      const turnedAxis =
        axes.find((axis) => axis.tag === from) ?? fail("op table", `${name} of ${printType(first(operands))}`);
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

export const SHAPE: readonly OpRow[] = [
  RESHAPE,
  UNSQUEEZE,
  BROADCAST,
  PERMUTE,
  CONCAT,
  SLICE,
  PAD,
  DIAG,
  DIAGONAL,
  turned("remember", "a sequence [T, B, …] as a memory [B, T, …]", "recall"),
  turned("recall", "a memory [B, T, …] as a sequence [T, B, …]", "remember"),
];
