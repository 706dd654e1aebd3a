// `every(x, k)` and `pairs(x)`: sequences of another time, which has each k-th step of theirs.
import { fail } from "../../../base/invariant.ts";
import type { Span } from "../../../base/source.ts";
import { constant, multiply, subtract, thinnedSize, ZERO } from "../../../shape/dim.ts";
import { timeOf } from "../../../shape/type.ts";
import { noSteps } from "../../messages-time.ts";
import { tooLarge } from "../../messages.ts";
import { readArguments, readCount, type Call } from "../arguments.ts";
import type { Elaboration } from "../context.ts";
import type { Frame } from "../frame.ts";
import { note } from "../over-time.ts";
import { held } from "../padding.ts";
import { POISON, withElementsOf, type NodeValue, type Value } from "../value.ts";
import { asVector, operandOf } from "./form.ts";

/** Each step of the result stands for this many. */
const MOST_THINNED = 1024;

/** Steps 0, k, 2k, … */
export function every(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["x", "k"]);
  const [x, by] = [operandOf(given?.get("x"), frame), given?.get("k")];
  if (x === undefined || by === undefined) return POISON;
  const k = readCount(by, frame, "`k` of `every`");
  if (k === undefined) return POISON;
  if (k > MOST_THINNED) return context.report(tooLarge("`k` of `every`", MOST_THINNED, String(k), by.span));
  if (timeOf(context.type(x.value)) === undefined) return context.report(noSteps("every", x.span, frame.isCell));
  return withElementsOf(x.value, everyStep(context, x.value, k, call.span));
}

/** Each two steps joined along the last axis; a last step without another one is joined with zeros. */
export function pairs(call: Call, frame: Frame): Value {
  const { context } = frame;
  const x = operandOf(readArguments(call, frame, ["x"])?.get("x"), frame);
  if (x === undefined) return POISON;
  const { value } = x;
  if (timeOf(context.type(value)) === undefined) return context.report(noSteps("pairs", x.span, frame.isCell));
  const vectors = asVector(context, value);
  const both = [0, 1].map((offset) => thin(context, vectors, { every: 2, offset }, call.span));
  const joined = context.op("concat", both, call.span, { axis: -1 });
  return joined.kind === "node" ? { ...joined, id: held(context, joined.id, 0) } : joined;
}

export function everyStep(context: Elaboration, value: NodeValue, k: number, span: Span): NodeValue {
  if (k === 1) return value;
  const steps = thin(context, value, { every: k, offset: 0 }, span);
  return context.node(held(context, steps, 0), span, value.origin.reason);
}

/** The steps `offset`, `offset + every`, …, as many as `every` leaves; 0 past the end of an example. */
function thin(
  context: Elaboration,
  value: NodeValue,
  { every: k, offset }: { readonly every: number; readonly offset: number },
  span: Span,
): string {
  const { build, unifier } = context;
  const time = unifier.resolve(timeOf(context.type(value)) ?? fail("elaborate", "no sequence"));
  const count = thinnedSize(time, k) ?? fail("elaborate", "a time that is a sum");
  const real = offset === 0 ? value.id : context.masked(value.id, 0, 0);
  const axis = -build.type(real).axes.length;
  const behind = subtract(multiply(constant(k), count), time);
  const whole = build.op("pad", [real], { axis, dims: [ZERO, behind] });
  const id = build.op("every", [whole], { dims: [count], every: k, offset });
  for (const node of [whole, id]) note(context, node, "whole", { time, span });
  return id;
}
