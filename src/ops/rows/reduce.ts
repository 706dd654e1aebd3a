// Ops that reduce or run along axes. `axis` and `axes` count from the right (-1 is the last), so a new leading axis changes nothing.
import { at } from "../../base/invariant.ts";
import { printType, type Type } from "../../shape/type.ts";
import type { Attributes } from "../../graph/node.ts";
import { alongAxis, countOf, offsets, stridesOf, zeros, type NdArray } from "../nd.ts";
import { none, type GradientContext, type OpRow, type RunContext } from "../row.ts";
import { axesFrom, axisFrom } from "../run-context.ts";
import type { TensorOps } from "../tensor-ops.ts";

function withoutAxes(type: Type, axes: readonly number[]): Type {
  return { dtype: "float", axes: type.axes.filter((_, index) => !axes.includes(index)) };
}

function firstType(operands: readonly Type[]): Type {
  return at(operands, 0, "op table");
}

function asFloat(operands: readonly Type[]): Type {
  return { dtype: "float", axes: firstType(operands).axes };
}

function rankOf(operands: readonly { readonly shape: readonly number[] }[]): number {
  return at(operands, 0, "op table").shape.length;
}

/** A value that lost `axis`, with an axis of size 1 in its place. */
function restored(context: GradientContext, reduced: string): string {
  const { build, node } = context;
  return build.op("unsqueeze", [reduced], { axis: node.attributes["axis"] ?? -1 });
}

/** Repeats `cotangent` (of the reduced value) along the axes that the operand has besides. */
function spread(context: GradientContext, axes: readonly number[]): string {
  const { build, cotangent } = context;
  const type = context.operandType(0);
  const own = axes.filter((axis) => isOwn(type, axis)).toSorted((a, b) => a - b);
  const open = own.reduce((value, axis) => build.op("unsqueeze", [value], { axis }), cotangent);
  return build.op("broadcast", [open], { type: printType({ dtype: "float", axes: type.axes }) });
}

function isOwn(type: Type, axis: number): boolean {
  const tag = at(type.axes, type.axes.length + axis, "gradient").tag;
  return tag === "plain" || tag === "memory";
}

const SUM: OpRow = {
  name: "sum",
  doc: "the sum over `axes`",
  arity: 1,
  dear: false,
  type: (operands, attributes) =>
    withoutAxes(firstType(operands), axesFrom(attributes, firstType(operands).axes.length)),
  gradient: (context) => [spread(context, axesAsGiven(context.node.attributes))],
  evaluate: ([x = zeros([])], context) => {
    const axes = axesFrom(context.attributes, x.shape.length);
    const strides = stridesOf(x.shape);
    const kept = x.shape.map((_, index) => index).filter((index) => !axes.includes(index));
    const pick = (list: readonly number[], from: readonly number[]): readonly number[] =>
      list.map((index) => at(from, index, "sum"));
    const outer = offsets(pick(kept, x.shape), pick(kept, strides));
    const inner = offsets(pick(axes, x.shape), pick(axes, strides));
    const data = new Float64Array(countOf(context.result.shape));
    for (let i = 0; i < data.length; i++) {
      let sum = 0;
      for (let k = 0; k < inner.length; k++) sum += x.data[(outer[i] ?? 0) + (inner[k] ?? 0)] ?? NaN;
      data[i] = sum;
    }
    return { shape: context.result.shape, data };
  },
  lower: (ops, operands, context) =>
    ops.reduce("sum", at(operands, 0, "sum"), axesFrom(context.attributes, rankOf(context.operands))),
};

function axesAsGiven(attributes: Attributes): readonly number[] {
  const axes = attributes["axes"];
  return Array.isArray(axes) ? axes.map(Number) : [];
}

