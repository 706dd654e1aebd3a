// Functions of the language that the op table describes: element-wise ones, and those along an axis.
import type { OpName } from "../../graph/node.ts";
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import type { OfSequence, OpRow } from "../../ops/row.ts";
import { ROWS } from "../../ops/table.ts";
import { ownAxes } from "../../shape/type.ts";
import type { Expression } from "../ast.ts";
import { axisOfSequence } from "../messages-values.ts";
import { extraArgument, missingArgument, wrongShape, wrongType } from "../messages.ts";
import { ALONG, runAlong } from "./along-axis.ts";
import type { Call } from "./arguments.ts";
import type { Elaboration } from "./context.ts";
import { evaluate } from "./expression.ts";
import { misfit } from "./fit.ts";
import type { Frame } from "./frame.ts";
import { withWeights } from "./gain.ts";
import type { Operand } from "./product.ts";
import { STATISTICS } from "./statistics.ts";
import { wholeNumber } from "./static.ts";
import { withElementsOf, type Value } from "./value.ts";

const ALIASES: ReadonlyMap<string, string> = new Map([["σ", "sigmoid"]]);
/** Made of several ops instead of being one row. */
const COMPOSITES: ReadonlyMap<string, OfSequence> = new Map([
  ["sum", "over-time"],
  ["mean", "over-time"],
  ...[...STATISTICS].map(([name, { ofSequence }]) => [name, ofSequence] as const),
]);

const POINTWISE: ReadonlyMap<string, OpRow> = new Map(
  ROWS.flatMap((row) => (row.language?.kind === "pointwise" ? [[row.language.name, row] as const] : [])),
);
const OF_SEQUENCE: ReadonlyMap<string, OfSequence> = new Map([
  ...COMPOSITES,
  ...ROWS.flatMap(({ language }) =>
    language?.kind === "along-axis" ? [[language.name, language.ofSequence] as const] : [],
  ),
]);

export const FUNCTION_NAMES: readonly string[] = [
  ...POINTWISE.keys(),
  ...ALONG.keys(),
  ...COMPOSITES.keys(),
  ...ALIASES.keys(),
];

export function isFunction(name: string): boolean {
  return FUNCTION_NAMES.includes(name);
}

export function callFunction(name: string, call: Call, frame: Frame): Value {
  const { context } = frame;
  const canonical = ALIASES.get(name) ?? name;
  const positional = call.arguments.filter((argument) => argument.name === null);
  const row = POINTWISE.get(canonical);
  const alongAxis = OF_SEQUENCE.has(canonical);
  // `max(a, b)` is element by element, `max(a)` along an axis.
  if (row === undefined || (alongAxis && positional.length === 1)) return along(canonical, call, frame);
  const named = call.arguments.find((argument) => argument.name !== null);
  if (named?.name != null)
    return context.report(extraArgument(`\`${named.name.name}\``, `\`${name}\``, named.name.span, []));
  const arity = row.arity ?? positional.length;
  const defaults = defaultsOf(row);
  const absent = arity - positional.length;
  if (absent < 0 || absent > defaults.length) {
    const needs = `\`${name}\` takes ${countText(arity - defaults.length, arity)}, not ${positional.length}`;
    return context.report(
      wrongType(needs, call.span, `write \`${name}(${["a", "b", "c"].slice(0, arity).join(", ")})\``),
    );
  }
  const given = positional.map((each) => ({ value: evaluate(each.value, frame), span: each.value.span }));
  const operands = given.map(({ value, span }): Operand | undefined => {
    const node = context.float(value, span);
    return node === undefined ? undefined : { value: node, span };
  });
  const known = operands.filter((operand) => operand !== undefined);
  if (known.length < operands.length) return { kind: "poison" };
  const others = defaults.slice(defaults.length - absent).map((value) => constantOperand(context, value, call.span));
  const value = pointwise(context, row.name, [...known, ...others], call.span);
  return asProbability(row, withChosen(row, given, value), call.span);
}

/** One of several probabilities, or of a probability and constants, is a probability. */
function withChosen({ language }: OpRow, given: readonly { readonly value: Value }[], value: Value): Value {
  const from = language?.kind === "pointwise" ? language.choosesFrom : undefined;
  if (from === undefined) return value;
  const [first, ...others] = given.slice(from).flatMap((each) => (each.value.kind === "node" ? [each.value] : []));
  const isOfOneKind = others.every(({ probability }) => probability?.of === first?.probability?.of);
  return first !== undefined && isOfOneKind ? withElementsOf(first, value) : value;
}

/** What the last arguments are if a call leaves them out. */
function defaultsOf({ language }: OpRow): readonly number[] {
  return (language?.kind === "pointwise" ? language.defaults : undefined) ?? [];
}

function countText(least: number, most: number): string {
  if (least < most) return `${least} or ${most} values`;
  return most === 1 ? "one value" : `${most} values`;
}

