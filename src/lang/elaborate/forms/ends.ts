// `first` and `last`: one step of each example's sequence, at its own length.
import { fail } from "../../../base/invariant.ts";
import type { Span } from "../../../base/source.ts";
import { timeOf } from "../../../shape/type.ts";
import type { Expression } from "../../ast.ts";
import { wrongType } from "../../messages.ts";
import { firstWithoutSequence, lastOfBothWays, lastOfReversed } from "../../messages-time.ts";
import { readArguments } from "../arguments.ts";
import { evaluate } from "../expression.ts";
import type { Elaboration } from "../context.ts";
import type { Frame } from "../frame.ts";
import { markedBy } from "../lengths.ts";
import { firstOver, lastOver, note } from "../over-time.ts";
import { computedLengths } from "../padding.ts";
import { POISON, withElementsOf, type Value } from "../value.ts";
import type { Form } from "./form.ts";

export function end(which: "first" | "last"): Form {
  return (call, frame) => {
    const { context } = frame;
    const expression = readArguments(call, frame, ["a"])?.get("a");
    if (expression === undefined) return POISON;
    if (which === "first" && frame.outside.isHere) return firstOfInputs(expression, call.span, frame);
    const value = evaluate(expression, frame);
    const node = context.float(value, expression.span);
    if (node === undefined) return POISON;
    if (timeOf(context.type(node)) === undefined) {
      return context.report(wrongType(`\`${which}\` needs a sequence`, expression.span));
    }
    if (which === "last" && node.halves !== undefined) {
      const forward = pick(frame, node.halves.forward, "last", call.span);
      const backward = pick(frame, node.halves.backward, "first", call.span);
      return withElementsOf(node, context.op("concat", [forward, backward], call.span, { axis: -1 }));
    }
    if (which === "last") warnOfReversed(context, node.id, call.span);
    return withElementsOf(node, context.node(pick(frame, node.id, which, call.span), call.span, ""));
  };
}

/** In an initial value of a cell, the value at the step with which the cell begins: from right to left that is the last. */
function firstOfInputs(expression: Expression, span: Span, frame: Frame): Value {
  const { context } = frame;
  const node = context.float(
    frame.outside.atFirstStep(() => evaluate(expression, frame)),
    expression.span,
  );
  if (node === undefined) return POISON;
  const time = timeOf(context.type(node));
  if (time === undefined) return context.report(firstWithoutSequence(expression.span));
  // An example without steps is computed as another one.
  const lengths = computedLengths(context, { tag: "time", size: time });
  const mark = markedBy(context.build, lengths, time, { which: frame.isReverse ? "last" : "first", memory: false });
  const id = atMark(context, node.id, mark);
  note(context, id, "first", { time, span });
  return withElementsOf(node, context.node(id, span, ""));
}

function atMark({ build }: Elaboration, id: string, mark: string): string {
  const zero = build.constant(0);
  return build.op("sum", [build.op("select", [mark, id, zero])], { axes: [-build.type(id).axes.length] });
}

/** Whether this is the result of a scan from right to left, through functions of each step. A scan that reads it from the left depends on all steps. */
function warnOfReversed(context: Elaboration, id: string, span: Span): void {
  const scans = scansBehind(context, id);
  const reversed = scans.filter((isReverse) => isReverse).length;
  if (reversed === 0) return;
  context.report(reversed === scans.length ? lastOfReversed(span) : lastOfBothWays(span));
}

/** For each scan that this node reads step by step: whether it runs from right to left. */
function scansBehind({ build }: Elaboration, id: string): readonly boolean[] {
  const met = new Set([id]);
  const found: boolean[] = [];
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = build.node(next);
    if (timeOf(node.type) === undefined && node.op !== "scan") continue;
    if (node.op === "scan") found.push(node.attributes["reverse"] === true);
    else open.push(...node.operands.filter((operand) => !met.has(operand)));
    node.operands.forEach((operand) => met.add(operand));
  }
  return found;
}

/** The value at each example's own first or last step; 0 for an example without steps. */
export function pick(frame: Frame, id: string, which: "first" | "last", span: Span): string {
  const { context } = frame;
  const type = context.unifier.resolveType(context.build.type(id));
  const time = timeOf(type) ?? fail("elaborate", "no sequence");
  const chunk = atMark(context, id, context.marks(time, which, { memory: false }));
  const along = { time, span, name: `${frame.path.path}.${which}` };
  return which === "first" ? firstOver(context, along, chunk) : lastOver(context, along, chunk);
}
