// Whether the axes of several values align like those of operands of an element-wise op: from the right.
// An axis of size 1 is repeated only if `expand` made it.
import type { Axis } from "../../shape/type.ts";
import type { Elaboration } from "./context.ts";

export interface Misfit {
  /** The positions of two values that do not fit. */
  readonly values: readonly [number, number];
  /** The two sizes, in the names of the spec. */
  readonly sizes: readonly [string, string];
}

/** Makes axes that meet equal; returns the first two of `values` that cannot be, if there are any. */
export function misfit(context: Elaboration, values: readonly (readonly Axis[])[]): Misfit | undefined {
  const rank = Math.max(0, ...values.map((axes) => axes.length));
  for (let fromRight = 1; fromRight <= rank; fromRight++) {
    const here = values.flatMap((axes, index) => {
      const axis = axes.at(-fromRight);
      return axis === undefined || axis.stretches === true ? [] : [{ index, axis }];
    });
    const [first, ...rest] = here;
    if (first === undefined) continue;
    const wrong = rest.find(({ axis }) => context.unifier.same(first.axis, axis) === undefined);
    if (wrong !== undefined)
      return {
        values: [first.index, wrong.index],
        sizes: [context.sizes.inWords(first.axis.size), context.sizes.inWords(wrong.axis.size)],
      };
  }
  return undefined;
}
