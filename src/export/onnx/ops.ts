// How each op of a graph is written in ONNX. An op without a rule does not compile. The graph's own structure is written by `emit.ts`.
import { fail } from "../../base/invariant.ts";
import type { Attributes, AttributesOf, OpName, StructureName } from "../../graph/node.ts";
import { isScalar, type ScalarName } from "../../scalar/table.ts";
import { constant, multiply, printDim, subtract, type Dim } from "../../shape/dim.ts";
import type { Type } from "../../shape/type.ts";
import { valueOfFormula } from "../../ops/formula.ts";
import { axesFrom, axisFrom } from "../../ops/run-context.ts";
import { writeContract } from "./contract.ts";
import { writeBorrow, writeHold, writeMask } from "./ragged.ts";
import { aligned, cast, fullyAligned, rangeOf, unsqueezed, type OpContext, type OpRule } from "./op-context.ts";
import type { SizeValues } from "./sizes.ts";
import { writeScalar } from "./scalars.ts";

type Rules = { readonly [N in Exclude<OpName, StructureName | ScalarName>]: OpRule<AttributesOf<N>>["write"] };

const LEAST = -3.4028234663852886e38;

const RULES: Rules = {
  constant: ({ region, attributes, result }) =>
    result.dtype === "int" ? region.int32(attributes.value) : region.float(attributes.value),
  size: ({ region, attributes, result, sizes }) =>
    cast(region.outermost, sizes.scalar(attributes.dims[0]), result.dtype === "int" ? "int32" : "float"),
  range: (context) => cast(context.region.outermost, rangeOf(context, context.attributes.dims[0]), "float"),
  eye: (context) => identity(context, context.attributes.dims[0]),
  literal: ({ region, attributes, sizes }) => region.floats(attributes.values, knownSizes(sizes, attributes.dims)),
  formula: ({ region, attributes, sizes }) => {
    const { shape, data } = valueOfFormula(attributes.steps, attributes.apply, knownSizes(sizes, attributes.dims));
    return region.floats([...data], shape);
  },
  mask: writeMask,
  stopgradient: ({ operands }) => one(operands),
  contract: writeContract,
  sum: ({ region, operands, types, attributes }) => {
    const axes = axesFrom(attributes, rankOf(types));
    return axes.length === 0
      ? one(operands)
      : region.node("ReduceSum", [one(operands), region.int64s(axes)], { keepdims: 0 });
  },
  reduce_max: (context) => reduced("ReduceMax", context),
  reduce_min: (context) => reduced("ReduceMin", context),
  argmax: ({ region, operands, types, attributes }) =>
    cast(
      region,
      region.node("ArgMax", [one(operands)], { axis: axisFrom(attributes, rankOf(types)), keepdims: 0 }),
      "int32",
    ),
  norm: (context) => reduced("ReduceL2", context),
  logsumexp: (context) => reduced("ReduceLogSumExp", context),
  cumprod: (context) => writeRunning(context, { reduce: "ReduceProd", neutral: 1 }),
  cummax: (context) => writeRunning(context, { reduce: "ReduceMax", neutral: -Infinity }),
  cumsum: ({ region, operands, types, attributes }) =>
    region.node("CumSum", [one(operands), region.int64(axisFrom(attributes, rankOf(types)))], {
      reverse: attributes.reverse === true ? 1 : 0,
    }),
  softmax: writeSoftmax,
  logsoftmax: ({ region, operands, types, attributes }) =>
    region.node("LogSoftmax", operands, { axis: axisFrom(attributes, rankOf(types)) }),
  reshape: ({ region, operands, result, sizes }) =>
    region.node("Reshape", [one(operands), sizes.shape(result)], { allowzero: 1 }),
  unsqueeze: ({ region, operands, result, attributes }) =>
    unsqueezed(region, one(operands), [axisFrom(attributes, result.axes.length)]),
  broadcast: (context) =>
    context.region.node("Expand", [fullyAligned(context, 0), context.sizes.shape(context.result)]),
  permute: ({ region, operands, types, attributes }) => {
    const rank = rankOf(types);
    const leading = Array.from({ length: rank - attributes.order.length }, (_, index) => index);
    return region.node("Transpose", operands, { perm: [...leading, ...attributes.order.map((axis) => rank + axis)] });
  },
  remember: timeAndBatchSwapped,
  recall: timeAndBatchSwapped,
  concat: writeConcat,
  slice: ({ region, operands, types, attributes, sizes }) => {
    const [from, to] = attributes.dims;
    const axis = region.int64s([axisFrom(attributes, rankOf(types))]);
    return region.node("Slice", [one(operands), sizes.vector([from]), sizes.vector([to]), axis]);
  },
  pad: ({ region, operands, types, attributes, sizes }) => {
    const axis = region.int64s([axisFrom(attributes, rankOf(types))]);
    return region.node("Pad", [one(operands), sizes.vector(attributes.dims), "", axis]);
  },
  diag: (context) => {
    const { region, operands, result } = context;
    const column = unsqueezed(region, one(operands), [result.axes.length - 2]);
    return region.node("Mul", [column, identity(context, lastSize(result))]);
  },
  diagonal: (context) => {
    const { region, operands, result } = context;
    const kept = region.node("Mul", [one(operands), identity(context, lastSize(result))]);
    return region.node("ReduceSum", [kept, region.int64s([result.axes.length])], { keepdims: 0 });
  },
  at: ({ region, operands, attributes, sizes }) =>
    region.node("Gather", [one(operands), sizes.scalar(attributes.dims[0])], { axis: 0 }),
  thinned: ({ region, operands, attributes: { every } }) => {
    const last = region.node("Add", [cast(region, one(operands), "int64"), region.int64(every - 1)]);
    return cast(region, region.node("Div", [last, region.int64(every)]), "int32");
  },
  every: ({ region, operands, attributes, sizes }) => {
    const end = sizes.vector([multiply(attributes.dims[0], constant(attributes.every))]);
    const [from, axis, step] = [[attributes.offset], [0], [attributes.every]].map((each) => region.int64s(each));
    return region.node("Slice", [one(operands), from ?? "", end, axis ?? "", step ?? ""]);
  },
  weave: ({ region, operands, result, sizes }) => {
    const open = operands.map((operand) => unsqueezed(region, operand, [1]));
    return region.node("Reshape", [region.node("Concat", open, { axis: 1 }), sizes.shape(result)], { allowzero: 1 });
  },
  onehot: (context) => {
    const { region, operands, types, attributes } = context;
    const tokens = cast(region.outermost, rangeOf(context, attributes.dims[0]), "int32");
    const isToken = region.node("Equal", [unsqueezed(region, one(operands), [rankOf(types)]), tokens]);
    return cast(region, isToken, "float");
  },
  lookup: writeLookup,
  float: ({ region, operands }) => cast(region, one(operands), "float"),
  hold: writeHold,
  borrow: writeBorrow,
};

