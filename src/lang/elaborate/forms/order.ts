// `sort(a)` and `topk(a, k)`: elements in order. The place of an element is how many come before it, so no target needs a kernel for this, and
// the gradient of an element goes where the element came from.
import { constant, constantOf, type Dim } from "../../../shape/dim.ts";
import { notAllowed, wrongShape } from "../../messages.ts";
import { readArguments, readCount, type Call } from "../arguments.ts";
import { readAxis } from "../axis.ts";
import type { Elaboration } from "../context.ts";
import type { Frame } from "../frame.ts";
import type { Operand } from "../product.ts";
import { POISON, withElementsOf, type NodeValue, type Value } from "../value.ts";
import { operandOf } from "./form.ts";

/** From the smallest to the greatest. */
export function sort(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["a"], ["axis"]);
  const a = operandOf(given?.get("a"), frame);
  const axis = a === undefined ? undefined : readAxis(given?.get("axis"), a, frame, call.span);
  if (a === undefined || axis === undefined) return POISON;
  const line = context.own(a.value).at(axis);
  if (line === undefined || line.tag === "memory")
    return context.report(
      notAllowed("an axis of time cannot be sorted", a.span, "write `topk(a, k)` for the k greatest along it"),
    );
  return withElementsOf(a.value, inOrder(frame, a, axis, { by: "lt", count: line.size }));
}

/** The k greatest, from the greatest down. */
export function topk(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["a", "k"], ["axis"]);
  const [a, most] = [operandOf(given?.get("a"), frame), given?.get("k")];
  if (a === undefined || most === undefined) return POISON;
  const k = readCount(most, frame, "`k` of `topk`");
  const axis = readAxis(given?.get("axis"), a, frame, call.span);
  if (k === undefined || axis === undefined) return POISON;
  const line = context.own(a.value).at(axis);
  const size = line === undefined || line.tag === "memory" ? undefined : constantOf(context.unifier.resolve(line.size));
  if (size !== undefined && size < k)
    return context.report(
      wrongShape(`there are not ${k} elements along this axis`, call.span, [context.side(a.value, a.span, "this")]),
    );
  return withElementsOf(a.value, inOrder(frame, a, axis, { by: "gt", count: constant(k) }));
}

/**
 * The first `count` elements along an own axis, counted from the right: those that are first `by` comparison, equal ones as they stand. Of a
 * ragged time only the real part counts; where it has fewer elements, the others are 0.
 */
function inOrder(
  { context }: Frame,
  { value, span }: Operand,
  axis: number,
  { by, count }: { readonly by: "lt" | "gt"; readonly count: Dim },
): NodeValue {
  const { build } = context;
  const position = context.type(value).axes.length + axis;
  const last = context.masked(value.id, position, by === "gt" ? -Infinity : Infinity);
  // One axis for the element, and before it one for those that it is compared with, or for the places in the result.
  const [each, other] = [build.op("unsqueeze", [last], { axis: axis - 1 }), build.op("unsqueeze", [last], { axis })];
  const behind = (id: string, places: number): string =>
    places === 0 ? id : behind(build.op("unsqueeze", [id], { axis: -1 }), places - 1);
  const number = numbersAlong(context, last, axis);
  const [eachNumber, otherNumber] = [
    build.op("unsqueeze", [number], { axis: axis - 1 }),
    build.op("unsqueeze", [number], { axis }),
  ];
  const isBefore = build.op("lt", [otherNumber, eachNumber]);
  const isEqual = build.op("eq", [other, each]);
  const comesBefore = build.op("add", [build.op(by, [other, each]), build.op("mul", [isEqual, isBefore])]);
  const place = build.op("sum", [comesBefore], { axes: [axis - 1] });
  const places = behind(build.op("range", [], { dims: [count] }), -axis);
  const isThere = build.op("eq", [build.op("unsqueeze", [place], { axis: axis - 1 }), places]);
  const real = build.op("unsqueeze", [context.masked(value.id, position, 0)], { axis: axis - 1 });
  const found = build.op("select", [isThere, real, build.constant(0)]);
  return context.node(build.op("sum", [found], { axes: [axis] }), span, "");
}

/** 1, 2, … along the axis. A time has no array of its own with numbers, so they are counted. */
function numbersAlong({ build }: Elaboration, id: string, axis: number): string {
  return build.op("cumsum", [build.op("ge", [id, id])], { axis });
}
