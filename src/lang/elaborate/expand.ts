// Axes of size 1 that stretch: `expand(g, axis = -1)`, and `keep = true` in a reduction. Any other axis of size 1 is not repeated.
import { notAllowed, wrongType } from "../messages.ts";
import { namedArgument, readArguments, readFlag, type Call } from "./arguments.ts";
import { ALONG } from "./along-axis.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { operandOf } from "./forms/form.ts";
import { STATISTICS } from "./statistics.ts";
import { wholeNumber } from "./static.ts";
import { POISON, withElementsOf, type NodeValue, type Value } from "./value.ts";

/** Functions along an axis that take it away. */
export const REDUCING: ReadonlySet<string> = new Set(
  ["sum", "mean", ...ALONG.keys(), ...STATISTICS.keys()].filter((name) => !keepsAxis(name)),
);

function keepsAxis(name: string): boolean {
  const form = ALONG.get(name)?.language;
  const ofSequence = form?.kind === "along-axis" ? form.ofSequence : STATISTICS.get(name)?.ofSequence;
  return ofSequence === "each-step";
}

export function expand(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["a"], ["axis"]);
  const a = operandOf(given?.get("a"), frame);
  if (a === undefined) return POISON;
  const axis = given?.get("axis");
  const isTime = axis?.kind === "name" && axis.name === "time";
  if (isTime) return context.report(wrongType("`axis` must be a whole number: a time has no size 1", axis.span));
  const value = axis === undefined ? undefined : evaluate(axis, frame);
  const number = value === undefined ? -1 : value.kind === "static" ? wholeNumber(value.value) : undefined;
  if (value?.kind === "poison") return value;
  const span = axis?.span ?? call.span;
  if (number === undefined) return context.report(wrongType("`axis` must be a whole number", span));
  const rank = context.own(a.value).length + 1;
  const fromRight = number < 0 ? number : number - rank;
  if (fromRight < -rank || fromRight >= 0) {
    const title = `the result of \`expand\` has ${rank === 1 ? "one axis" : `${rank} axes`}, so there is no axis ${number}`;
    return context.report(wrongType(title, span, "0 is the first axis of the result, and -1 is the last"));
  }
  return withElementsOf(a.value, stretching(frame, a.value, fromRight, call));
}

/** `reduced`, the result along an axis of `of`, with a stretching axis in its place if the call says `keep = true`. */
export function keptAlong(
  call: Call,
  frame: Frame,
  { of, position }: { readonly of: NodeValue; readonly position: number },
  reduced: Value,
): Value {
  const { context } = frame;
  const keep = namedArgument(call, "keep");
  if (keep === undefined || reduced.kind !== "node" || !readFlag(keep.value, frame, "`keep`")) return reduced;
  const { axes } = context.type(of);
  if (axes[position]?.tag === "time") {
    const help = "remove `keep`: a value without time is repeated at every step";
    return context.report(notAllowed("the time of a sequence cannot be kept", keep.value.span, help));
  }
  return stretching(frame, reduced, position - axes.length, call);
}

function stretching({ context }: Frame, value: NodeValue, axis: number, { span }: Call): Value {
  return context.op("unsqueeze", [value.id], span, { axis, stretches: true });
}
