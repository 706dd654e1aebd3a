// An update with truncation: the windows of one batch, an update of the weights for each.
import { fail } from "../base/invariant.ts";
import { printInput } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { cutOf, windowOf } from "../train/row-source.ts";
import type { Batch } from "../train/source.ts";
import { windowAt, windowCount, type Truncation } from "../train/windows.ts";

/** `batch` is one of a ragged program, with all its lengths; `goesOn`: its first window goes on from the states of the batch before. */
export function windowsOf(program: Program, batch: Batch, truncation: Truncation, goesOn: boolean): readonly Batch[] {
  const cut = cutOf(program, truncation);
  const lengths =
    batch.arrays.get(printInput({ kind: "lengths", time: cut.time, ahead: 0 })) ??
    fail("library", `no lengths along ${cut.time}`);
  const whole = { arrays: batch.arrays, lengths: Int32Array.from(lengths.data) };
  const steps = stepsWithTargets(program, batch.sizes.get(cut.time) ?? 0);
  return Array.from({ length: windowCount(steps, truncation) }, (_, index) => {
    const window = windowOf(whole, windowAt(steps, truncation, index), cut);
    return index === 0 && goesOn ? { ...window, isFresh: false } : window;
  });
}

/** Behind them nothing is predicted: the last symbol of a text is a target only. */
function stepsWithTargets({ predictions }: Program, steps: number): number {
  const least = predictions.reduce((found, { ahead }) => Math.min(found, ahead), Infinity);
  return Math.max(1, steps - (least === Infinity ? 0 : least));
}
