// `conv(a, width, out = C)`: at each place a `linear` of the values around it, joined along the last axis. Along time it reads earlier steps.
import { fail } from "../../../base/invariant.ts";
import { constant, multiply, ONE, subtract, thinnedSize, ZERO } from "../../../shape/dim.ts";
import { timeOf } from "../../../shape/type.ts";
import type { Expression } from "../../ast.ts";
import { notAllowed, tooLarge, wrongType } from "../../messages.ts";
import { readArguments, readCount, type Call } from "../arguments.ts";
import { readAxis } from "../axis.ts";
import { delayedTaps } from "../delay.ts";
import type { Frame } from "../frame.ts";
import { note } from "../over-time.ts";
import { held } from "../padding.ts";
import { POISON, type NodeValue, type Value } from "../value.ts";
import { asVector, operandOf } from "./form.ts";
import { shifted } from "./join.ts";
import { linearOf } from "./linear.ts";
import { everyStep } from "./thin.ts";

const OPTIONS = ["out", "stride", "dilation", "axis", "bias", "init"];

/** As for delays, which are carried from step to step. */
const MOST_REACH = 1024;

interface Form {
  readonly width: number;
  readonly stride: number;
  readonly dilation: number;
}

export function conv(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["a", "width"], OPTIONS);
  const [source, wide] = [given?.get("a"), given?.get("width")];
  const a = operandOf(source, frame);
  if (given === undefined || source === undefined || wide === undefined || a === undefined) return POISON;
  const form = readForm(given, wide, frame);
  if (form === undefined) return POISON;
  const axis = given.get("axis");
  const isSequence = timeOf(context.type(a.value)) !== undefined;
  const isMemory = context.own(a.value).some(({ tag }) => tag === "memory");
  if (axis === undefined && isMemory && !isSequence)
    return context.report(notAllowed("`conv` of a memory needs its axis", call.span, "write `axis = time`"));
  const isTime = axis === undefined || (axis.kind === "name" && axis.name === "time" && (isSequence || !isMemory));
  const window = isTime
    ? windowOfSteps(source, a.value, form, { call, frame })
    : windowOfAxis(a.value, axis, form, { call, frame });
  return window === undefined ? POISON : linearOf(window, source, call, frame);
}

function readForm(given: ReadonlyMap<string, Expression>, wide: Expression, frame: Frame): Form | undefined {
  const count = (name: string): number | undefined => {
    const written = given.get(name);
    return written === undefined ? 1 : readCount(written, frame, `\`${name}\` of \`conv\``);
  };
  const width = readCount(wide, frame, "`width` of `conv`");
  const [stride, dilation] = [count("stride"), count("dilation")];
  if (width === undefined || stride === undefined || dilation === undefined) return undefined;
  const reach = (width - 1) * dilation;
  if (reach <= MOST_REACH) return { width, stride, dilation };
  frame.context.report(tooLarge("what `conv` reaches over", MOST_REACH, String(reach), wide.span));
  return undefined;
}

interface Place {
  readonly call: Call;
  readonly frame: Frame;
}

/** `[a[t-(w-1)d], …, a[t-d], a[t]]`. */
function windowOfSteps(
  source: Expression,
  value: NodeValue,
  { width, stride, dilation }: Form,
  { call, frame }: Place,
): NodeValue | undefined {
  const { context } = frame;
  const delays = Array.from({ length: width }, (_, index) => (width - 1 - index) * dilation);
  const isSequence = timeOf(context.type(value)) !== undefined;
  if (!frame.isCell && !isSequence) {
    context.report(notAllowed("`conv` needs a sequence, or `axis = …`", call.span));
    return undefined;
  }
  if (frame.isCell && stride > 1) {
    const why = "a cell has a result at each step: write `every` or `conv` in the model";
    context.report(notAllowed("`conv` along the steps of a cell has no `stride`", call.span, why));
    return undefined;
  }
  const taps = frame.isCell ? tapsInCell(source, value, delays, frame) : tapsInModel(value, delays, { call, frame });
  if (taps === undefined) return undefined;
  const joined = joinedTaps(taps, { call, frame });
  if (frame.isCell || joined === undefined) return joined;
  const real = { ...joined, id: held(context, joined.id, 0) };
  return everyStep(context, real, stride, call.span);
}

