// A time of which no example of the batch has a step: its padding has no values that occur, so it gets no steps at all.
import { lengths, printInput } from "../graph/border.ts";
import { NEW_STEPS } from "../lang/elaborate/loss.ts";
import { printDim } from "../shape/dim.ts";
import { timeOf } from "../shape/type.ts";
import type { InputNode } from "../targets/bound.ts";
import { stepsOf } from "./array-parts.ts";
import type { Batch } from "./source.ts";

/** The batch with 0 steps along such times. Windows stay as they are: there is always a row that reaches into one. */
export function withoutEmptyTimes(batch: Batch, inputs: readonly InputNode[]): Batch {
  const empty = [...batch.sizes].flatMap(([time, steps]) => {
    const own = steps > 0 ? batch.arrays.get(printInput(lengths(time))) : undefined;
    return own?.data.every((length) => length === 0) === true ? [time] : [];
  });
  if (empty.length === 0 || batch.sizes.has(NEW_STEPS)) return batch;
  const arrays = new Map(batch.arrays);
  for (const { name, type } of inputs) {
    const [time, array] = [timeOf(type), arrays.get(name)];
    if (time !== undefined && array !== undefined && empty.includes(printDim(time)))
      arrays.set(name, stepsOf(array, 0, 0));
  }
  return { ...batch, arrays, sizes: new Map([...batch.sizes, ...empty.map((time) => [time, 0] as const)]) };
}
