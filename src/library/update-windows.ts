// An update with truncation: each window of a batch makes an update of the weights.
import { fail } from "../base/invariant.ts";
import { printInput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { cutOf, windowOf } from "../train/row-source.ts";
import type { Batch } from "../train/source.ts";
import { windowAt, windowCount, type Truncation } from "../train/windows.ts";

/** `batch` is ragged, with all its lengths. `goesOn`: the first window starts with the states of the batch before. */
export function windowsOf(program: Program, batch: Batch, truncation: Truncation, goesOn: boolean): readonly Batch[] {
  const cut = cutOf(program, truncation);
  const lengths =
    batch.arrays.get(printInput({ kind: "lengths", time: cut.time, ahead: 0 })) ??
    fail("library", `no lengths along ${cut.time}`);
  const whole = { arrays: batch.arrays, lengths: Int32Array.from(lengths.data) };
  const steps = stepsWithTargets(program, batch.sizes.get(cut.time) ?? 0);
  return Array.from({ length: windowCount(steps, truncation) }, (_, index) => {
    const window = windowOf(whole, windowAt(steps, truncation, index), cut);
    return goesOn ? { ...window, isFresh: false } : window;
  });
}

/** The number of steps that have a prediction: the last symbol of a text is only a target. */
function stepsWithTargets({ predictions }: Program, steps: number): number {
  const nearest = predictions.reduce((found, { ahead }) => Math.min(found, ahead), Infinity);
  return Math.max(1, steps - (nearest === Infinity ? 0 : nearest));
}
