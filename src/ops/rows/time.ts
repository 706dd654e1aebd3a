// Ops about the steps of a sequence.
import { at } from "../../base/invariant.ts";
import { add, ONE, printDim, subtract } from "../../shape/dim.ts";
import { printType, timeOf, withoutTime, withTime } from "../../shape/type.ts";
import { stridesOf, viewed, zeros } from "../nd.ts";
import type { OpRow } from "../row.ts";
import { dimsOf, dimValue } from "../run-context.ts";

const AT: OpRow = {
  name: "at",
  doc: "the value at step `dims[0]` of a sequence",
  arity: 1,
  dear: false,
  type: (operands) => withoutTime(at(operands, 0, "at")),
  gradient: ({ build, node, cotangent, operandType }) => {
    const type = operandType(0);
    const step = at(dimsOf(node.attributes), 0, "at");
    const one = build.op("broadcast", [cotangent], { type: printType(withTime(withoutTime(type), ONE)) });
    const after = subtract(timeOf(type) ?? ONE, add(step, ONE));
    return [build.op("pad", [one], { axis: -type.axes.length, dims: [printDim(step), printDim(after)] })];
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

export const TIME: readonly OpRow[] = [AT];
