// Forms that join and move along an axis: `concat(a, b, axis = 0)` and `shift(a, k)`.
import { add, constant, ZERO } from "../../../shape/dim.ts";
import { extraArgument, notAllowed, wrongShape, wrongType } from "../../messages.ts";
import { namedArgument, readArguments, type Call } from "../arguments.ts";
import { readAxis } from "../axis.ts";
import type { Elaboration } from "../context.ts";
import { evaluate } from "../expression.ts";
import { misfit } from "../fit.ts";
import type { Frame } from "../frame.ts";
import { held } from "../padding.ts";
import type { Operand } from "../product.ts";
import { wholeNumber } from "../static.ts";
import { POISON, withElementsOf, type NodeValue, type Value } from "../value.ts";
import { asVector, operandOf } from "./form.ts";

/** Along the last axis, or `axis`. A scalar counts as `[1]`. */
export function concat(call: Call, frame: Frame): Value {
  const { context } = frame;
  const positional = call.arguments.filter(({ name }) => name === null);
  const unknown = call.arguments.find(({ name }) => name !== null && name.name !== "axis")?.name;
  if (unknown != null) return context.report(extraArgument(`\`${unknown.name}\``, "`concat`", unknown.span, ["axis"]));
  const given = positional.map(({ value }) => operandOf(value, frame)).filter((each) => each !== undefined);
  const isOfVectors = given.every(({ value }) => context.own(value).length <= 1);
  const operands = isOfVectors ? given.map((each) => ({ ...each, value: asVector(context, each.value) })) : given;
  const [first] = operands;
  if (operands.length < positional.length) return POISON;
  if (first === undefined) return context.report(wrongType("`concat` needs at least one argument", call.span));
  const sides = given.map(({ value, span }) => context.side(value, span, "this"));
  const rank = context.own(first.value).length;
  if (operands.some(({ value }) => context.own(value).length !== rank) || rank === 0)
    return context.report(wrongShape("`concat` joins arrays of the same rank", call.span, sides));
  const axis = readAxis(namedArgument(call, "axis")?.value, first, frame, call.span);
  if (axis === undefined) return POISON;
  const memory = operands.find(({ value }) => context.own(value).at(axis)?.tag === "memory");
  if (memory !== undefined) return context.report(notAllowed("an axis of time cannot be joined", memory.span));
  const others = operands.map(({ value }) => context.own(value).toSpliced(axis, 1));
  if (
    misfit(
      context,
      others.map((axes) => axes.map(({ tag, size }) => ({ tag, size }))),
    ) !== undefined
  )
    return context.report(wrongShape("the other axes of what `concat` joins must be the same", call.span, sides));
  const parts = { name: "concat" as const, operands: operands.map(({ value }) => value.id), span: call.span };
  const joined = context.opOfSides(sides, parts, { axis });
  const isOfOneKind = operands.every(({ value }) => value.probability?.of === first.value.probability?.of);
  return isOfOneKind ? withElementsOf(first.value, joined) : joined;
}

/** `shift(a, k)`: element i of the result is element i - k of `a`, and 0 where there is none. */
export function shift(call: Call, frame: Frame): Value {
  const { context } = frame;
  const given = readArguments(call, frame, ["a", "k"], ["axis"]);
  const [a, by] = [operandOf(given?.get("a"), frame), given?.get("k")];
  if (a === undefined || by === undefined) return POISON;
  const amount = evaluate(by, frame);
  if (amount.kind === "poison") return amount;
  const k = amount.kind === "static" ? wholeNumber(amount.value) : undefined;
  if (k === undefined) return context.report(wrongType("`shift` needs a whole number known at compile time", by.span));
  const axis = readAxis(given?.get("axis"), a, frame, call.span);
  return axis === undefined ? POISON : withElementsOf(a.value, shifted(context, a, axis, k));
}

/** `a` moved by `k` places along an own axis, counted from the right. Of a ragged time only the real part is moved. */
export function shifted(context: Elaboration, { value, span }: Operand, axis: number, k: number): NodeValue {
  if (k === 0) return value;
  const { build } = context;
  const position = context.type(value).axes.length + axis;
  const size = context.type(value).axes[position]?.size ?? ZERO;
  const count = constant(Math.abs(k));
  const real = context.masked(value.id, position, 0);
  const wide = build.op("pad", [real], { axis, dims: k > 0 ? [count, ZERO] : [ZERO, count] });
  const dims = k > 0 ? ([ZERO, size] as const) : ([count, add(size, count)] as const);
  const moved = build.op("slice", [wide], { axis, dims });
  return context.node(held(context, moved, position), span, "");
}
