// How far the labels of the likeliest path by ctc are from the right ones: the label error rate.
import { fail } from "../base/invariant.ts";
import { outputOf, type Prediction } from "../lang/elaborate/predict.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { printDim, type Dim } from "../shape/dim.ts";
import type { HostArray } from "../targets/target.ts";
import { likeliestLabels } from "./likeliest-labels.ts";
import { stepsOfSequence } from "./row-value.ts";
import type { Batch } from "./source.ts";
import { stepsOfRow } from "./steps-of-row.ts";

/** The fewest labels that must be changed, added or removed to turn `found` into `right` (Levenshtein 1966). */
export function countLabelErrors<T extends number | string>(found: readonly T[], right: readonly T[]): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  found.forEach((label, index) => {
    const next = [index + 1];
    right.forEach((other, at) => {
      const [above = 0, before = 0, corner = 0] = [row[at + 1], next[at], row[at]];
      next.push(Math.min(above + 1, before + 1, corner + (label === other ? 0 : 1)));
    });
    row = next;
  });
  return row[right.length] ?? 0;
}

/** Sums over rows. */
export class LabelErrors {
  #errors = 0;
  #labels = 0;
  #exact = 0;
  #rows = 0;

  /** Adds the rows of a batch, of which `results` has the scores. */
  add(program: Program, prediction: Prediction, results: ReadonlyMap<string, HostArray>, batch: Batch): void {
    const output = outputOf(prediction);
    const scores = results.get(output) ?? fail("measure", `no result ${output}`);
    const labels = batch.arrays.get(prediction.target) ?? fail("measure", `no target ${prediction.target}`);
    const input = program.inputs.find(({ name }) => name === prediction.target) ?? fail("measure", "no target");
    const count = batch.sizes.get("B") ?? 1;
    for (let row = 0; row < count; row++) {
      const along =
        (all = 0) =>
        (time: Dim): number =>
          stepsOfRow(batch.arrays, printDim(time), row) ?? all;
      const place = (array: HostArray) => ({ row, count, stepsAlong: along(array.shape[0]) });
      const found = likeliestLabels(stepsOfSequence(scores, program.graph.output(output).type, place(scores)));
      const right = stepsOfSequence(labels, input.type, place(labels)).map(([label = 0]) => label);
      const errors = countLabelErrors(found, right);
      this.#errors += errors;
      this.#labels += right.length;
      this.#exact += errors === 0 ? 1 : 0;
      this.#rows += 1;
    }
  }

  /** Errors for each right label; NaN without labels. */
  get rate(): number {
    return this.#errors / this.#labels;
  }

  /** The share of rows without an error. */
  get exact(): number {
    return this.#exact / this.#rows;
  }
}
