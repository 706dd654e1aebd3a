// Functions of the language that the op table describes: pointwise ones, and those that run along an axis.
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import type { OpRow } from "../../ops/row.ts";
import { ROWS } from "../../ops/table.ts";
import { printDim } from "../../shape/dim.ts";
import { ownAxes, type Axis, type Type } from "../../shape/type.ts";
import type { Expression } from "../ast.ts";
import { extraArgument, missingArgument, wrongShape, wrongType } from "../messages.ts";
import type { Call } from "./arguments.ts";
import type { Elaboration } from "./context.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { sizeNode } from "./loss.ts";
import { addedUp, foldedOver, note, prefixOver, type Along } from "./over-time.ts";
import type { Operand } from "./product.ts";
import { wholeNumber } from "./static.ts";
import type { NodeValue, Value } from "./value.ts";

const ALIASES: ReadonlyMap<string, string> = new Map([["σ", "sigmoid"]]);
/** Written with the ops of the table rather than rows of it. */
const COMPOSITES = ["sum", "mean", "layernorm"] as const;

const POINTWISE: ReadonlyMap<string, OpRow> = new Map(
  ROWS.flatMap((row) => (row.language?.kind === "pointwise" ? [[row.language.name, row] as const] : [])),
);
const ALONG: ReadonlyMap<string, OpRow> = new Map(
  ROWS.flatMap((row) => (row.language?.kind === "along-axis" ? [[row.language.name, row] as const] : [])),
);

export const FUNCTION_NAMES: readonly string[] = [
  ...POINTWISE.keys(),
  ...ALONG.keys(),
  ...COMPOSITES,
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
  const alongAxis = ALONG.has(canonical) || COMPOSITES.some((each) => each === canonical);
  // `max(a, b)` is element by element, `max(a)` along an axis.
  if (row === undefined || (alongAxis && positional.length === 1)) return along(canonical, call, frame);
  const named = call.arguments.find((argument) => argument.name !== null);
  if (named?.name != null)
    return context.report(extraArgument(`\`${named.name.name}\``, `\`${name}\``, named.name.span, []));
  const arity = row.arity ?? positional.length;
  if (positional.length !== arity) {
    const needs = `\`${name}\` takes ${arity === 1 ? "one value" : `${arity} values`}, not ${positional.length}`;
    return context.report(
      wrongType(needs, call.span, `write \`${name}(${["a", "b", "c"].slice(0, arity).join(", ")})\``),
    );
  }
  const operands = positional.map(({ value }): Operand | undefined => {
    const node = context.float(evaluate(value, frame), value.span);
    return node === undefined ? undefined : { value: node, span: value.span };
  });
  const known = operands.filter((operand) => operand !== undefined);
  return known.length < operands.length ? { kind: "poison" } : pointwise(context, row.name, known, call.span);
}

/** An element-wise op. Own axes line up from the right and must be equal; the language never stretches an axis. */
export function pointwise(context: Elaboration, op: string, operands: readonly Operand[], span: Span): Value {
  const rank = Math.max(0, ...operands.map(({ value }) => context.own(value).length));
  for (let fromRight = 1; fromRight <= rank; fromRight++) {
    const here = operands.flatMap((operand) => {
      const axis = context.own(operand.value).at(-fromRight);
      return axis === undefined ? [] : [{ operand, axis }];
    });
    const [first, ...rest] = here;
    const wrong =
      first === undefined ? undefined : rest.find(({ axis }) => context.unifier.same(first.axis, axis) === undefined);
    if (first !== undefined && wrong !== undefined) {
      const sides = [first, wrong].map(({ operand }, index) =>
        context.side(operand.value, operand.span, index === 0 ? "the left" : "the right"),
      );
      const sizes = [first.axis, wrong.axis].map((axis) =>
        axis.tag === "memory" ? "time" : printDim(context.unifier.resolve(axis.size)),
      );
      return context.report(wrongShape(`these shapes do not fit: ${sizes.join(" against ")}`, span, sides));
    }
  }
  return context.op(
    op,
    operands.map(({ value }) => value.id),
    span,
    {},
    operands.map(({ value, span: place }) => context.side(value, place, "this")),
  );
}

function along(name: string, call: Call, frame: Frame): Value {
  const { context } = frame;
  const [first, ...more] = call.arguments.filter((argument) => argument.name === null);
  if (first === undefined) return context.report(missingArgument("a", `\`${name}\``, call.span));
  const wrong = more[0] ?? call.arguments.find((argument) => argument.name !== null && argument.name.name !== "axis");
  if (wrong !== undefined) {
    const what = wrong.name === null ? "more" : `\`${wrong.name.name}\``;
    return context.report(extraArgument(what, `\`${name}\``, wrong.value.span, ["axis"]));
  }
  const axisArgument = call.arguments.find((argument) => argument.name?.name === "axis");
  const node = context.float(evaluate(first.value, frame), first.value.span);
  if (node === undefined) return { kind: "poison" };
  const position = axisPosition(node, axisArgument?.value, frame, call.span);
  return position === undefined ? { kind: "poison" } : runAlong(frame, name, node, position, call.span);
}

