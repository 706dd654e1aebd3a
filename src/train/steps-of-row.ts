// How many steps a row of a batch has along a time.
import { lengths, printInput } from "../graph/border.ts";
import { countThinned, thinned } from "../shape/thinned.ts";
import type { Batch } from "./source.ts";

/** Undefined if the batch has no lengths along it. Of a time such as `T÷2` it follows from that of T. */
export function stepsOfRow(arrays: Batch["arrays"], time: string, row: number): number | undefined {
  const own = arrays.get(printInput(lengths(time)))?.data[row];
  const parts = own === undefined ? thinned(time) : undefined;
  const whole = parts === undefined ? undefined : stepsOfRow(arrays, parts.of, row);
  return parts === undefined || whole === undefined ? own : countThinned(whole, parts.every);
}
