// Ops that run along an axis and keep it: the running sum and product, softmax and its logarithm. `axis` counts from the right.
import { at } from "../../base/invariant.ts";
import { SCALARS } from "../../scalar/table.ts";
import type { Type } from "../../shape/type.ts";
import { BOOLEAN, NUMBER, optional } from "../attribute-forms.ts";
import { alongAxis, zeros } from "../nd.ts";
import { firstType, type GradientContext, type OpRow } from "../row.ts";
import { axisFrom } from "../run-context.ts";
import { reinsert } from "../spread.ts";
import type { Prefix, TensorOps } from "../tensor-ops.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly cumsum: { readonly axis: number; readonly reverse?: boolean };
    readonly cumprod: { readonly axis: number; readonly reverse?: boolean };
    readonly softmax: { readonly axis: number };
    readonly logsoftmax: { readonly axis: number };
  }
}

function asFloat(operands: readonly Type[]): Type {
  return { dtype: "float", axes: firstType(operands).axes };
}

type PrefixName = "cumsum" | "cumprod";

/** The rules that follow from how a running result is combined. `name` is how specs call it; padding counts as `identity`. */
function running(
  name: string,
  { combine, identity }: Pick<Prefix, "combine" | "identity">,
): Omit<OpRow<PrefixName>, "name" | "doc" | "gradient"> {
  const { evaluate } = SCALARS[combine];
  return {
    attributes: { axis: NUMBER, reverse: optional(BOOLEAN) },
    arity: 1,
    expensive: true,
    language: {
      kind: "along-axis",
      name,
      masked: identity,
      ofSequence: "each-step",
      overTime: { kind: "prefix", combine },
    },
    type: asFloat,
    evaluate: ([x = zeros([])], context) => {
      const axis = axisFrom(context.attributes, x.shape.length);
      const reverse = context.attributes.reverse === true;
      return alongAxis(x, axis, at(x.shape, axis, name), (line, out) => {
        let total = identity;
        for (let i = 0; i < line.length; i++) {
          const k = reverse ? line.length - 1 - i : i;
          total = evaluate(total, line[k] ?? NaN);
          out[k] = total;
        }
      });
    },
    lower: (ops, operands, context) =>
      ops.prefix(at(operands, 0, name), axisFrom(context.attributes, context.result.shape.length), {
        combine,
        identity,
        reverse: context.attributes.reverse === true,
      }),
  };
}

const CUMSUM: OpRow<"cumsum"> = {
  name: "cumsum",
  ...running("cumsum", { combine: "add", identity: 0 }),
  doc: "the running sum, this element included; from the end where `reverse`",
  gradient: ({ build, node, cotangent }) => [
    build.op("cumsum", [cotangent], {
      axis: node.attributes.axis,
      reverse: node.attributes.reverse !== true,
    }),
  ],
};

/**
 * ∂/∂x_k is the sum over j ≥ k of ȳ_j y_j / x_k. All results from the first 0 on are 0, so this needs no more where k is before it, and
 * it is 0 behind it. At the first 0 it is the sum over j ≥ k of ȳ_j times the product without this 0.
 */
const CUMPROD: OpRow<"cumprod"> = {
  name: "cumprod",
  ...running("cumprod", { combine: "mul", identity: 1 }),
  doc: "the running product, this element included; from the end where `reverse`",
  gradient: (context) => {
    const { build, node, cotangent } = context;
    const { axis } = node.attributes;
    const onwards = node.attributes.reverse === true ? { axis, reverse: true } : { axis };
    const back = node.attributes.reverse === true ? { axis } : { axis, reverse: true };
    const [x, one] = [context.operand(0), build.constant(1)];
    const summed = (y: string): string => build.op("cumsum", [build.op("mul", [cotangent, y])], back);
    const isZero = build.op("eq", [x, build.constant(0)]);
    const isFirst = build.op("mul", [isZero, build.op("eq", [build.op("cumsum", [isZero], onwards), one])]);
    const without = build.op("cumprod", [build.op("select", [isFirst, one, x])], onwards);
    const divisor = build.op("select", [isZero, one, x]);
    const elsewhere = build.op("select", [
      isZero,
      build.constant(0),
      build.op("div", [summed(context.result()), divisor]),
    ]);
    return [build.op("select", [isFirst, summed(without), elsewhere])];
  },
};