function extreme(name: "reduce_max" | "reduce_min", kind: "max" | "min", doc: string): OpRow {
  const pick = kind === "max" ? Math.max : Math.min;
  return {
    name,
    doc,
    arity: 1,
    dear: true,
    language: { kind: "along-axis", name: kind, masked: kind === "max" ? -Infinity : Infinity },
    type: (operands, attributes) =>
      withoutAxes(firstType(operands), [axisFrom(attributes, firstType(operands).axes.length)]),
    // The first of the greatest takes it all: a 1 where the running count of hits is 1 and it is a hit.
    gradient: (context) => {
      const { build, node, cotangent } = context;
      const axis = { axis: node.attributes["axis"] ?? -1 };
      const hit = build.op("eq", [context.operand(0), reinsert(context, context.result())]);
      const first = build.op("mul", [hit, build.op("eq", [build.op("cumsum", [hit], axis), build.constant(1)])]);
      return [build.op("mul", [first, reinsert(context, cotangent)])];
    },
    evaluate: ([x = zeros([])], context) => {
      const axis = axisFrom(context.attributes, x.shape.length);
      const reduced = alongAxis(x, axis, 1, (line, out) => {
        out[0] = line.reduce((a, b) => pick(a, b), kind === "max" ? -Infinity : Infinity);
      });
      return { shape: context.result.shape, data: reduced.data };
    },
    lower: (ops, operands, context) =>
      ops.reduce(kind, at(operands, 0, name), [axisFrom(context.attributes, rankOf(context.operands))]),
  };
}

/** As `restored`; an axis of time comes back by broadcasting alone. */
function reinsert(context: GradientContext, reduced: string): string {
  const axis = Number(context.node.attributes["axis"]);
  return isOwn(context.operandType(0), axis) ? restored(context, reduced) : reduced;
}

const ARGMAX: OpRow = {
  name: "argmax",
  doc: "the position of the greatest element, the first of equals",
  arity: 1,
  dear: true,
  language: { kind: "along-axis", name: "argmax", masked: -Infinity },
  type: (operands, attributes) => ({
    dtype: "int",
    axes: withoutAxes(firstType(operands), [axisFrom(attributes, firstType(operands).axes.length)]).axes,
  }),
  gradient: none("a position does not change by small steps"),
  evaluate: ([x = zeros([])], context) => {
    const reduced = alongAxis(x, axisFrom(context.attributes, x.shape.length), 1, (line, out) => {
      out[0] = line.reduce((best, value, index) => (value > (line[best] ?? NaN) ? index : best), 0);
    });
    return { shape: context.result.shape, data: reduced.data };
  },
  lower: (ops, operands, context) =>
    ops.argmax(at(operands, 0, "argmax"), axisFrom(context.attributes, rankOf(context.operands))),
};

const CUMSUM: OpRow = {
  name: "cumsum",
  doc: "the running sum, this element included; from the end where `reverse`",
  arity: 1,
  dear: true,
  language: { kind: "along-axis", name: "cumsum", masked: 0 },
  type: asFloat,
  gradient: ({ build, node, cotangent }) => [
    build.op("cumsum", [cotangent], {
      axis: node.attributes["axis"] ?? -1,
      reverse: node.attributes["reverse"] !== true,
    }),
  ],
  evaluate: ([x = zeros([])], context) => {
    const axis = axisFrom(context.attributes, x.shape.length);
    const reverse = context.attributes["reverse"] === true;
    return alongAxis(x, axis, at(x.shape, axis, "cumsum"), (line, out) => {
      let sum = 0;
      for (let i = 0; i < line.length; i++) {
        const k = reverse ? line.length - 1 - i : i;
        sum += line[k] ?? NaN;
        out[k] = sum;
      }
    });
  },
  lower: (ops, operands, context) =>
    ops.cumsum(
      at(operands, 0, "cumsum"),
      axisFrom(context.attributes, rankOf(context.operands)),
      context.attributes["reverse"] === true,
    ),
};

function sumAlong(context: GradientContext, value: string): string {
  const { build, node } = context;
  return reinsert(context, build.op("sum", [value], { axes: [node.attributes["axis"] ?? -1] }));
}

function softmaxLine(line: Float64Array, out: Float64Array): void {
  const top = line.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = line.reduce((total, value) => total + Math.exp(value - top), 0);
  for (let i = 0; i < line.length; i++) out[i] = top === -Infinity ? 0 : Math.exp((line[i] ?? NaN) - top) / sum;
}

function logsoftmaxLine(line: Float64Array, out: Float64Array): void {
  const top = line.reduce((a, b) => Math.max(a, b), -Infinity);
  const log = Math.log(line.reduce((total, value) => total + Math.exp(value - top), 0));
  for (let i = 0; i < line.length; i++) out[i] = (line[i] ?? NaN) - top - log;
}

