// Forms that multiply arrays: `outer`, `dot`, `einsum`.
import { type ShapeSide, wrongShape, wrongType } from "../../messages.ts";
import { type Call, hasNoNames } from "../arguments.ts";
import { runAlong } from "../along-axis.ts";
import type { Elaboration } from "../context.ts";
import type { Frame } from "../frame.ts";
import { contract, OWN_LABELS, type Operand } from "../product.ts";
import { POISON, type Value } from "../value.ts";
import { operandOf, withArrays } from "./form.ts";

export function outer(call: Call, frame: Frame): Value {
  return withArrays(call, frame, ["a", "b"], (context, [a, b]) => {
    if (a === undefined || b === undefined) return POISON;
    // A product without a contracted axis: each operand keeps its own axes, and gets an axis of size 1 for each axis of the other.
    const opened = context.own(b.value).reduce((id) => context.build.op("unsqueeze", [id], { axis: -1 }), a.value.id);
    return context.opOfSides(sidesOf(context, [a, b]), {
      name: "mul",
      operands: [opened, b.value.id],
      span: call.span,
    });
  });
}

function sidesOf(context: Elaboration, operands: readonly Operand[]): readonly ShapeSide[] {
  return operands.map(({ value, span }) => context.side(value, span, "this"));
}

export function dot(call: Call, frame: Frame): Value {
  return withArrays(call, frame, ["a", "b"], (context, [a, b]) => {
    if (a === undefined || b === undefined) return POISON;
    const [left, right] = [context.own(a.value).at(-1), context.own(b.value).at(-1)];
    if (left === undefined || right === undefined || context.unifier.same(left, right) === undefined) {
      return context.report(
        wrongShape("`dot` needs two arrays of equal last size", call.span, [
          context.side(a.value, a.span, "the left"),
          context.side(b.value, b.span, "the right"),
        ]),
      );
    }
    const times = context.opOfSides(sidesOf(context, [a, b]), {
      name: "mul",
      operands: [a.value.id, b.value.id],
      span: call.span,
    });
    if (times.kind !== "node") return times;
    return runAlong(frame, "sum", times, context.type(times).axes.length - 1, call.span);
  });
}

export function einsum(call: Call, frame: Frame): Value {
  const { context } = frame;
  if (!hasNoNames(call, frame, 'write `einsum("ij,j->i", a, b)`')) return POISON;
  const [pattern, ...rest] = call.arguments;
  if (pattern?.value.kind !== "string")
    return context.report(wrongType("the first argument of `einsum` must be its pattern in quotes", call.span));
  const match = /^([a-z]*)(?:,([a-z]*))?->([a-z]*)$/.exec(pattern.value.value.replaceAll(" ", ""));
  const operands = rest.map((argument) => operandOf(argument.value, frame)).filter((each) => each !== undefined);
  if (operands.length < rest.length) return POISON;
  const inputs = match === null ? [] : [match[1], match[2]].filter((each) => each !== undefined);
  if (match === null || inputs.length !== operands.length) {
    return context.report(
      wrongType("this pattern must have one or two operands", pattern.value.span, 'as in "hij,hj->hi"'),
    );
  }
  const unlike = operands.find((operand, index) => context.own(operand.value).length !== (inputs[index] ?? "").length);
  if (unlike !== undefined)
    return context.report(
      wrongShape("the number of axes differs from the pattern", pattern.value.span, [
        context.side(unlike.value, unlike.span, "this"),
      ]),
    );
  return einsumOf(context, operands, inputs, match[3] ?? "", call);
}

/** Axes of only one operand that the result lacks are summed first. Axes that repeat within one operand are refused. */
function einsumOf(
  context: Elaboration,
  operands: readonly Operand[],
  inputs: readonly string[],
  out: string,
  call: Call,
): Value {
  if ([...inputs, out].some((text) => new Set(text).size < text.length)) {
    return context.report(
      wrongType(
        "a letter occurs twice in one operand, which is not supported",
        call.span,
        "to keep only the diagonal, multiply by `eye(n)`",
      ),
    );
  }
  const reduced = operands.map((operand, index) => {
    const labels = inputs[index] ?? "";
    const others = inputs.filter((_, each) => each !== index).join("") + out;
    const alone = [...labels].flatMap((label, position) => (others.includes(label) ? [] : [position - labels.length]));
    const rank = context.type(operand.value).axes.length;
    const real = alone.reduce((value, axis) => context.masked(value, rank + axis, 0), operand.value.id);
    const id = alone.length === 0 ? real : context.build.op("sum", [real], { axes: alone });
    return {
      operand: { ...operand, value: { ...operand.value, id } },
      labels: [...labels].filter((label) => others.includes(label)).join(""),
    };
  });
  const [a, b] = reduced;
  if (a === undefined) return POISON;
  if (b !== undefined) {
    const labels = rename([a.labels, b.labels, out]);
    return contract(
      context,
      [a.operand, b.operand],
      { left: labels[0] ?? "", right: labels[1] ?? "", out: labels[2] ?? "" },
      call.span,
    );
  }
  const order = [...out].map((label) => a.labels.indexOf(label) - a.labels.length);
  return context.op("permute", [a.operand.value.id], call.span, { order });
}

/** The user's letters as own labels, which are never those of time and batch. */
function rename(texts: readonly string[]): readonly string[] {
  const letters = [...new Set(texts.join(""))];
  return texts.map((text) => [...text].map((letter) => OWN_LABELS[letters.indexOf(letter)] ?? "").join(""));
}
