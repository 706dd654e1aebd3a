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
  const mayDiffer = form.kind === "labels";
  const sameTime =
    expected === undefined || got === undefined ? expected === got : mayDiffer || context.unifier.unify(expected, got);
  const own = context.own(from);
  const expectedAxes = form.axes;
  const sameShape =
    own.length === expectedAxes.length &&
    own.every((axis, index) => {
      const other = expectedAxes[index];
      return other !== undefined && context.unifier.same(other, axis) !== undefined;
    });
  if (sameTime && sameShape) return true;
  const help = sameTime
    ? helpOf(context, form, target)
    : HELP_OF_TIME[mayDiffer ? "labels" : expected === undefined ? "once" : "steps"];
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

const HELP_OF_TIME = {
  labels: "predict labels from a sequence of scores: `linear(h, out = V + 1)`, without `last` or `mean`",
  once: "reduce the sequence to one value: `last(h)` or `mean(h)`",
  steps: "predict a sequence from a sequence of equal length",
} as const;

/** What gives the shape of a step. */
function helpOf(context: Elaboration, { kind, axes }: LossForm, { value: { token } }: Target): string {
  const size = token === undefined ? "V" : context.showDim(token.size).replaceAll("?", "V");
  switch (kind) {
    case "token":
      return `logits have one number for each token: \`linear(…, out = ${size})\``;
    case "labels":
      return `there is one score for each label, and a last one for the blank: \`linear(…, out = ${size} + 1)\``;
    case "number":
    case "binary":
      return `\`linear(…, out = ${context.showAxes(axes)})\` gives this shape`;
  }
}
