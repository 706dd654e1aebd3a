// Ops that run along an axis and keep it: softmax and its logarithm. `axis` counts from the right.
import { at } from "../../base/invariant.ts";
import type { Type } from "../../shape/type.ts";
import { NUMBER } from "../attribute-forms.ts";
import { alongAxis, zeros } from "../nd.ts";
import { firstType, type GradientContext, type OpRow } from "../row.ts";
import { axisFrom } from "../run-context.ts";
import { reinsert } from "../spread.ts";
import type { TensorOps } from "../tensor-ops.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly softmax: { readonly axis: number };
    readonly logsoftmax: { readonly axis: number };
  }
}

function asFloat(operands: readonly Type[]): Type {
  return { dtype: "float", axes: firstType(operands).axes };
}

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

export const ALONG = { softmax: SOFTMAX, logsoftmax: LOGSOFTMAX };
