// Values that a model shows while it writes: for each row, as many steps as it has written.
import { fail } from "../base/invariant.ts";
import { printDim, type Dim } from "../shape/dim.ts";
import type { HostArray } from "../targets/target.ts";
import { nest, valueOfRow } from "./row-value.ts";
import type { ShownValue } from "./session.ts";
import { stepsOfRow } from "./steps-of-row.ts";
import type { Batch } from "./source.ts";

export class ShownWhileWriting {
  readonly #shown: readonly ShownValue[];
  readonly #batch: Batch;
  /** By row: the values of each step, or the value at the last step. */
  readonly #found = new Map<number, Map<string, unknown[]>>();

  constructor(shown: readonly ShownValue[], batch: Batch) {
    this.#shown = shown;
    this.#batch = batch;
  }

  /** Keeps the values of one step, for the rows that wrote at it. */
  add(results: ReadonlyMap<string, HostArray>, rows: readonly number[]): void {
    for (const shown of this.#shown) {
      const array = results.get(shown.output) ?? fail("writing", `no value of ${shown.name}`);
      for (const row of rows) this.#keep(row, shown, this.#valueOf(array, shown, row));
    }
  }

  #valueOf(array: HostArray, { type, isOfSteps }: ShownValue, row: number): unknown {
    const [first] = type.axes;
    const stepsAlong = (time: Dim): number =>
      isOfSteps && time === first?.size ? 1 : (stepsOfRow(this.#batch.arrays, printDim(time), row) ?? 0);
    return valueOfRow(array, type, { row, count: this.#batch.sizes.get("B") ?? 1, stepsAlong }, nest);
  }

  #keep(row: number, { name, isOfSteps }: ShownValue, value: unknown): void {
    const found = this.#found.get(row) ?? new Map<string, unknown[]>();
    this.#found.set(row, found);
    const isPart = isOfSteps && Array.isArray(value);
    const known: unknown[] = isPart ? (found.get(name) ?? []) : [];
    known.push(...(isPart ? value : [value]));
    found.set(name, known);
  }

  /** The values of a row by name. Of a row that has written nothing, no steps. */
  of(row: number): readonly (readonly [name: string, value: unknown])[] {
    return this.#shown.map(({ name, isOfSteps }) => {
      const values = this.#found.get(row)?.get(name) ?? [];
      return [name, isOfSteps ? values : (values[0] ?? null)] as const;
    });
  }
}
