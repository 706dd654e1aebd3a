// How operands of an element-wise operation line up: time and batch by what they are, own axes from the right.
import { constantOf } from "./dim.ts";
import { leadingAxes, ownAxes, type Axis, type DType, type Tag, type Type } from "./type.ts";
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
  // Before they are compared: an unknown size that meets a 1 that is to be stretched is not thereby 1.
  if (isOne(a.axis, compare)) return b;
  if (isOne(b.axis, compare)) return a;
  const same = compare.same(a.axis, b.axis);
  if (same !== undefined) return { axis: same, operand: a.operand };
  throw new ShapeMismatch("sizes differ", [a.operand, b.operand], [a.axis, b.axis]);
}

function mergeLeading(types: readonly Type[], tag: Tag, compare: AxisComparison): readonly Axis[] {
  const placed = types.flatMap((type, operand) =>
    leadingAxes(type)
      .filter((axis) => axis.tag === tag)
      .map((axis) => ({ axis, operand })),
  );
  const [first, ...rest] = placed;
  if (first === undefined) return [];
  return [rest.reduce((a, b) => merge(a, b, compare), first).axis];
}

/** The type of an element-wise operation. Graphs also stretch a plain axis of size 1, which the language never does by itself. */
export function broadcastTypes(types: readonly Type[], dtype: DType, compare: AxisComparison): Type {
  const rank = Math.max(0, ...types.map((type) => ownAxes(type).length));
  const own = Array.from({ length: rank }, (_, index) => {
    const fromRight = rank - index;
    const placed = types.flatMap((type, operand) => {
      const axes = ownAxes(type);
      const axis = axes[axes.length - fromRight];
      return axis === undefined ? [] : [{ axis, operand }];
    });
    return placed.reduce((a, b) => merge(a, b, compare)).axis;
  });
  return { dtype, axes: [...mergeLeading(types, "time", compare), ...mergeLeading(types, "batch", compare), ...own] };
}

/**
 * For each axis of `result`, the position of the operand's axis that meets it, or -1 where the operand has none.
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