/** The axis meant, as a position from the left: by default a sequence's time in a model, else the last. */
function axisPosition(node: NodeValue, axis: Expression | undefined, frame: Frame, span: Span): number | undefined {
  const { context } = frame;
  const type = context.type(node);
  const own = ownAxes(type).length;
  const time = type.axes.findIndex((each) => each.tag === "time");
  const memory = type.axes.findIndex((each) => each.tag === "memory");
  const refuse = (title: string): undefined => {
    context.report(wrongType(title, axis?.span ?? span));
    return undefined;
  };
  if (axis === undefined) {
    if (time >= 0) return time;
    return own > 0 ? type.axes.length - 1 : refuse("a scalar has no axis");
  }
  if (axis.kind === "name" && axis.name === "time") {
    const found = time >= 0 ? time : memory;
    return found >= 0 ? found : refuse("this has no axis of time");
  }
  const value = evaluate(axis, frame);
  const number = value.kind === "static" ? wholeNumber(value.value) : undefined;
  if (number === undefined) return refuse("`axis` is a whole number or `time`");
  const fromLeft = number < 0 ? own + number : number;
  return fromLeft >= 0 && fromLeft < own
    ? type.axes.length - own + fromLeft
    : refuse(`there is no axis ${number} in ${context.show(node)}`);
}

/** What is gone along: the axis of `id` at `position`, and where that is the time of a model's sequence, as what the user wrote it. */
interface Line {
  readonly id: string;
  readonly position: number;
  readonly axis: Axis;
  readonly along: Along | undefined;
}

/** Runs `name` along the axis at `position`; of a ragged time it sees the real part only. */
export function runAlong(frame: Frame, name: string, node: NodeValue, position: number, span: Span): Value {
  const { context } = frame;
  const axis = context.type(node).axes[position] ?? fail("elaborate", "no axis");
  const along = axis.tag === "time" ? { time: axis.size, span, name: `${frame.path.path}.${name}` } : undefined;
  const line: Line = { id: node.id, position, axis, along };
  if (name === "sum") return context.node(sum(context, line), span, "");
  if (name === "mean") return mean(context, line, span);
  if (name !== "layernorm") return runRow(context, name, line, span);
  const result = layernorm(context, node.id, position, span);
  if (along !== undefined && result.kind === "node") note(context, result.id, "whole", along);
  return result;
}

function runRow(context: Elaboration, name: string, line: Line, span: Span): Value {
  const { position, axis, along } = line;
  const row = ALONG.get(name) ?? fail("elaborate", `no function ${name}`);
  if (row.language?.kind !== "along-axis") return fail("elaborate", `${name} runs along no axis`);
  const { masked: identity, overTime } = row.language;
  const rank = context.build.type(line.id).axes.length;
  const real = context.masked(line.id, position, identity);
  const goesOn = along !== undefined && overTime.kind === "prefix" && context.options.states === "carried";
  const result = goesOn
    ? context.node(prefixOver(context, along, real, { combine: overTime.combine, identity }), span, "")
    : context.op(row.name, [real], span, { axis: position - rank });
  if (result.kind !== "node") return result;
  if (along !== undefined && overTime.kind !== "fold") note(context, result.id, overTime.kind, along);
  if (context.type(result).axes.length === rank) return { ...result, id: context.masked(result.id, position, 0) };
  const reduced =
    along !== undefined && overTime.kind === "fold"
      ? { ...result, id: foldedOver(context, along, result.id, { combine: overTime.combine, identity }) }
      : result;
  return Number.isFinite(identity) || axis.tag === "plain" || name === "argmax"
    ? reduced
    : emptyIsZero(context, reduced, line, span);
}

/** Over a length of 0 the greatest and the smallest are 0. */
function emptyIsZero(context: Elaboration, result: NodeValue, line: Line, span: Span): Value {
  const { build } = context;
  const isReal = build.op("gt", [lengthAlong(context, line), build.constant(0)]);
  return context.op("select", [isReal, result.id, build.constant(0)], span);
}

const ADDED = { combine: "add", identity: 0 } as const;

/** How long a time is: one number for each example where they differ. */
function lengthAlong(context: Elaboration, { axis, along }: Line): string {
  const lengths = context.lengths(axis.size);
  const length = lengths === undefined ? sizeNode(context, axis.size) : context.build.op("float", [lengths]);
  return along === undefined ? length : addedUp(context, { ...along, name: `${along.name}.steps` }, length, ADDED);
}

/** By how many a mean along the axis divides: a sequence may be empty. */
function countAlong(context: Elaboration, line: Line): string {
  if (line.axis.tag === "plain") return sizeNode(context, line.axis.size);
  return context.build.op("max", [lengthAlong(context, line), context.build.constant(1)]);
}

function sum(context: Elaboration, { id, position, along }: Line): string {
  const { build } = context;
  const axes = [position - build.type(id).axes.length];
  const total = build.op("sum", [context.masked(id, position, 0)], { axes });
  return along === undefined ? total : foldedOver(context, along, total, ADDED);
}

function mean(context: Elaboration, line: Line, span: Span): Value {
  return context.op("div", [sum(context, line), countAlong(context, line)], span);
}

/** (a - mean) / sqrt(variance + 1e-5), with the biased variance and no gain. */
function layernorm(context: Elaboration, id: string, position: number, span: Span): Value {
  const { build } = context;
  const type = context.unifier.resolveType(build.type(id));
  const back = (reduced: string): string => reinsert(context, reduced, type, position);
  const axis = type.axes[position] ?? fail("elaborate", "no axis");
  const average = mean(context, { id, position, axis, along: undefined }, span);
  if (average.kind !== "node") return average;
  const centred = build.op("sub", [id, back(average.id)]);
  const variance = mean(context, { id: build.op("square", [centred]), position, axis, along: undefined }, span);
  if (variance.kind !== "node") return variance;
  const deviation = build.op("sqrt", [build.op("add", [variance.id, build.constant(1e-5)])]);
  return context.node(context.masked(build.op("div", [centred, back(deviation)]), position, 0), span, "");
}

function reinsert(context: Elaboration, reduced: string, type: Type, position: number): string {
  const tag = type.axes[position]?.tag;
  return tag === "time" ? reduced : context.build.op("unsqueeze", [reduced], { axis: position - type.axes.length });
}