/** Writes a node of the table; returns the name of its result. */
export function writeOp(op: OpName, context: OpContext): string {
  if (isScalar(op))
    return writeScalar(
      op,
      context.region,
      context.operands.map((_, index) => aligned(context, index)),
    );
  const rules: Readonly<Partial<Record<OpName, OpRule<Attributes>["write"]>>> = RULES;
  return rules[op]?.(context) ?? fail("onnx", `${op} is not an op of the table`);
}

function knownSizes(sizes: SizeValues, dims: readonly Dim[]): readonly number[] {
  return dims.map((dim) => sizes.number(dim) ?? fail("onnx", `the size ${printDim(dim)} of a constant is not known`));
}

function one(operands: readonly string[]): string {
  return operands[0] ?? fail("onnx", "an operand is missing");
}

function rankOf(types: readonly Type[]): number {
  return types[0]?.axes.length ?? 0;
}

function lastSize({ axes }: Type): Dim {
  return axes.at(-1)?.size ?? fail("onnx", "no axis");
}

function reduced(operator: string, { region, operands, types, attributes }: OpContext<"reduce_max">): string {
  const axis = region.int64s([axisFrom(attributes, rankOf(types))]);
  return region.node(operator, [one(operands), axis], { keepdims: 0 });
}

function identity(context: Pick<OpContext, "region" | "sizes">, size: Dim): string {
  const { outermost } = context.region;
  const range = rangeOf(context, size);
  return cast(
    outermost,
    outermost.node("Equal", [unsqueezed(outermost, range, [0]), unsqueezed(outermost, range, [1])]),
    "float",
  );
}

