// What a batch brings to a program: its data, the marks of their labels, and their lengths.
import { fail } from "../base/invariant.ts";
import type { Feeders, InputNode, Run } from "../targets/bound.ts";
import type { Batch } from "./source.ts";

/** Uploads the batch's array of an input's name. `batchOf` finds the batch in what a run is told; a batch without that array is a fault of ours. */
export function fromBatch<T, C>(batchOf: (context: C) => Batch): (node: InputNode, run: Run<T, C>) => T {
  return ({ name }, { context, upload }) =>
    upload(batchOf(context).arrays.get(name) ?? fail("feeding", `the batch lacks ${name}`));
}

/** Feeders of the kinds that every batch brings. */
export function batchFeeders<T, C>(
  batchOf: (context: C) => Batch,
): Pick<Feeders<T, C>, "data" | "labelled" | "lengths"> {
  const given = fromBatch<T, C>(batchOf);
  return { data: given, labelled: given, lengths: given };
}
