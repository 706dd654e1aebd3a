// The padding of a ragged program: numbers that occur together at a real step, so that every equation is as finite there as at real steps.
// A sequence keeps its last value beyond its example's end, from the inputs on and through every scan. A memory shows its first value. An
// example without steps is computed as another one. Reductions, losses and results do not read padding: they are masked (`Elaboration.masked`).
import { ONE, ZERO, type Dim } from "../../shape/dim.ts";
import { timeOf, type Axis } from "../../shape/type.ts";
import { withBatch } from "./batch.ts";
import type { Elaboration } from "./context.ts";
import { filledBy, markedBy, timeAt } from "./lengths.ts";

/** The lengths with which examples are computed, `[B]`: an example without steps has that of another one. Undefined if all are full. */
export function computedLengths(context: Elaboration, { tag, size }: Axis): string | undefined {
  const lengths = tag === "plain" ? undefined : context.lengths(size);
  return lengths === undefined
    ? undefined
    : context.build.outermost(() => context.build.op("borrow", [lengths, lengths]));
}

/** Whether an example has steps of this time, `[B]`; undefined if all are full. */
export function hasSteps(context: Elaboration, time: Dim): string | undefined {
  const { build } = context;
  const lengths = context.lengths(time);
  if (lengths === undefined) return undefined;
  return build.outermost(() => build.op("gt", [build.op("float", [lengths]), build.constant(0)]));
}

/** 1 at the steps at which the states of a scan change, `[T, B]`; at others they stay. */
export function moves(context: Elaboration, time: Dim, isReverse: boolean): string | undefined {
  const { build } = context;
  const lengths = computedLengths(context, { tag: "time", size: time });
  if (lengths === undefined) return undefined;
  // From right to left the padding comes first: the first real step is computed there, from the first states.
  const which = isReverse ? "real" : "moves";
  return build.outermost(() => markedBy(build, lengths, time, { which, memory: false }));
}

/** As `Elaboration.masked`, for a function that keeps the axis and whose result is `held`: even of an empty memory something must be left. */
export function maskedToKeep(context: Elaboration, value: string, position: number, filler: number): string {
  const { build } = context;
  const found = timeAt(build, value, position);
  if (found?.form.memory !== true) return context.masked(value, position, filler);
  return filledBy(build, computedMask(context, found), value, filler);
}

/** `value` with real numbers where the axis at `position` is padding: those of the last step of a sequence, or of the first step of a memory. */
export function held(context: Elaboration, value: string, position: number): string {
  const { build } = context;
  const found = timeAt(build, value, position);
  const lengths = found === undefined ? undefined : context.lengths(found.time);
  if (found === undefined || lengths === undefined) return value;
  if (!found.form.memory) return build.outermost(() => build.op("hold", [value, lengths]));
  const mask = computedMask(context, found);
  return mask === undefined ? value : build.op("select", [mask, value, firstOf(context, value, position)]);
}

function computedMask(
  context: Elaboration,
  { time, form }: NonNullable<ReturnType<typeof timeAt>>,
): string | undefined {
  const lengths = computedLengths(context, { tag: "memory", size: time });
  if (lengths === undefined) return undefined;
  return context.build.outermost(() => markedBy(context.build, lengths, time, { ...form, which: "real" }));
}

/** The first element along a memory's axis, to be repeated along it. It has no gradient, because nothing reads padding. */
function firstOf({ build }: Elaboration, memory: string, position: number): string {
  const { axes } = build.type(memory);
  const first = build.op("slice", [memory], { axis: position - axes.length, dims: [ZERO, ONE] });
  const own = axes.flatMap(({ tag, size }, each) =>
    tag === "time" || tag === "batch" ? [] : [each === position ? ONE : size],
  );
  return build.op("stopgradient", [build.op("reshape", [first], { dims: own })]);
}

/**
 * A sequence that a scan emitted. It keeps its last value beyond the end by itself, unless its steps draw numbers that all examples
 * share. In a ragged batch each example has its own end, so the sequence gets the batch's axis, even if nothing in it depends on the
 * example. So masking it later adds no axis.
 */
export function settled(context: Elaboration, scan: string, sequence: string): string {
  const time = timeOf(context.build.type(sequence));
  const isRagged = time !== undefined && context.lengths(time) !== undefined;
  const whole = isRagged ? withBatch(context, sequence) : sequence;
  return context.drawsForAll.has(scan) ? held(context, whole, 0) : whole;
}