/** Runs an op of the last axis along another one. */
function onLastAxis<T>(ops: TensorOps<T>, x: T, axis: number, visit: (x: T) => T): T {
  const rank = ops.shape(x).length;
  if (axis === rank - 1) return visit(x);
  const order = Array.from({ length: rank }, (_, index) =>
    index === axis ? rank - 1 : index === rank - 1 ? axis : index,
  );
  return ops.transpose(visit(ops.transpose(x, order)), order);
}

function alongEach(
  name: string,
  doc: string,
  visit: (line: Float64Array, out: Float64Array) => void,
): Pick<OpRow, "name" | "doc" | "arity" | "dear" | "type" | "evaluate"> {
  return {
    name,
    doc,
    arity: 1,
    dear: true,
    type: asFloat,
    evaluate: ([x = zeros([])], context: RunContext): NdArray => {
      const axis = axisFrom(context.attributes, x.shape.length);
      return alongAxis(x, axis, at(x.shape, axis, name), visit);
    },
  };
}

const SOFTMAX: OpRow = {
  ...alongEach("softmax", "exp(a) / sum(exp(a)); 0 where a is -∞", softmaxLine),
  language: { kind: "along-axis", name: "softmax", masked: -Infinity },
  gradient: (context) => {
    const { build, cotangent } = context;
    const y = context.result();
    const inner = sumAlong(context, build.op("mul", [cotangent, y]));
    return [build.op("mul", [y, build.op("sub", [cotangent, inner])])];
  },
  lower: (ops, operands, context) =>
    onLastAxis(
      ops,
      at(operands, 0, "softmax"),
      axisFrom(context.attributes, rankOf(context.operands)),
      ops.softmax.bind(ops),
    ),
};

const LOGSOFTMAX: OpRow = {
  ...alongEach("logsoftmax", "a - log(sum(exp(a)))", logsoftmaxLine),
  language: { kind: "along-axis", name: "logsoftmax", masked: -Infinity },
  gradient: (context) => {
    const { build, cotangent } = context;
    const share = build.op("exp", [context.result()]);
    return [build.op("sub", [cotangent, build.op("mul", [share, sumAlong(context, cotangent)])])];
  },
  lower: (ops, operands, context) =>
    onLastAxis(
      ops,
      at(operands, 0, "logsoftmax"),
      axisFrom(context.attributes, rankOf(context.operands)),
      ops.logsoftmax.bind(ops),
    ),
};

const NORM: OpRow = {
  name: "norm",
  doc: "the Euclidean length; derivative 0 at 0",
  arity: 1,
  dear: true,
  language: { kind: "along-axis", name: "norm", masked: 0 },
  type: (operands, attributes) =>
    withoutAxes(firstType(operands), [axisFrom(attributes, firstType(operands).axes.length)]),
  gradient: (context) => {
    const { build, cotangent } = context;
    const length = context.result();
    const isPositive = build.op("gt", [length, build.constant(0)]);
    const safe = build.op("select", [isPositive, length, build.constant(1)]);
    const scale = build.op("mul", [isPositive, build.op("div", [cotangent, safe])]);
    return [build.op("mul", [context.operand(0), reinsert(context, scale)])];
  },
  evaluate: ([x = zeros([])], context) => {
    const reduced = alongAxis(x, axisFrom(context.attributes, x.shape.length), 1, (line, out) => {
      out[0] = Math.hypot(...line);
    });
    return { shape: context.result.shape, data: reduced.data };
  },
  lower: (ops, operands, context) =>
    ops.unary(
      "sqrt",
      ops.reduce("sum", ops.unary("square", at(operands, 0, "norm")), [
        axisFrom(context.attributes, rankOf(context.operands)),
      ]),
    ),
};

export const REDUCE: readonly OpRow[] = [
  SUM,
  extreme("reduce_max", "max", "the greatest along `axis`; its gradient goes to the first of equals"),
  extreme("reduce_min", "min", "the smallest along `axis`; its gradient goes to the first of equals"),
  ARGMAX,
  CUMSUM,
  SOFTMAX,
  LOGSOFTMAX,
  NORM,
];
