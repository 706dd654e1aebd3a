// Sources of batches for training and measuring. Batches are requested by epoch and index, so a run can resume within an epoch.
import type { Sizes } from "../shape/dim.ts";
import type { HostArray } from "../targets/target.ts";

/** Data for one run of a program: arrays by the names of its inputs, time first. */
export interface Batch {
  readonly arrays: ReadonlyMap<string, HostArray>;
  readonly sizes: Sizes;
  /** Whether no state is carried from the batch before. */
  readonly isFresh: boolean;
  /** Whether the next window begins at the same step, so that the carried states must not change. */
  readonly holdsState?: boolean;
  /** The number of new steps of all examples, to report the speed. */
  readonly tokens: number;
}

export interface Epoch {
  readonly updates: number;
  /** The batch of update `index`, from 0. */
  batch(index: number): Promise<Batch>;
}

export interface TrainingSource {
  /** `number` counts from 0. The same number gives the same batches. */
  epoch(number: number): Promise<Epoch>;
}

/** Data for measuring. Each call returns the same batches. */
export interface MeasuredSource {
  batches(): AsyncIterable<Batch>;
}
