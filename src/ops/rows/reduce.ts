// Ops that remove axes. `axis` and `axes` count from the right (-1 is the last), so a new leading axis does not change them.
import { at } from "../../base/invariant.ts";
import type { Type } from "../../shape/type.ts";
import { NUMBER, NUMBERS } from "../attribute-forms.ts";
import { alongAxis, countOf, offsets, stridesOf, zeros } from "../nd.ts";
import { firstType, none, type OpRow } from "../row.ts";
import { axesFrom, axisFrom } from "../run-context.ts";
import { reinsert, spread } from "../spread.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly sum: { readonly axes: readonly number[] };
    readonly reduce_max: { readonly axis: number };
    readonly reduce_min: { readonly axis: number };
    readonly argmax: { readonly axis: number };
    readonly logsumexp: { readonly axis: number };
    readonly norm: { readonly axis: number };
  }
}

function withoutAxes(type: Type, axes: readonly number[]): Type {
  return { dtype: "float", axes: type.axes.filter((_, index) => !axes.includes(index)) };
}

/** The type of a reduction along `axis`. */
function withoutAxis(operands: readonly Type[], attributes: { readonly axis: number }): Type {
  const type = firstType(operands);
  return withoutAxes(type, [axisFrom(attributes, type.axes.length)]);
}

function rankOf(operands: readonly { readonly shape: readonly number[] }[]): number {
  return at(operands, 0, "op table").shape.length;
}