type LineName = "softmax" | "logsoftmax";

function sumAlong(context: GradientContext<LineName>, value: string): string {
  const { axis } = context.node.attributes;
  return reinsert(context, axis, context.build.op("sum", [value], { axes: [axis] }));
}

function writeSoftmaxLine(line: Float64Array, out: Float64Array): void {
  const top = line.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = line.reduce((total, value) => total + Math.exp(value - top), 0);
  for (let i = 0; i < line.length; i++) out[i] = top === -Infinity ? 0 : Math.exp((line[i] ?? NaN) - top) / sum;
}

function writeLogsoftmaxLine(line: Float64Array, out: Float64Array): void {
  const top = line.reduce((a, b) => Math.max(a, b), -Infinity);
  const log = Math.log(line.reduce((total, value) => total + Math.exp(value - top), 0));
  for (let i = 0; i < line.length; i++) out[i] = (line[i] ?? NaN) - top - log;
}

/** Runs `visit`, which acts along the last axis, along another axis. */
function onLastAxis<T>(ops: TensorOps<T>, x: T, axis: number, visit: (x: T) => T): T {
  const rank = ops.shape(x).length;
  if (axis === rank - 1) return visit(x);
  const order = Array.from({ length: rank }, (_, index) =>
    index === axis ? rank - 1 : index === rank - 1 ? axis : index,
  );
  return ops.transpose(visit(ops.transpose(x, order)), order);
}

function alongEach(
  visit: (line: Float64Array, out: Float64Array) => void,
): Pick<OpRow<LineName>, "attributes" | "arity" | "expensive" | "type" | "evaluate"> {
  return {
    attributes: { axis: NUMBER },
    arity: 1,
    expensive: true,
    type: asFloat,
    evaluate: ([x = zeros([])], context) => {
      const axis = axisFrom(context.attributes, x.shape.length);
      return alongAxis(x, axis, at(x.shape, axis, "along an axis"), visit);
    },
  };
}

const SOFTMAX: OpRow<"softmax"> = {
  name: "softmax",
  doc: "exp(a) / sum(exp(a)); 0 where a is -∞",
  ...alongEach(writeSoftmaxLine),
  language: {
    kind: "along-axis",
    name: "softmax",
    masked: -Infinity,
    ofSequence: "each-step",
    overTime: { kind: "whole" },
    probabilityOf: "token",
  },
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
      axisFrom(context.attributes, context.result.shape.length),
      ops.softmax.bind(ops),
    ),
};

const LOGSOFTMAX: OpRow<"logsoftmax"> = {
  name: "logsoftmax",
  doc: "a - log(sum(exp(a)))",
  ...alongEach(writeLogsoftmaxLine),
  language: {
    kind: "along-axis",
    name: "logsoftmax",
    masked: -Infinity,
    ofSequence: "each-step",
    overTime: { kind: "whole" },
  },
  gradient: (context) => {
    const { build, cotangent } = context;
    const share = build.op("exp", [context.result()]);
    return [build.op("sub", [cotangent, build.op("mul", [share, sumAlong(context, cotangent)])])];
  },
  lower: (ops, operands, context) =>
    onLastAxis(
      ops,
      at(operands, 0, "logsoftmax"),
      axisFrom(context.attributes, context.result.shape.length),
      ops.logsoftmax.bind(ops),
    ),
};

export const ALONG = { cumsum: CUMSUM, cumprod: CUMPROD, softmax: SOFTMAX, logsoftmax: LOGSOFTMAX };