function tapsInCell(
  source: Expression,
  value: NodeValue,
  delays: readonly number[],
  frame: Frame,
): readonly NodeValue[] | undefined {
  const name = source.kind === "name" ? source.name : undefined;
  const taps = delays.map((delay) => {
    if (delay === 0) return value;
    if (name !== undefined) return frame.context.float(frame.delayed(name, delay, source.span), source.span);
    const past = frame.delayedMember(value, null, delay, source.span);
    return past.kind === "node" ? past : undefined;
  });
  const known = taps.filter((tap) => tap !== undefined);
  return known.length === taps.length ? known : undefined;
}

/** Of a whole sequence the earlier steps are there; where it goes on from a state, they are carried as delays are. */
function tapsInModel(value: NodeValue, delays: readonly number[], { call, frame }: Place): readonly NodeValue[] {
  const { context } = frame;
  const { build } = context;
  const name = `${frame.path.path}.past`;
  if (context.options.states !== "initial") return delayedTaps(context, value, delays, { span: call.span, name });
  const time = timeOf(context.type(value)) ?? fail("elaborate", "no sequence");
  const axis = -build.type(value.id).axes.length;
  return delays.map((delay) => {
    if (delay === 0) return value;
    const wide = build.op("pad", [value.id], { axis, dims: [constant(delay), ZERO] });
    const id = build.op("slice", [wide], { axis, dims: [ZERO, time] });
    for (const node of [wide, id]) note(context, node, "prefix", { time, span: call.span });
    return context.node(id, call.span, "");
  });
}

function joinedTaps(taps: readonly NodeValue[], { call, frame }: Place): NodeValue | undefined {
  const { context } = frame;
  const parts = taps.map((tap) => asVector(context, tap).id);
  const joined = context.op("concat", parts, call.span, { axis: -1 });
  return joined.kind === "node" ? joined : undefined;
}

/** Place i reads the places around it, i + (j - (w-1)/2)·d, and 0 outside. A vector has one value at each place. */
function windowOfAxis(
  value: NodeValue,
  axis: Expression,
  { width, stride, dilation }: Form,
  { call, frame }: Place,
): NodeValue | undefined {
  const { context } = frame;
  const { build } = context;
  const place = readAxis(axis, { value, span: call.span }, frame, call.span);
  if (place === undefined) return undefined;
  const isVector = context.own(value).length === 1;
  if (!isVector && place === -1) {
    context.report(wrongType("the last axis holds the values at each place: give another `axis`", axis.span));
    return undefined;
  }
  const values = isVector ? { ...value, id: build.op("unsqueeze", [value.id], { axis: -1 }) } : value;
  const along = isVector ? -2 : place;
  const left = Math.floor((width - 1) / 2);
  const taps = Array.from({ length: width }, (_, index) =>
    shifted(context, { value: values, span: call.span }, along, (left - index) * dilation),
  );
  const joined = joinedTaps(taps, { call, frame });
  return joined === undefined || stride === 1 ? joined : eachPlace(joined, along, stride, { call, frame });
}

/** The places 0, k, 2k, … of an axis. */
function eachPlace(value: NodeValue, axis: number, k: number, { call, frame }: Place): NodeValue | undefined {
  const { context } = frame;
  const { build } = context;
  const own = context.own(value);
  const { tag, size } = own.at(axis) ?? fail("elaborate", "no axis");
  const count = tag === "memory" ? undefined : thinnedSize(context.unifier.resolve(size), k);
  if (count === undefined) {
    const why = tag === "memory" ? "read each k-th step in the model: `every(x, k)`" : undefined;
    context.report(notAllowed("this axis has no `stride`", call.span, why));
    return undefined;
  }
  const behind = subtract(multiply(constant(k), count), size);
  const whole = build.op("pad", [value.id], { axis, dims: [ZERO, behind] });
  const sizes = own.map((each) => each.size);
  const at = own.length + axis;
  const open = build.op("reshape", [whole], { dims: sizes.toSpliced(at, 1, count, constant(k)) });
  const first = build.op("slice", [open], { axis, dims: [ZERO, ONE] });
  return context.node(build.op("reshape", [first], { dims: sizes.with(at, count) }), call.span, "");
}