const SUM: OpRow<"sum"> = {
  name: "sum",
  doc: "the sum over `axes`",
  attributes: { axes: NUMBERS },
  arity: 1,
  expensive: false,
  type: (operands, attributes) =>
    withoutAxes(firstType(operands), axesFrom(attributes, firstType(operands).axes.length)),
  gradient: (context) => [spread(context, context.node.attributes.axes)],
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

function extreme(kind: "max" | "min"): Omit<OpRow<"reduce_max" | "reduce_min">, "name" | "doc"> {
  const pick = kind === "max" ? Math.max : Math.min;
  return {
    attributes: { axis: NUMBER },
    arity: 1,
    expensive: true,
    language: {
      kind: "along-axis",
      name: kind,
      masked: kind === "max" ? -Infinity : Infinity,
      overTime: { kind: "fold", combine: kind },
      ofSequence: "over-time",
    },
    type: withoutAxis,
    // The first of equals gets the whole cotangent: it is a hit, and the running count of hits is 1.
    gradient: (context) => {
      const { build, node, cotangent } = context;
      const { axis } = node.attributes;
      const hit = build.op("eq", [context.operand(0), reinsert(context, axis, context.result())]);
      const first = build.op("mul", [hit, build.op("eq", [build.op("cumsum", [hit], { axis }), build.constant(1)])]);
      return [build.op("mul", [first, reinsert(context, axis, cotangent)])];
    },
    evaluate: ([x = zeros([])], context) => {
      const axis = axisFrom(context.attributes, x.shape.length);
      const reduced = alongAxis(x, axis, 1, (line, out) => {
        out[0] = line.reduce((a, b) => pick(a, b), kind === "max" ? -Infinity : Infinity);
      });
      return { shape: context.result.shape, data: reduced.data };
    },
    lower: (ops, operands, context) =>
      ops.reduce(kind, at(operands, 0, kind), [axisFrom(context.attributes, rankOf(context.operands))]),
  };
}

const REDUCE_MAX: OpRow<"reduce_max"> = {
  name: "reduce_max",
  doc: "the greatest along `axis`; its gradient goes to the first of equals",
  ...extreme("max"),
};

const REDUCE_MIN: OpRow<"reduce_min"> = {
  name: "reduce_min",
  doc: "the smallest along `axis`; its gradient goes to the first of equals",
  ...extreme("min"),
};

const ARGMAX: OpRow<"argmax"> = {
  name: "argmax",
  doc: "the position of the greatest element, the first of equals",
  attributes: { axis: NUMBER },
  arity: 1,
  expensive: true,
  language: {
    kind: "along-axis",
    name: "argmax",
    masked: -Infinity,
    ofSequence: "must-be-said",
    overTime: { kind: "whole" },
  },
  type: (operands, attributes) => ({
    dtype: "int",
    axes: withoutAxis(operands, attributes).axes,
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

const GREATEST = 3.4028234663852886e38;

const LOGSUMEXP: OpRow<"logsumexp"> = {
  name: "logsumexp",
  doc: "log(sum(exp(a))), without overflow; -∞ where all elements are",
  attributes: { axis: NUMBER },
  arity: 1,
  expensive: true,
  language: {
    kind: "along-axis",
    name: "logsumexp",
    masked: -Infinity,
    ofSequence: "must-be-said",
    overTime: { kind: "whole" },
  },
  type: withoutAxis,
  gradient: (context) => {
    const { build, cotangent } = context;
    const { axis } = context.node.attributes;
    return [build.op("mul", [build.op("softmax", [context.operand(0)], { axis }), reinsert(context, axis, cotangent)])];
  },
  evaluate: ([x = zeros([])], context) => {
    const reduced = alongAxis(x, axisFrom(context.attributes, x.shape.length), 1, (line, out) => {
      const top = line.reduce((a, b) => Math.max(a, b), -Infinity);
      const sum = line.reduce((total, value) => total + Math.exp(value - top), 0);
      out[0] = Number.isFinite(top) ? top + Math.log(sum) : top;
    });
    return { shape: context.result.shape, data: reduced.data };
  },
  // The greatest is made finite, so that ∞ - ∞ does not occur.
  lower: (ops, operands, context) => {
    const x = at(operands, 0, "logsumexp");
    const axis = axisFrom(context.attributes, rankOf(context.operands));
    const most = ops.reduce("max", x, [axis]);
    const top = ops.binary("max", ops.binary("min", most, ops.fill([], GREATEST)), ops.fill([], -GREATEST));
    const open = ops.reshape(top, ops.shape(x).with(axis, 1));
    const sum = ops.reduce("sum", ops.unary("exp", ops.binary("sub", x, open)), [axis]);
    return ops.binary("add", top, ops.unary("log", sum));
  },
};

/** The Euclidean length, without overflow or underflow of the squares. */
function lengthOf(line: Float64Array): number {
  const greatest = line.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (greatest === 0 || !Number.isFinite(greatest)) return greatest;
  return greatest * Math.sqrt(line.reduce((sum, value) => sum + (value / greatest) ** 2, 0));
}

const NORM: OpRow<"norm"> = {
  name: "norm",
  doc: "the Euclidean length; derivative 0 at 0",
  attributes: { axis: NUMBER },
  arity: 1,
  expensive: true,
  language: {
    kind: "along-axis",
    name: "norm",
    masked: 0,
    ofSequence: "must-be-said",
    overTime: { kind: "whole" },
  },
  type: withoutAxis,
  gradient: (context) => {
    const { build, cotangent } = context;
    const length = context.result();
    const isPositive = build.op("gt", [length, build.constant(0)]);
    const safe = build.op("select", [isPositive, length, build.constant(1)]);
    const scale = build.op("mul", [isPositive, build.op("div", [cotangent, safe])]);
    return [build.op("mul", [context.operand(0), reinsert(context, context.node.attributes.axis, scale)])];
  },
  evaluate: ([x = zeros([])], context) => {
    const reduced = alongAxis(x, axisFrom(context.attributes, x.shape.length), 1, (line, out) => {
      out[0] = lengthOf(line);
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

export const REDUCE = {
  sum: SUM,
  reduce_max: REDUCE_MAX,
  reduce_min: REDUCE_MIN,
  argmax: ARGMAX,
  logsumexp: LOGSUMEXP,
  norm: NORM,
};
