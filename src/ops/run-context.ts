// Axes and sizes from a run context.
import { at, fail } from "../base/invariant.ts";
import type { RunContext } from "./row.ts";

export function dimValue({ dims }: Pick<RunContext, "dims">, index: number): number {
  return at(dims, index, "run");
}

/** An axis counted from the right (-1 is the last), as a position from the left. */
export function axisFrom({ axis }: { readonly axis: number }, rank: number): number {
  return axis < 0 && rank + axis >= 0 ? rank + axis : fail("op table", `no axis ${axis}`);
}

export function axesFrom({ axes }: { readonly axes: readonly number[] }, rank: number): readonly number[] {
  return axes.map((axis) => axisFrom({ axis }, rank));
}
