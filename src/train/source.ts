// What training and measuring read: batches, by epoch and number, so that training can go on in mid-epoch.
import type { Sizes } from "../shape/dim.ts";
import type { HostArray } from "../targets/target.ts";

/** Data for one run of a program: arrays by the names of its inputs, time first. */
export interface Batch {
  readonly arrays: ReadonlyMap<string, HostArray>;
  readonly sizes: Sizes;
  /** No state is carried on from the batch before. */
  readonly isFresh: boolean;
  /** The next window begins where this one does: the carried states stay. */
  readonly holdsState?: boolean;
  /** New steps of all examples together, for the speed. */
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

/** Data that are only measured: the same batches each time. */
export interface MeasuredSource {
  batches(): AsyncIterable<Batch>;
}
