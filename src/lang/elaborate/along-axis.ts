// Functions along one axis of a value: rows of the op table, and what is made of rows: sums and means here, others in `statistics.ts`.
import { fail } from "../../base/invariant.ts";
import type { Span } from "../../base/source.ts";
import type { OpRow } from "../../ops/row.ts";
import { ROWS } from "../../ops/table.ts";
import type { Axis } from "../../shape/type.ts";
import type { Elaboration } from "./context.ts";
import type { Frame } from "./frame.ts";
import { sizeNode } from "./size-node.ts";
import { addedUp, foldedOver, note, prefixOver, type Along } from "./over-time.ts";
import { held, maskedToKeep } from "./padding.ts";
import { STATISTICS } from "./statistics.ts";
import type { NodeValue, Value } from "./value.ts";

/** Functions along an axis that are rows, by their names in the language. */
export const ALONG: ReadonlyMap<string, OpRow> = new Map(
  ROWS.flatMap((row) => (row.language?.kind === "along-axis" ? [[row.language.name, row] as const] : [])),
);

/** The axis of `id` at `position`. If it is the time of a model's sequence, also the user's call. */
interface Line {
  readonly id: string;
  readonly position: number;
  readonly axis: Axis;
  readonly along: Along | undefined;
}

/** Runs `name` along the axis at `position`; only the real part of a ragged time is read. */
export function runAlong(frame: Frame, name: string, node: NodeValue, position: number, span: Span): Value {
  const { context } = frame;
  const axis = context.type(node).axes[position] ?? fail("elaborate", "no axis");
  const along = axis.tag === "time" ? { time: axis.size, span, name: `${frame.path.path}.${name}` } : undefined;
  const line: Line = { id: node.id, position, axis, along };
  if (name === "sum") return context.node(sum(context, line), span, "");
  if (name === "mean") return mean(context, line, span);
  const statistic = STATISTICS.get(name);
  if (statistic === undefined) return runRow(context, name, line, span);
  const result = context.node(statistic.build(context, node.id, position), span, "");
  if (along !== undefined) note(context, result.id, "whole", along);
  return result;
}

function runRow(context: Elaboration, name: string, line: Line, span: Span): Value {
  const { position, axis, along } = line;
  const row = ALONG.get(name) ?? fail("elaborate", `no function ${name}`);
  if (row.language?.kind !== "along-axis") return fail("elaborate", `${name} runs along no axis`);
  const { masked: identity, overTime } = row.language;
  if (along !== undefined && overTime.kind === "prefix" && goesByLoop(context, overTime)) {
    const real = context.masked(line.id, position, identity);
    const results = prefixOver(context, along, real, { combine: overTime.combine, identity });
    return context.node(Number.isFinite(identity) ? results : held(context, results, position), span, "");
  }
  const type = context.build.type(line.id);
  const attributes = { axis: position - type.axes.length };
  const keepsAxis = row.type([type], attributes, context.unifier).axes.length === type.axes.length;
  const real = keepsAxis
    ? maskedToKeep(context, line.id, position, identity)
    : context.masked(line.id, position, identity);
  const result = context.op(row.name, [real], span, attributes);
  if (result.kind !== "node") return result;
  if (along !== undefined && overTime.kind !== "fold") note(context, result.id, overTime.kind, along);
  if (keepsAxis) return { ...result, id: held(context, result.id, position) };
  const reduced =
    along !== undefined && overTime.kind === "fold"
      ? { ...result, id: foldedOver(context, along, result.id, { combine: overTime.combine, identity }) }
      : result;
  return Number.isFinite(identity) || axis.tag === "plain" || name === "argmax"
    ? reduced
    : emptyIsZero(context, reduced, line, span);
}

function goesByLoop({ options }: Elaboration, { isLoop = false }: { readonly isLoop?: boolean }): boolean {
  return isLoop || options.states === "carried";
}

/** Over a length of 0 the greatest and the smallest are 0. */
function emptyIsZero(context: Elaboration, result: NodeValue, line: Line, span: Span): Value {
  const { build } = context;
  const isReal = build.op("gt", [lengthAlong(context, line), build.constant(0)]);
  return context.op("select", [isReal, result.id, build.constant(0)], span);
}

const ADDED = { combine: "add", identity: 0 } as const;

/** The length of a time: one number for each example if they differ. */
function lengthAlong(context: Elaboration, { axis, along }: Line): string {
  const lengths = context.lengths(axis.size);
  const length = lengths === undefined ? sizeNode(context, axis.size) : context.build.op("float", [lengths]);
  return along === undefined ? length : addedUp(context, { ...along, name: `${along.name}.steps` }, length, ADDED);
}

/** The divisor of a mean along the axis; a sequence may be empty. */
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
