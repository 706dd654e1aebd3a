// How operands of an element-wise operation align: time and batch by what they are, own axes from the right.
import { constantOf } from "./dim.ts";
import { ownAxes, type Axis, type DType, type Tag, type Type } from "./type.ts";
import type { AxisComparison } from "./unify.ts";

/** Thrown by a shape rule; `operands` are the positions of the two that do not fit. */
export class ShapeMismatch extends Error {
  readonly operands: readonly [number, number];
  readonly axes: readonly [Axis | undefined, Axis | undefined];
  constructor(
    message: string,
    operands: readonly [number, number],
    axes: readonly [Axis | undefined, Axis | undefined],
  ) {
    super(message);
    this.operands = operands;
    this.axes = axes;
  }
}

function isOne(axis: Axis, compare: AxisComparison): boolean {
  return axis.tag === "plain" && constantOf(compare.resolve(axis.size)) === 1;
}

interface Placed {
  readonly axis: Axis;
  readonly operand: number;
}

function merge(a: Placed, b: Placed, compare: AxisComparison): Placed {
  if (a.axis.stretches === true) return b;
  if (b.axis.stretches === true) return a;
  // Before the comparison: an unknown size that meets a 1 that is stretched does not become 1.
  if (isOne(a.axis, compare)) return b;
  if (isOne(b.axis, compare)) return a;
  const same = compare.same(a.axis, b.axis);
  if (same !== undefined) return { axis: same, operand: a.operand };
  throw new ShapeMismatch("sizes differ", [a.operand, b.operand], [a.axis, b.axis]);
}

/** The common axis of all operands; none if no operand has one. */
function meet(axes: readonly (Axis | undefined)[], compare: AxisComparison): readonly Axis[] {
  let met: Placed | undefined;
  axes.forEach((axis, operand) => {
    if (axis !== undefined) met = met === undefined ? { axis, operand } : merge(met, { axis, operand }, compare);
  });
  return met === undefined ? [] : [met.axis];
}

/** The type of an element-wise operation. Graphs also stretch a plain axis of size 1, which the language does not. */
export function broadcastTypes(types: readonly Type[], dtype: DType, compare: AxisComparison): Type {
  const ownOfEach = types.map(ownAxes);
  const own: Axis[] = [];
  for (let fromRight = Math.max(0, ...ownOfEach.map(({ length }) => length)); fromRight > 0; fromRight--)
    own.push(
      ...meet(
        ownOfEach.map((axes) => axes[axes.length - fromRight]),
        compare,
      ),
    );
  const leading = (tag: Tag): readonly Axis[] =>
    meet(
      types.map(({ axes }) => axes.find((axis) => axis.tag === tag)),
      compare,
    );
  return { dtype, axes: [...leading("time"), ...leading("batch"), ...own] };
}

/**
 * For each axis of `result`, the position of the operand's axis that meets it, or -1 if the operand has none.
 * The operand is repeated along an axis with -1, and along one where its own size is 1.
 */
export function alignment<A extends { readonly tag: Tag }>(
  operand: readonly A[],
  result: readonly A[],
): readonly number[] {
  const isOwn = (axis: A): boolean => axis.tag === "plain" || axis.tag === "memory";
  return result.map((axis, position) => {
    if (!isOwn(axis)) return operand.findIndex((each) => each.tag === axis.tag);
    const fromRight = result.length - position;
    const index = operand.length - fromRight;
    const candidate = operand[index];
    return candidate !== undefined && isOwn(candidate) ? index : -1;
  });
}
