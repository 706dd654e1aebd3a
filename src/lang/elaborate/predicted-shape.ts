// Whether an expression has the shape that a loss asks for, and the time of the target.
import { timeOf } from "../../shape/type.ts";
import type { Statement } from "../ast.ts";
import { wrongShape } from "../messages.ts";
import type { Elaboration } from "./context.ts";
import type { LossForm } from "./losses.ts";
import type { Target } from "./predicted-target.ts";
import type { NodeValue } from "./value.ts";

type Predict = Extract<Statement, { kind: "predict" }>;

interface Expected {
  readonly from: NodeValue;
  readonly form: LossForm;
}

/** Reports what does not fit. */
export function fits(context: Elaboration, statement: Predict, target: Target, { from, form }: Expected): boolean {
  const [expected, got] = [timeOf(context.type(target.value)), timeOf(context.type(from))];
  const sameTime =
    expected === undefined || got === undefined ? expected === got : context.unifier.unify(expected, got);
  const own = context.own(from);
  const token = target.value.token;
  const expectedAxes = form.axes;
  const sameShape =
    own.length === expectedAxes.length &&
    own.every((axis, index) => {
      const other = expectedAxes[index];
      return other !== undefined && context.unifier.same(other, axis) !== undefined;
    });
  if (sameTime && sameShape) return true;
  const help = !sameTime
    ? expected === undefined
      ? "reduce the sequence to one value: `last(h)` or `mean(h)`"
      : "predict a sequence from a sequence of equal length"
    : form.kind === "token"
      ? `logits have one number for each token: \`linear(…, out = ${token === undefined ? "V" : context.showDim(token.size).replaceAll("?", "V")})\``
      : `\`linear(…, out = ${context.showAxes(expectedAxes)})\` gives this shape`;
  context.report(
    wrongShape(
      `\`${target.name}\` cannot be predicted from this`,
      statement.from.span,
      [context.side(from, statement.from.span, "this"), context.side(target.value, target.span, `\`${target.name}\``)],
      help,
    ),
  );
  return false;
}
