// Feeds a program from a batch: data, marks of labels, and lengths.
import { fail } from "../base/invariant.ts";
import type { Feeders, InputNode, Run } from "../targets/bound.ts";
import type { Batch } from "./source.ts";

/** Uploads the batch's array with the name of the input. `batchOf` returns the batch of a run. The batch must have the array. */
export function fromBatch<T, C>(batchOf: (context: C) => Batch): (node: InputNode, run: Run<T, C>) => T {
  return ({ name }, { context, upload }) =>
    upload(batchOf(context).arrays.get(name) ?? fail("feeding", `the batch has no ${name}`));
}

/** Feeders of the kinds of input that every batch has. */
export function batchFeeders<T, C>(
  batchOf: (context: C) => Batch,
): Pick<Feeders<T, C>, "data" | "labelled" | "lengths"> {
  const given = fromBatch<T, C>(batchOf);
  return { data: given, labelled: given, lengths: given };
}
