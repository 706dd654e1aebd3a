// `a[i]` and `a[i:j]`: a part of the last axis, between bounds known at compile time.
import { constant, constantOf, ZERO } from "../../shape/dim.ts";
import type { Expression } from "../ast.ts";
import { notAllowed, wrongShape, wrongType } from "../messages.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import { indexedByTime } from "./hints.ts";
import { staticBinary } from "./static.ts";
import { withElementsOf, type Value } from "./value.ts";

export function slice(expression: Extract<Expression, { kind: "slice" | "element" }>, frame: Frame): Value {
  const { context } = frame;
  const timed = expression.kind === "element" ? indexedByTime(expression, frame) : undefined;
  if (timed !== undefined) return context.report(timed);
  const value = evaluate(expression.object, frame);
  if (value.kind === "static") return context.report(wrongType("a number has no elements", expression.span));
  const node = context.float(value, expression.object.span);
  if (node === undefined) return { kind: "poison" };
  const axis = context.own(node).at(-1);
  if (axis === undefined) return context.report(wrongType("a scalar has no elements", expression.span));
  if (axis.tag === "memory")
    return context.report(
      notAllowed("an axis of time cannot be sliced", expression.span, "its length differs from example to example"),
    );
  const bound = (each: Expression | null, otherwise: typeof ZERO): typeof ZERO | undefined => {
    if (each === null) return otherwise;
    const known = evaluate(each, frame);
    return known.kind === "static" ? known.value : undefined;
  };
  const from = expression.kind === "slice" ? bound(expression.from, ZERO) : bound(expression.index, ZERO);
  const to =
    expression.kind === "slice"
      ? bound(expression.to, axis.size)
      : from === undefined
        ? undefined
        : staticBinary("+", from, constant(1));
  if (from === undefined || to === undefined)
    return context.report(wrongType("an index must be a constant", expression.span));
  const [low, high, size] = [from, to, context.unifier.resolve(axis.size)].map(constantOf);
  if (
    (low !== undefined && low < 0) ||
    (low !== undefined && high !== undefined && low > high) ||
    (high !== undefined && size !== undefined && high > size)
  ) {
    return context.report(
      wrongShape("this reaches outside the array", expression.span, [
        context.side(node, expression.object.span, "this"),
      ]),
    );
  }
  const cut = withElementsOf(node, context.op("slice", [node.id], expression.span, { axis: -1, dims: [from, to] }));
  if (expression.kind === "slice" || cut.kind !== "node") return cut;
  const rest = context.own(node).slice(0, -1);
  const element = rest.some((each) => each.tag === "memory")
    ? context.op("sum", [cut.id], expression.span, { axes: [-1] })
    : context.op("reshape", [cut.id], expression.span, { dims: rest.map((each) => each.size) });
  return withElementsOf(node, element);
}
