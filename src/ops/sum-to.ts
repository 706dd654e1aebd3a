// The adjoint of broadcasting: sums a cotangent to the type of the operand that was repeated.
import { at } from "../base/invariant.ts";
import { alignment } from "../shape/broadcast.ts";
import { constantOf } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import type { Builder } from "./builder.ts";

export function sumTo(build: Builder, cotangent: string, operand: Type): string {
  const result = build.type(cotangent);
  const rank = result.axes.length;
  const where = alignment(operand.axes, result.axes);
  const absent = where.flatMap((index, position) => (index < 0 ? [position - rank] : []));
  const stretched = where.flatMap((index, position) => {
    if (index < 0 || constantOf(at(operand.axes, index, "gradient").size) !== 1) return [];
    return constantOf(at(result.axes, position, "gradient").size) === 1 ? [] : [position - rank];
  });
  const axes = [...absent, ...stretched].sort((a, b) => a - b);
  if (axes.length === 0) return cotangent;
  const summed = build.op("sum", [cotangent], { axes });
  return unsqueezed(build, summed, stretched);
}

/** `value` with own axes of size 1 at the positions `axes` of the result, counted from the right. */
export function unsqueezed(build: Builder, value: string, axes: readonly number[]): string {
  // The last first: those before it are counted from behind it.
  return axes.toSorted((a, b) => b - a).reduce((open, axis) => build.op("unsqueeze", [open], { axis }), value);
}
