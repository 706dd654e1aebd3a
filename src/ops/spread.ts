// The adjoint of reducing: restores the reduced axes of a cotangent or a reduced value.
import { at } from "../base/invariant.ts";
import type { Type } from "../shape/type.ts";
import type { GradientContext } from "./row.ts";
import { unsqueezed } from "./sum-to.ts";

type Spreading = Pick<GradientContext, "build" | "operandType">;

/** Repeats `cotangent`, of the reduced value, along the reduced axes. */
export function spread(context: Spreading & { readonly cotangent: string }, axes: readonly number[]): string {
  const { build, cotangent } = context;
  const type = context.operandType(0);
  const open = unsqueezed(
    build,
    cotangent,
    axes.filter((axis) => isOwn(type, axis)),
  );
  return build.op("broadcast", [open], { type: { dtype: "float", axes: type.axes } });
}

/** A reduced value with an axis of size 1 at `axis`. An axis of time needs none: broadcasting adds it. */
export function reinsert({ build, operandType }: Spreading, axis: number, reduced: string): string {
  return isOwn(operandType(0), axis) ? build.op("unsqueeze", [reduced], { axis }) : reduced;
}

function isOwn(type: Type, axis: number): boolean {
  const tag = at(type.axes, type.axes.length + axis, "gradient").tag;
  return tag === "plain" || tag === "memory";
}
