// The losses of `predict`, at each step, and their means over elements, real steps and examples.
import { fail } from "../../base/invariant.ts";
import { constantOf, printDim, type Dim } from "../../shape/dim.ts";
import { ownAxes, timeOf } from "../../shape/type.ts";
import { BATCH, type Elaboration } from "./context.ts";
import type { NodeValue } from "./value.ts";

/** -log softmax(logits)[target], at each step. */
export function crossEntropy(context: Elaboration, from: NodeValue, target: NodeValue): string {
  const { build } = context;
  const token = target.token ?? fail("elaborate", "no token");
  const hot = build.op("onehot", [target.id], { dims: [printDim(token.size)] });
  const likelihood = build.op("mul", [hot, build.op("logsoftmax", [from.id], { axis: -1 })]);
  return build.op("neg", [build.op("sum", [likelihood], { axes: [-1] })]);
}

/** log(1 + exp(z)) - z · y, averaged over elements. */
export function binaryEntropy(context: Elaboration, from: NodeValue, target: NodeValue): string {
  const { build } = context;
  const each = build.op("sub", [build.op("softplus", [from.id]), build.op("mul", [from.id, target.id])]);
  return meanOverElements(context, each);
}

/** (value - y)², averaged over elements. */
export function squared(context: Elaboration, from: NodeValue, target: NodeValue): string {
  const { build } = context;
  return meanOverElements(context, build.op("square", [build.op("sub", [from.id, target.id])]));
}

function meanOverElements(context: Elaboration, id: string): string {
  const { build } = context;
  const own = ownAxes(context.unifier.resolveType(build.type(id)));
  if (own.length === 0) return id;
  const sum = build.op("sum", [id], { axes: own.map((_, index) => index - own.length) });
  return own.reduce((value, axis) => build.op("div", [value, sizeNode(context, axis.size)]), sum);
}

function sizeNode(context: Elaboration, size: Dim): string {
  const constant = constantOf(context.unifier.resolve(size));
  return constant === undefined
    ? context.build.op("size", [], { dims: [printDim(size)] })
    : context.build.constant(constant);
}

/** The mean over the batch of a number for each example. */
export function meanOverBatch(context: Elaboration, id: string): string {
  const { build } = context;
  return build.op("div", [build.op("sum", [id], { axes: [-1] }), sizeNode(context, BATCH)]);
}

/** The mean over all real steps of the batch together. `ahead`: the last steps of a ragged sequence have no target. */
export function meanOverSteps(context: Elaboration, id: string, ahead: number): string {
  const { build } = context;
  const type = context.unifier.resolveType(build.type(id));
  const axes = type.axes.map((_, index) => index - type.axes.length);
  const time = timeOf(type);
  const mask =
    time === undefined || !context.options.ragged ? undefined : context.mask(time, { memory: false, drop: ahead });
  if (mask !== undefined) {
    const total = build.op("sum", [build.op("select", [mask, id, build.constant(0)])], { axes });
    const count = build.op("sum", [mask], { axes: [-2, -1] });
    return build.op("div", [total, build.op("max", [count, build.constant(1)])]);
  }
  const total = axes.length === 0 ? id : build.op("sum", [id], { axes });
  const sizes = [...(time === undefined ? [] : [time]), BATCH];
  return sizes.reduce((value, size) => build.op("div", [value, sizeNode(context, size)]), total);
}
