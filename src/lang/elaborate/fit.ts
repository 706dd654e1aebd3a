// Whether axes of several values line up as operands of an element-wise op do: from the right. The language never stretches an axis.
import { printDim } from "../../shape/dim.ts";
import type { Axis } from "../../shape/type.ts";
import type { Elaboration } from "./context.ts";

export interface Misfit {
  /** The positions of two values that do not fit. */
  readonly values: readonly [number, number];
  /** The two sizes, as they are shown. */
  readonly sizes: readonly [string, string];
}

/** Makes axes that meet equal; the first two of `values` that cannot be, if there are any. */
export function misfit(context: Elaboration, values: readonly (readonly Axis[])[]): Misfit | undefined {
  const rank = Math.max(0, ...values.map((axes) => axes.length));
  for (let fromRight = 1; fromRight <= rank; fromRight++) {
    const here = values.flatMap((axes, index) => {
      const axis = axes.at(-fromRight);
      return axis === undefined ? [] : [{ index, axis }];
    });
    const [first, ...rest] = here;
    if (first === undefined) continue;
    const wrong = rest.find(({ axis }) => context.unifier.same(first.axis, axis) === undefined);
    if (wrong !== undefined)
      return {
        values: [first.index, wrong.index],
        sizes: [sizeOf(context, first.axis), sizeOf(context, wrong.axis)],
      };
  }
  return undefined;
}

function sizeOf(context: Elaboration, { tag, size }: Axis): string {
  return tag === "memory" ? "time" : printDim(context.unifier.resolve(size));
}
