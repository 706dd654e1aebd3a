// Products of arrays: `@` and its relatives, all as one `contract`.
import type { Span } from "../../base/source.ts";
import { leadingAxes } from "../../shape/type.ts";
import { wrongShape, wrongType } from "../messages.ts";
import type { Elaboration } from "./context.ts";
import type { NodeValue, Value } from "./value.ts";

export interface Operand {
  readonly value: NodeValue;
  readonly span: Span;
}

/** Letters for time and batch, the same in every operand. */
export function leadingLabels(context: Elaboration, value: NodeValue): string {
  return leadingAxes(context.type(value))
    .map((axis) => (axis.tag === "time" ? "t" : "b"))
    .join("");
}

function joinedLeading(a: string, b: string): string {
  return ["t", "b"].filter((label) => a.includes(label) || b.includes(label)).join("");
}

export const OWN_LABELS = "ijklmnopqrsuvwxyz";

/** Contracts with own axes labelled by `left` and `right` and leading axes matched by what they are. Of a memory's time only the real part counts. */
export function contract(
  context: Elaboration,
  operands: readonly [Operand, Operand],
  labels: { readonly left: string; readonly right: string; readonly out: string },
  span: Span,
): Value {
  const [a, b] = operands;
  const [la, lb] = [leadingLabels(context, a.value), leadingLabels(context, b.value)];
  const first = context.type(a.value).axes.length - labels.left.length;
  const real = [...labels.left].reduce(
    (id, label, index) => (labels.out.includes(label) ? id : context.masked(id, first + index, 0)),
    a.value.id,
  );
  return context.op(
    "contract",
    [real, b.value.id],
    span,
    { left: la + labels.left, right: lb + labels.right, out: joinedLeading(la, lb) + labels.out },
    [context.side(a.value, a.span, "this"), context.side(b.value, b.span, "this")],
  );
}

/** `a @ b`: the last axis of a with the first of b. */
export function product(context: Elaboration, operands: readonly Operand[], span: Span): Value {
  const [a, b] = operands;
  if (a === undefined || b === undefined) return { kind: "poison" };
  const [left, right] = [context.own(a.value), context.own(b.value)];
  const [last, first] = [left.at(-1), right[0]];
  if (last === undefined || first === undefined) {
    const scalar = last === undefined ? a : b;
    return context.report(wrongType("`@` needs arrays, and this is a scalar", scalar.span, "use `*` to scale"));
  }
  if (context.unifier.same(last, first) === undefined) {
    return context.report(
      wrongShape("`@` contracts the last size of the left with the first of the right, and these differ", span, [
        context.side(a.value, a.span, "the left"),
        context.side(b.value, b.span, "the right"),
      ]),
    );
  }
  const leftLabels = OWN_LABELS.slice(0, left.length);
  const rightLabels = leftLabels.slice(-1) + OWN_LABELS.slice(left.length, left.length + right.length - 1);
  return contract(
    context,
    [a, b],
    { left: leftLabels, right: rightLabels, out: leftLabels.slice(0, -1) + rightLabels.slice(1) },
    span,
  );
}
