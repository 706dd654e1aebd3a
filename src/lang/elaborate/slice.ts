// `a[i]` and `a[i:j]`: a part of the last axis. `M[i, a:b]`: parts of the axes from the left. Bounds are known at compile time.
import { add, constantOf, ONE, ZERO, type Dim } from "../../shape/dim.ts";
import type { Span } from "../../base/source.ts";
import { advice } from "../advice.ts";
import type { Expression, Index } from "../ast.ts";
import { notAllowed, wrongShape, wrongType } from "../messages.ts";
import { evaluate } from "./expression.ts";
import type { Frame } from "./frame.ts";
import type { Operand } from "./product.ts";
import { POISON, withElementsOf, type NodeValue, type Value } from "./value.ts";

type Sliced = Extract<Expression, { kind: "slice" | "element" | "indices" }>;

export function slice(expression: Sliced, frame: Frame): Value {
  const { context } = frame;
  const timed = expression.kind === "element" ? advice()?.indexedByTime(expression, frame) : undefined;
  if (timed !== undefined) return context.report(timed);
  const value = evaluate(expression.object, frame);
  if (value.kind === "static") return context.report(wrongType("a number has no elements", expression.span));
  const node = context.float(value, expression.object.span);
  if (node === undefined) return POISON;
  const rank = context.own(node).length;
  if (rank === 0) return context.report(wrongType("a scalar has no elements", expression.span));
  const indices = indicesOf(expression);
  if (indices.length > rank) {
    const title = `there are ${indices.length} indices for ${rank === 1 ? "one axis" : `${rank} axes`}`;
    const help = "a value has axes of its own only, none for its example or its time";
    return context.report(
      wrongShape(title, expression.span, [context.side(node, expression.object.span, "this")], help),
    );
  }
  // One alone is of the last axis, several count from the left.
  const first = indices.length === 1 ? rank - 1 : 0;
  const object = { value: node, span: expression.object.span };
  let cut: Value = node;
  for (const [place, index] of [...indices.entries()].toReversed()) {
    if (cut.kind !== "node") return cut;
    cut = along(frame, { ...object, value: cut }, index, { position: first + place, span: expression.span });
  }
  return cut.kind === "node" ? { ...context.node(cut.id, expression.span, ""), ...probabilityOf(node) } : cut;
}

function probabilityOf(node: NodeValue): Pick<NodeValue, "probability"> {
  const { probability } = node;
  return probability === undefined ? {} : { probability };
}

function indicesOf(expression: Sliced): readonly Index[] {
  switch (expression.kind) {
    case "slice":
      return [{ kind: "range", from: expression.from, to: expression.to }];
    case "element":
      return [{ kind: "one", at: expression.index }];
    case "indices":
      return expression.indices;
  }
}

/** The part of one axis, counted from the left; an index takes the axis away. The axes before it are whole still. */
function along(
  frame: Frame,
  object: Operand,
  index: Index,
  { position, span }: { readonly position: number; readonly span: Span },
): Value {
  const { context } = frame;
  const { value: node } = object;
  const own = context.own(node);
  const axis = own[position];
  if (axis === undefined) return POISON;
  if (index.kind === "range" && index.from === null && index.to === null) return node;
  if (axis.tag === "memory") {
    const why = "its length differs from example to example";
    return context.report(notAllowed("an axis of time cannot be sliced", span, why));
  }
  const from = bound(index.kind === "range" ? index.from : index.at, frame, ZERO);
  const to = index.kind === "one" ? from && add(from, ONE) : bound(index.to, frame, axis.size);
  if (from === undefined || to === undefined) return context.report(wrongType("an index must be a constant", span));
  const [low, high, size] = [from, to, context.unifier.resolve(axis.size)].map(constantOf);
  const isOutside =
    (low !== undefined && low < 0) ||
    (low !== undefined && high !== undefined && low > high) ||
    (high !== undefined && size !== undefined && high > size);
  if (isOutside)
    return context.report(
      wrongShape("this reaches outside the array", span, [context.side(node, object.span, "this")]),
    );
  const cut = context.op("slice", [node.id], span, { axis: position - own.length, dims: [from, to] });
  if (index.kind === "range" || cut.kind !== "node") return withElementsOf(node, cut);
  const rest = own.toSpliced(position, 1);
  return rest.some((each) => each.tag === "memory")
    ? context.op("sum", [cut.id], span, { axes: [position - own.length] })
    : context.op("reshape", [cut.id], span, { dims: rest.map((each) => each.size) });
}

function bound(expression: Expression | null, frame: Frame, otherwise: Dim): Dim | undefined {
  if (expression === null) return otherwise;
  const known = evaluate(expression, frame);
  return known.kind === "static" ? known.value : undefined;
}
