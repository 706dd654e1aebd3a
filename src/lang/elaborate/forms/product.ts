// Forms that multiply arrays: `outer`, `dot`.
import { type ShapeSide, wrongShape } from "../../messages.ts";
import type { Call } from "../arguments.ts";
import { runAlong } from "../along-axis.ts";
import type { Elaboration } from "../context.ts";
import type { Frame } from "../frame.ts";
import type { Operand } from "../product.ts";
import { POISON, type Value } from "../value.ts";
import { withArrays } from "./form.ts";

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
