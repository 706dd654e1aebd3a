// Times along which no example of a batch has a step. Their sequences hold only padding, so they get 0 steps.
import { lengths, printInput } from "../graph/border.ts";
import { NEW_STEPS } from "../base/window-sizes.ts";
import { printDim } from "../shape/dim.ts";
import { timeOf } from "../shape/type.ts";
import type { InputNode } from "../targets/bound.ts";
import { sliceSteps } from "./array-parts.ts";
import type { Batch } from "./source.ts";

/** The batch with 0 steps along such times. Windows do not change, because some row always reaches into a window. */
export function dropEmptyTimes(batch: Batch, inputs: readonly InputNode[]): Batch {
  const empty = [...batch.sizes].flatMap(([time, steps]) => {
    const own = steps > 0 ? batch.arrays.get(printInput(lengths(time))) : undefined;
    return own?.data.every((length) => length === 0) === true ? [time] : [];
  });
  if (empty.length === 0 || batch.sizes.has(NEW_STEPS)) return batch;
  const arrays = new Map(batch.arrays);
  for (const { name, type } of inputs) {
    const [time, array] = [timeOf(type), arrays.get(name)];
    if (time !== undefined && array !== undefined && empty.includes(printDim(time)))
      arrays.set(name, sliceSteps(array, 0, 0));
  }
  return { ...batch, arrays, sizes: new Map([...batch.sizes, ...empty.map((time) => [time, 0] as const)]) };
}
