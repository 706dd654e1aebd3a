// The order of rows in training: a function of (seed, epoch) alone, so that a resumed run continues with the right batch. Rows of
// similar length are in the same batch, so that there is little padding.
import { permutation } from "../base/random.ts";
import { fail } from "../base/invariant.ts";
import { collate, type RowBatch } from "./collate.ts";
import type { RowPart } from "./dataset.ts";
import { RowEncoder } from "./encode-row.ts";
import { appendedTo, timesOf } from "./field.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface BatchOptions {
  /** Rows in a batch; the last of an epoch may have fewer. */
  readonly batch: number;
  /** Null, for measuring: the same order in every epoch, sorted by length within windows of the file. */
  readonly seed: number | null;
  /** The number of batches that are sorted by length together. */
  readonly window?: number;
}

const WINDOW = 50;

export class Batches {
  readonly #part: RowPart;
  readonly #options: BatchOptions;
  readonly #encoder: RowEncoder;
  readonly #sizes: ReadonlyMap<string, number>;
  /** The length of each row, summed over its times. */
  readonly #lengths: Int32Array;
  #plan: { readonly epoch: number; readonly rows: Int32Array; readonly order: Int32Array } | null = null;

  constructor(
    part: RowPart,
    encoding: {
      readonly vocabularies: ReadonlyMap<string, Vocabulary>;
      readonly sizes: ReadonlyMap<string, number>;
    },
    options: BatchOptions,
  ) {
    this.#part = part;
    this.#options = options;
    this.#encoder = new RowEncoder(encoding.vocabularies);
    this.#sizes = encoding.sizes;
    this.#lengths = lengthsOf(part);
  }

  /** Batches in an epoch. */
  get perEpoch(): number {
    return Math.ceil(this.#lengths.length / this.#options.batch);
  }

  /** Steps in an epoch, over all times, padding and end tokens not counted. */
  get stepsPerEpoch(): number {
    return this.#lengths.reduce((sum, length) => sum + length, 0);
  }

  /** Batch `index` of epoch `epoch`, both from 0. */
  at(epoch: number, index: number): RowBatch {
    const { rows } = this.#part;
    const taken = [...this.rowsAt(epoch, index)].map((row) => rows.read(row));
    return collate(taken, { fields: rows.fields, encoder: this.#encoder, sizes: this.#sizes });
  }

  /** The indices of that batch's rows in the file, from 0. */
  rowsAt(epoch: number, index: number): Int32Array {
    const { batch } = this.#options;
    const { rows, order } = this.#planFor(this.#options.seed === null ? 0 : epoch);
    const place = order[index] ?? fail("data", `no batch ${index} in an epoch of ${order.length}`);
    return rows.subarray(place * batch, (place + 1) * batch).map((row) => row + this.#part.from);
  }

  /** The number of steps of that batch's arrays along `time`. */
  stepsAt(epoch: number, index: number, time: string): number {
    const { rows } = this.#part;
    const steps = rows.steps(time);
    const longest = this.rowsAt(epoch, index).reduce((most, row) => Math.max(most, steps[row] ?? 0), 0);
    return Math.max(1, longest + appendedTo(rows.fields, time));
  }

  #planFor(epoch: number): { readonly rows: Int32Array; readonly order: Int32Array } {
    if (this.#plan?.epoch === epoch) return this.#plan;
    const { batch, seed, window = WINDOW } = this.#options;
    const count = this.#lengths.length;
    const rows = seed === null ? inOrder(count) : permutation(count, seed, `rows of epoch ${epoch}`);
    for (let from = 0; from < count; from += window * batch) {
      rows.subarray(from, from + window * batch).sort((a, b) => (this.#lengths[a] ?? 0) - (this.#lengths[b] ?? 0));
    }
    const order =
      seed === null ? inOrder(this.perEpoch) : permutation(this.perEpoch, seed, `batches of epoch ${epoch}`);
    this.#plan = { epoch, rows, order };
    return this.#plan;
  }
}

function inOrder(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, index) => index);
}

function lengthsOf({ rows, from, to }: RowPart): Int32Array {
  const lengths = new Int32Array(to - from);
  for (const time of timesOf(rows.fields).keys()) {
    const steps = rows.steps(time);
    for (let row = from; row < to; row++) lengths[row - from] = (lengths[row - from] ?? 0) + (steps[row] ?? 0);
  }
  return lengths;
}

/** Results for the rows of a batch, sorted into the order of the data. `places`: the rows' indices, from `Batches.rowsAt`. */
export function inDataOrder<R>(found: readonly R[], places: readonly number[]): readonly R[] {
  return found
    .map((row, index) => ({ row, place: places[index] ?? 0 }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ row }) => row);
}
