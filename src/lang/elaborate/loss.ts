// What a loss compares, and means over real values: steps of ragged sequences, elements of an array, examples of a batch.
import { NEW_STEPS } from "../../base/window-sizes.ts";
import { subtract, symbol, type Dim } from "../../shape/dim.ts";
import { ownAxes } from "../../shape/type.ts";
import { BATCH, type Elaboration } from "./context.ts";
import { sizeNode } from "./size-node.ts";
import type { Token } from "./value.ts";

/** The target and the expression that predicts it: nodes of equal time, but for labels by ctc. */
export interface Pair {
  readonly kind: "token" | "number" | "binary" | "labels";
  /** Logits `[…, V]` for tokens, `[…, V + 1]` for labels, logits for `by binary`, otherwise values. */
  readonly from: string;
  readonly target: string;
  readonly token: Token | undefined;
  /** Cuts another sequence of the same time to the steps that count. */
  readonly narrow: (id: string) => string;
}

export function meanOverElements(context: Elaboration, id: string): string {
  const { build } = context;
  const own = ownSizes(context, id);
  if (own.length === 0) return id;
  const sum = build.op("sum", [id], { axes: own.map((_, index) => index - own.length) });
  return own.reduce((value, size) => build.op("div", [value, sizeNode(context, size)]), sum);
}

function ownSizes(context: Elaboration, id: string): readonly Dim[] {
  return ownAxes(context.unifier.resolveType(context.build.type(id))).map((axis) => axis.size);
}

/** The mean over the batch of a number for each example. */
export function meanOverBatch(context: Elaboration, id: string): string {
  const { build } = context;
  return build.op("div", [build.op("sum", [id], { axes: [-1] }), sizeNode(context, BATCH)]);
}

/** Which steps of which examples a prediction is about. */
export interface Steps {
  /** Null for one value for each example. */
  readonly time: Dim | null;
  /** 1 at real steps that have a target and a weight: `[T, B]` or `[B]`; undefined if all steps are real and have both. */
  readonly mask: string | undefined;
  /** The number of such steps in all examples together: a scalar. */
  readonly count: string;
  /** Cuts a sequence to the steps that count, because windows of truncated training overlap. */
  readonly narrow: (id: string) => string;
  /** How many labels each example has, `[B]`, if its loss is that of all of them: a mean is over the labels. */
  readonly labels?: string;
}

/**
 * The steps of a loss that each example has once, for all of its labels along `time`. An example without labels counts as one label, as it
 * does in PyTorch, so that its loss is not lost.
 */
export function wholeExamples(context: Elaboration, time: Dim): Steps {
  const { build } = context;
  const lengths = context.lengths(time);
  const own = lengths === undefined ? sizeNode(context, time) : build.op("float", [lengths]);
  const axes = [{ tag: "batch" as const, size: BATCH }];
  const labels = build.op("broadcast", [build.op("max", [own, build.constant(1)])], { type: { dtype: "float", axes } });
  const count = build.op("sum", [labels], { axes: [-1] });
  return { time: null, mask: undefined, count, narrow: (id) => id, labels };
}

/** `ahead`: the last steps of a ragged sequence have no target. `labelled`: 1 at steps that have one, if some are missing. */
export function stepsOf(context: Elaboration, time: Dim | undefined, ahead: number, labelled?: string): Steps {
  const { build, options } = context;
  if (time === undefined) {
    const count = labelled === undefined ? sizeNode(context, BATCH) : build.op("sum", [labelled], { axes: [-1] });
    return { time: null, mask: labelled, count, narrow: (id) => id };
  }
  const isNarrow = options.truncation === "overlapping";
  const counted = isNarrow ? symbol(NEW_STEPS) : time;
  const dims = [subtract(time, counted), time] as const;
  const narrow = (id: string): string =>
    isNarrow ? build.op("slice", [id], { axis: -build.type(id).axes.length, dims }) : id;
  const real = context.mask(time, { memory: false, drop: ahead });
  const full = real !== undefined && labelled !== undefined ? build.op("mul", [real, labelled]) : (real ?? labelled);
  const mask = full === undefined ? undefined : narrow(full);
  const count =
    mask === undefined
      ? build.op("mul", [sizeNode(context, counted), sizeNode(context, BATCH)])
      : build.op("sum", [mask], { axes: [-2, -1] });
  return { time: counted, mask, count, narrow };
}

/** The mean over all real steps of the batch that have a target. `id` has one number for each step, and is cut already. */
export function meanOverSteps(context: Elaboration, id: string, steps: Steps): string {
  const { build } = context;
  const { mask, count } = steps;
  const divisor = mask === undefined ? count : build.op("max", [count, build.constant(1)]);
  return build.op("div", [sumOverSteps(context, id, steps), divisor]);
}

/** The sum over these steps of all examples. */
export function sumOverSteps({ build }: Elaboration, id: string, { mask }: Steps): string {
  const real = mask === undefined ? id : build.op("select", [mask, id, build.constant(0)]);
  const rank = build.type(id).axes.length;
  const axes = Array.from({ length: rank }, (_, index) => index - rank);
  return rank === 0 ? real : build.op("sum", [real], { axes });
}