function constantOperand(context: Elaboration, value: number, span: Span): Operand {
  return { value: context.node(context.build.constant(value), span, ""), span };
}

/** Notes whether the result is a probability, for `predict`. */
function asProbability({ language }: OpRow, value: Value, span: Span): Value {
  const of = language?.probabilityOf;
  return value.kind !== "node" || language === undefined || of === undefined
    ? value
    : { ...value, probability: { of, name: language.name, span } };
}

/** An element-wise op. Own axes align from the right and must be equal; the language never stretches an axis. */
export function pointwise(context: Elaboration, op: OpName, operands: readonly Operand[], span: Span): Value {
  const wrong = misfit(
    context,
    operands.map(({ value }) => context.own(value)),
  );
  if (wrong !== undefined) {
    const sides = wrong.values.flatMap((position, index) => {
      const operand = operands[position];
      const what = index === 0 ? "the left" : "the right";
      return operand === undefined ? [] : [context.side(operand.value, operand.span, what)];
    });
    return context.report(wrongShape(`these shapes do not fit: ${wrong.sizes.join(" against ")}`, span, sides));
  }
  const sides = operands.map(({ value, span: place }) => context.side(value, place, "this"));
  return context.opOfSides(sides, { name: op, operands: operands.map(({ value }) => value.id), span });
}

function along(name: string, call: Call, frame: Frame): Value {
  const { context } = frame;
  const [first, ...more] = call.arguments.filter((argument) => argument.name === null);
  if (first === undefined) return context.report(missingArgument("a", `\`${name}\``, call.span));
  const [extra] = more;
  if (extra !== undefined) {
    const title = `\`${name}\` takes one value, not ${more.length + 1}`;
    return context.report(wrongType(title, extra.value.span, `write the axis by its name: \`${name}(a, axis = -1)\``));
  }
  const weights = STATISTICS.get(name)?.weights ?? [];
  const options: readonly string[] = ["axis", ...weights];
  const wrong = call.arguments.find(
    (argument) => argument.name !== null && !options.includes(argument.name.name),
  )?.name;
  if (wrong != null) return context.report(extraArgument(`\`${wrong.name}\``, `\`${name}\``, wrong.span, options));
  const axisArgument = call.arguments.find((argument) => argument.name?.name === "axis");
  const node = context.float(evaluate(first.value, frame), first.value.span);
  if (node === undefined) return { kind: "poison" };
  const position = axisPosition(name, { value: node, span: first.value.span }, axisArgument?.value, {
    frame,
    span: call.span,
  });
  if (position === undefined) return { kind: "poison" };
  const value = runAlong(frame, name, node, position, call.span);
  if (weights.length > 0 && value.kind === "node") return withWeights(value, position, { call, frame, weights });
  const row = ALONG.get(name);
  if (row?.language?.probabilityOf !== undefined) return asProbability(row, value, call.span);
  // A mean or a maximum of probabilities is a probability.
  return context.type(node).axes[position]?.tag === "time" ? withElementsOf(node, value) : value;
}

/** The axis, as a position from the left: by default the last, or for a sequence in a model the one that the function's row says. */
function axisPosition(
  name: string,
  operand: Operand,
  axis: Expression | undefined,
  { frame, span }: { readonly frame: Frame; readonly span: Span },
): number | undefined {
  const { context } = frame;
  const { value: node } = operand;
  const type = context.type(node);
  const own = ownAxes(type).length;
  const time = type.axes.findIndex((each) => each.tag === "time");
  const memory = type.axes.findIndex((each) => each.tag === "memory");
  const refuse = (title: string): undefined => {
    context.report(wrongType(title, axis?.span ?? span));
    return undefined;
  };
  if (axis === undefined) {
    const ofSequence = OF_SEQUENCE.get(name) ?? fail("elaborate", `no function ${name}`);
    if (time >= 0 && ofSequence === "over-time") return time;
    if (time >= 0 && (own === 0 || ofSequence === "must-be-said")) {
      context.report(axisOfSequence(name, own > 0, context.side(node, operand.span, "this"), span));
      return undefined;
    }
    return own > 0 ? type.axes.length - 1 : refuse("a scalar has no axis");
  }
  if (axis.kind === "name" && axis.name === "time") {
    const found = time >= 0 ? time : memory;
    return found >= 0 ? found : refuse("this has no axis of time");
  }
  const value = evaluate(axis, frame);
  const number = value.kind === "static" ? wholeNumber(value.value) : undefined;
  if (number === undefined) return refuse("`axis` must be a whole number or `time`");
  const fromLeft = number < 0 ? own + number : number;
  return fromLeft >= 0 && fromLeft < own
    ? type.axes.length - own + fromLeft
    : refuse(`there is no axis ${number} in ${context.show(node)}`);
}
