// Ops that select or interleave the steps of a sequence.
import { at } from "../../base/invariant.ts";
import { add, constant, equal, multiply, ONE, subtract, ZERO, type Dim } from "../../shape/dim.ts";
import { timeOf, withoutTime, withTime } from "../../shape/type.ts";
import { NUMBER, ONE_SIZE } from "../attribute-forms.ts";
import { stridesOf, viewed, zeros } from "../nd.ts";
import { none, type OpRow } from "../row.ts";
import { dimValue } from "../run-context.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly at: { readonly dims: readonly [step: Dim] };
    readonly every: { readonly dims: readonly [count: Dim]; readonly every: number; readonly offset: number };
    readonly weave: NoAttributes;
  }
}

const AT: OpRow<"at"> = {
  name: "at",
  doc: "the value at step `dims[0]` of a sequence",
  attributes: { dims: ONE_SIZE },
  arity: 1,
  expensive: false,
  type: (operands) => withoutTime(at(operands, 0, "at")),
  gradient: ({ build, node, cotangent, operandType }) => {
    const type = operandType(0);
    const step = node.attributes.dims[0];
    const one = build.op("broadcast", [cotangent], { type: withTime(withoutTime(type), ONE) });
    const after = subtract(timeOf(type) ?? ONE, add(step, ONE));
    return [build.op("pad", [one], { axis: -type.axes.length, dims: [step, after] })];
  },
  evaluate: ([x = zeros([])], context) => {
    const [stride = 0, ...rest] = stridesOf(x.shape);
    return viewed(x, context.result.shape, rest, dimValue(context, 0) * stride);
  },
  lower: (ops, operands, context) => {
    const { shape } = at(context.operands, 0, "at");
    const begin = shape.map((_, axis) => (axis === 0 ? dimValue(context, 0) : 0));
    const step = ops.slice(at(operands, 0, "at"), begin, [1, ...context.result.shape]);
    return ops.reshape(step, context.result.shape);
  },
};

/** `[count · every, …]` reshaped to `[count, every, …]`. */
function split(shape: readonly number[], count: number, every: number): readonly number[] {
  return [count, every, ...shape.slice(1)];
}

const EVERY: OpRow<"every"> = {
  name: "every",
  doc: "of a sequence the `dims[0]` steps that begin with step `offset` and lie `every` apart",
  attributes: { dims: ONE_SIZE, every: NUMBER, offset: NUMBER },
  arity: 1,
  expensive: false,
  type: (operands, attributes) => withTime(withoutTime(at(operands, 0, "every")), attributes.dims[0]),
  // The other steps have no gradient, and neither have those behind the last `every`.
  gradient: ({ build, node, cotangent, operandType }) => {
    const { every, offset, dims } = node.attributes;
    const nothing = build.op("broadcast", [build.constant(0)], { type: build.type(cotangent) });
    const woven = build.op(
      "weave",
      Array.from({ length: every }, (_, place) => (place === offset ? cotangent : nothing)),
    );
    const type = operandType(0);
    const rest = subtract(timeOf(type) ?? ONE, multiply(constant(every), dims[0]));
    return [equal(rest, ZERO) ? woven : build.op("pad", [woven], { axis: -type.axes.length, dims: [ZERO, rest] })];
  },
  evaluate: ([x = zeros([])], context) => {
    const { every, offset } = context.attributes;
    const [stride = 0, ...rest] = stridesOf(x.shape);
    return viewed(x, context.result.shape, [stride * every, ...rest], offset * stride);
  },
  lower: (ops, operands, context) => {
    const { every, offset } = context.attributes;
    const { shape } = context.result;
    const [count = 0] = shape;
    const whole = ops.slice(
      at(operands, 0, "every"),
      shape.map(() => 0),
      [count * every, ...shape.slice(1)],
    );
    const rows = ops.reshape(whole, split(shape, count, every));
    const begin = [0, offset, ...shape.slice(1).map(() => 0)];
    return ops.reshape(ops.slice(rows, begin, split(shape, count, 1)), shape);
  },
};

const WEAVE: OpRow<"weave"> = {
  name: "weave",
  doc: "sequences of equal length in turn: step 0 of each, then step 1 of each, …",
  attributes: {},
  arity: null,
  expensive: false,
  type: (operands) => {
    const first = at(operands, 0, "weave");
    return withTime(withoutTime(first), multiply(timeOf(first) ?? ONE, constant(operands.length)));
  },
  gradient: none("loops are unrolled after the gradient is made"),
  evaluate: (operands, context) => {
    const out = zeros(context.result.shape);
    const width = context.result.shape.slice(1).reduce((product, size) => product * size, 1);
    operands.forEach(({ data }, place) => {
      for (let step = 0; step * width < data.length; step++)
        out.data.set(data.subarray(step * width, (step + 1) * width), (step * operands.length + place) * width);
    });
    return out;
  },
  lower: (ops, operands, context) => {
    const [total = 0] = context.result.shape;
    const count = total / operands.length;
    const open = operands.map((operand) => ops.reshape(operand, split(context.result.shape, count, 1)));
    return ops.reshape(ops.concat(open, 1), context.result.shape);
  },
};

export const TIME = { at: AT, every: EVERY, weave: WEAVE };
