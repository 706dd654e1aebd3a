// Products of arrays: `@` and its relatives, all as one `contract`.
import { spanText, type Span } from "../../base/source.ts";
import { equal } from "../../shape/dim.ts";
import { leadingAxes, type Axis } from "../../shape/type.ts";
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

/** Contracts with own axes labelled by `left` and `right`; leading axes are matched by what they are. Only the real part of a memory's time counts. */
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
  const sides = [context.side(a.value, a.span, "this"), context.side(b.value, b.span, "this")];
  const whole = { left: la + labels.left, right: lb + labels.right, out: joinedLeading(la, lb) + labels.out };
  return context.opOfSides(sides, { name: "contract", operands: [real, b.value.id], span }, whole);
}

/** `a @ b`: the last axis of a with the first of b. */
export function product(context: Elaboration, operands: readonly Operand[], span: Span): Value {
  const [a, b] = operands;
  if (a === undefined || b === undefined) return { kind: "poison" };
  const [left, right] = [context.own(a.value), context.own(b.value)];
  const [last, first] = [left.at(-1), right[0]];
  if (last === undefined || first === undefined) {
    const scalar = last === undefined ? a : b;
    return context.report(wrongType("`@` needs arrays, but this is a scalar", scalar.span, "use `*` to scale"));
  }
  const instead = isSame(context, last, first) ? undefined : fittingProduct(context, a, b);
  if (context.because({ span, instead }, () => context.unifier.same(last, first)) === undefined) {
    const [one, other] = [last, first].map((axis) => context.showAxes([axis]).slice(1, -1));
    return context.report(
      wrongShape(
        `the sizes that \`@\` sums over differ: \`${one ?? ""}\` on the left, \`${other ?? ""}\` on the right`,
        span,
        [context.side(a.value, a.span, "the left"), context.side(b.value, b.span, "the right")],
        instead === undefined ? undefined : `this fits: \`${instead}\``,
      ),
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

function isSame(context: Elaboration, a: Axis, b: Axis): boolean {
  return a.tag === b.tag && equal(context.unifier.resolve(a.size), context.unifier.resolve(b.size));
}

/** The product of the same two that does not make two sizes equal: in the other order, or with one of them transposed. */
function fittingProduct(context: Elaboration, a: Operand, b: Operand): string | undefined {
  const [left, right] = [context.own(a.value), context.own(b.value)];
  const [x, y] = [a, b].map(({ span }) => operandText(span));
  const meets = (one: Axis | undefined, other: Axis | undefined): boolean =>
    one !== undefined && other !== undefined && isSame(context, one, other);
  const swapped = meets(right.at(-1), left[0]) ? [`${y} @ ${x}`] : [];
  const turned = [
    ...(left.length > 1 && meets(left.at(-2), right[0]) ? [`transpose(${x}) @ ${y}`] : []),
    ...(right.length === 2 && meets(left.at(-1), right[1]) ? [`${x} @ transpose(${y})`] : []),
  ];
  // With a vector both are the same product, and the other order is shorter.
  const [first] = left.length === 1 || right.length === 1 ? [...swapped, ...turned] : [...turned, ...swapped];
  return first;
}

/** An operand as it is written, in parentheses if it is more than a name or a call. */
function operandText(span: Span): string {
  const text = spanText(span);
  return /^[\p{L}\p{N}_.]+(?:\[[^[\]]*\]|\([^()]*\))?$/u.test(text) ? text : `(${text.replace(/^\((.*)\)$/s, "$1")})`;
}
