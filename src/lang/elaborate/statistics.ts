// Functions along an axis that compare its elements with their mean, or with their size: variances and norms of layers.
// Only the real part of a ragged time is read. None of them can go on from step to step along a time.
import { fail } from "../../base/invariant.ts";
import type { OfSequence } from "../../ops/row.ts";
import type { Axis, Type } from "../../shape/type.ts";
import type { Elaboration } from "./context.ts";
import { sizeNode } from "./size-node.ts";
import { computedLengths, held, maskedToKeep } from "./padding.ts";

/** Added to what a layer is divided by, under the root. */
const EPSILON = 1e-5;

interface Statistic {
  readonly ofSequence: OfSequence;
  /** Weights that its result may be multiplied by, and to which it may be added. */
  readonly weights: readonly ("gain" | "bias")[];
  /** The result along the axis of `id` at a position from the left. */
  readonly build: (context: Elaboration, id: string, position: number) => string;
}

export const STATISTICS: ReadonlyMap<string, Statistic> = new Map<string, Statistic>([
  ["var", { ofSequence: "must-be-said", weights: [], build: variance }],
  ["std", { ofSequence: "must-be-said", weights: [], build: deviation }],
  ["layernorm", { ofSequence: "each-step", weights: ["gain", "bias"], build: layernorm }],
  ["rmsnorm", { ofSequence: "each-step", weights: ["gain"], build: rmsnorm }],
]);

/** mean((a - mean(a))²): divided by the number of elements. */
function variance(context: Elaboration, id: string, position: number): string {
  const { build } = context;
  const squares = build.op("square", [centred(context, id, position)]);
  const total = build.op("sum", [context.masked(squares, position, 0)], { axes: [fromRight(context, id, position)] });
  return build.op("div", [total, count(context, axisOf(context, id, position), "real")]);
}

/** The root of the variance, as a Euclidean length: its derivative is 0 where all elements are equal. */
function deviation(context: Elaboration, id: string, position: number): string {
  const { build } = context;
  const real = context.masked(centred(context, id, position), position, 0);
  const length = build.op("norm", [real], { axis: fromRight(context, id, position) });
  return build.op("div", [length, build.op("sqrt", [count(context, axisOf(context, id, position), "real")])]);
}

/** (a - mean) / sqrt(variance + 1e-5), with the biased variance. */
function layernorm(context: Elaboration, id: string, position: number): string {
  return divided(context, centred(context, id, position), position);
}

/** a / sqrt(mean(a²) + 1e-5) */
function rmsnorm(context: Elaboration, id: string, position: number): string {
  return divided(context, id, position);
}

/** a / sqrt(mean(a²) + 1e-5), with real numbers in the padding. */
function divided(context: Elaboration, id: string, position: number): string {
  const { build } = context;
  const squares = meanToKeep(context, build.op("square", [id]), position);
  const size = build.op("sqrt", [build.op("add", [squares, build.constant(EPSILON)])]);
  return held(context, build.op("div", [id, reinsert(context, size, typeOf(context, id), position)]), position);
}

function centred(context: Elaboration, id: string, position: number): string {
  const mean = reinsert(context, meanToKeep(context, id, position), typeOf(context, id), position);
  return context.build.op("sub", [id, mean]);
}

/** The mean along an axis, to be repeated along it; an example without steps has one as well. */
function meanToKeep(context: Elaboration, id: string, position: number): string {
  const axes = [fromRight(context, id, position)];
  const total = context.build.op("sum", [maskedToKeep(context, id, position, 0)], { axes });
  return context.build.op("div", [total, count(context, axisOf(context, id, position), "computed")]);
}

/** The number of elements along an axis, at least 1; `computed` is that with which an example without steps is computed. */
function count(context: Elaboration, axis: Axis, which: "real" | "computed"): string {
  const { build } = context;
  if (axis.tag === "plain") return sizeNode(context, axis.size);
  const lengths = which === "real" ? context.lengths(axis.size) : computedLengths(context, axis);
  const steps = lengths === undefined ? sizeNode(context, axis.size) : build.op("float", [lengths]);
  return build.op("max", [steps, build.constant(1)]);
}

function reinsert(context: Elaboration, reduced: string, type: Type, position: number): string {
  const tag = type.axes[position]?.tag;
  return tag === "time" ? reduced : context.build.op("unsqueeze", [reduced], { axis: position - type.axes.length });
}

function typeOf(context: Elaboration, id: string): Type {
  return context.unifier.resolveType(context.build.type(id));
}

function axisOf(context: Elaboration, id: string, position: number): Axis {
  return typeOf(context, id).axes[position] ?? fail("elaborate", "no axis");
}

function fromRight(context: Elaboration, id: string, position: number): number {
  return position - context.build.type(id).axes.length;
}