/** 0 where a whole line is -∞, as of a memory without places: ONNX's Softmax of such a line is NaN. */
function writeSoftmax({ region, operands, types, attributes }: OpContext<"softmax">): string {
  const x = one(operands);
  const line = region.node("Softmax", [region.node("Max", [x, region.float(LEAST)])], {
    axis: axisFrom(attributes, rankOf(types)),
  });
  return region.node("Where", [region.node("Equal", [x, region.float(-Infinity)]), region.float(0), line]);
}

/** What joins each element and all before it, as a reduction over a row of `[n, n]`: most runtimes have no CumProd, which is of opset 26. */
function writeRunning(
  context: OpContext<"cumprod" | "cummax">,
  { reduce, neutral }: { readonly reduce: "ReduceProd" | "ReduceMax"; readonly neutral: number },
): string {
  const { region, operands, types, attributes } = context;
  const rank = rankOf(types);
  const axis = axisFrom(attributes, rank);
  const size = types[0]?.axes[axis]?.size ?? fail("onnx", "no axis");
  const range = rangeOf(context, size);
  const after = Array.from({ length: rank - axis - 1 }, (_, index) => index + 2);
  const [row, column] = [unsqueezed(region, range, [1, ...after]), unsqueezed(region, range, [0, ...after])];
  const isBefore = region.node(attributes.reverse === true ? "GreaterOrEqual" : "LessOrEqual", [column, row]);
  const factors = region.node("Where", [isBefore, unsqueezed(region, one(operands), [axis]), region.float(neutral)]);
  return region.node(reduce, [factors, region.int64s([axis + 1])], { keepdims: 0 });
}

function timeAndBatchSwapped({ region, operands, result }: OpContext<"remember">): string {
  if (!result.axes.some(({ tag }) => tag === "batch")) return one(operands);
  return region.node("Transpose", operands, {
    perm: result.axes.map((_, index) => (index < 2 ? 1 - index : index)),
  });
}

function writeConcat(context: OpContext<"concat">): string {
  const { region, operands, types, result, attributes, sizes } = context;
  const axis = axisFrom(attributes, result.axes.length);
  const parts = operands.map((operand, index) => {
    const type = types[index];
    if (type === undefined || type.axes.length === result.axes.length) return operand;
    const own = type.axes[axisFrom(attributes, type.axes.length)];
    const shape = result.axes.map(({ size }, position) => (position === axis ? (own?.size ?? size) : size));
    return region.node("Expand", [fullyAligned(context, index), sizes.vector(shape)]);
  });
  return parts.length === 1 ? one(parts) : region.node("Concat", parts, { axis });
}

/** A token outside of the table gives zeros, as -1 before the first step does. Tokens of inputs are in the table. */
function writeLookup(context: OpContext<"lookup">): string {
  const { region, operands, types, sizes, isInput, result } = context;
  const [table = "", tokens = ""] = operands;
  if (isInput(1)) return region.node("Gather", [table, tokens], { axis: 0 });
  const rows = types[0]?.axes[0]?.size ?? fail("onnx", "a table has no rows");
  const last = cast(region.outermost, sizes.scalar(subtract(rows, constant(1))), "int32");
  const inside = region.node("Min", [region.node("Max", [tokens, region.int32(0)]), last]);
  const isRow = region.node("Equal", [inside, tokens]);
  const own = result.axes.length - (types[1]?.axes.length ?? 0);
  const axes = Array.from({ length: own }, (_, index) => result.axes.length - own + index);
  const found = region.node("Gather", [table, inside], { axis: 0 });
  return region.node("Where", [unsqueezed(region, isRow, axes), found, region.float(0)]);
}
