// Writes for each example of a batch, step by step, until its end token.
import type { Vocabulary } from "../data/vocabulary.ts";
import { fail } from "../base/invariant.ts";
import type { HostArray } from "../targets/target.ts";
import { Pauses } from "./pauses.ts";
import { countOf } from "../ops/nd.ts";
import { drawnOutput } from "../lang/elaborate/predict.ts";
import { drawNumbers } from "./drawn-numbers.ts";
import { checkSampling, chooseValue, drawnShape } from "./sampling.ts";
import type { Feedback, Session } from "./session.ts";
import type { Batch } from "./source.ts";
import { writableTokens, type WritingOptions } from "./writing.ts";

/** The output of one example: token ids without the end token, or numbers step by step. */
export type Written = ReadonlyMap<string, readonly (number | readonly number[])[]>;

export interface RowWritingOptions extends WritingOptions {
  /** A number for each example, which decides its draws, so that its output does not depend on its place in the batch. Default: the places. */
  readonly numbers?: readonly number[];
  /** Called with each token or number. */
  readonly onWritten?: (written: WrittenValue) => void;
  /** Called after each step with what it gave, and with the examples that wrote something at it. */
  readonly onStep?: (results: ReadonlyMap<string, HostArray>, rows: readonly number[]) => void;
}

/** A token id, or the numbers of one step. */
export interface WrittenValue {
  /** The example in the batch. */
  readonly row: number;
  readonly step: number;
  /** The name of the input that is fed back. */
  readonly name: string;
  readonly value: number | readonly number[];
}

export type VocabularyOf = (feedback: Feedback) => Vocabulary | null;

/** Writes for every example of `batch`. `vocabularyOf` returns null for tokens that are numbers. */
export async function writeRows<T>(
  session: Session<T>,
  batch: Batch,
  vocabularyOf: VocabularyOf,
  options: RowWritingOptions,
): Promise<readonly Written[]> {
  checkSampling(options);
  const columns = session.feedback.map((feedback) => new Column(feedback, vocabularyOf(feedback), options));
  const pauses = new Pauses(options.signal);
  await session.begin(batch);
  const lengths = session.wholeLengths;
  const count = session.batch;
  for (let step = 0; step < options.length; step++) {
    const isOpen = (row: number): boolean =>
      lengths === null ? columns.some((column) => !column.hasEnded(row)) : step < (lengths[row] ?? 0);
    const rows = Array.from({ length: count }, (_, row) => row);
    if (!rows.some(isOpen)) break;
    await pauses.next();
    const results = await session.step(new Map());
    for (const column of columns) session.correct(column.name, column.take(results, step, rows, isOpen));
    options.onStep?.(
      results,
      rows.filter((row) => columns.some((column) => !column.hasEnded(row))),
    );
  }
  return Array.from(
    { length: count },
    (_, row) => new Map(columns.map((column) => [column.name, column.written(row)])),
  );
}

/** One input that is fed back, for all examples. */
export class Column {
  readonly #feedback: Feedback;
  readonly #vocabulary: Vocabulary | null;
  readonly #options: RowWritingOptions;
  readonly #written: (number | readonly number[])[][] = [];
  readonly #ended = new Set<number>();

  constructor(feedback: Feedback, vocabulary: Vocabulary | null, options: RowWritingOptions) {
    this.#feedback = feedback;
    this.#vocabulary = vocabulary;
    this.#options = options;
  }

  get name(): string {
    return this.#feedback.input.name;
  }

  hasEnded(row: number): boolean {
    return this.#ended.has(row);
  }

  written(row: number): readonly (number | readonly number[])[] {
    return this.#written[row] ?? [];
  }

  /** Chooses the value of this step for every example. Returns the values `[B, …]`, which the next step reads. */
  take(
    results: ReadonlyMap<string, HostArray>,
    step: number,
    rows: readonly number[],
    isOpen: (row: number) => boolean,
  ): HostArray {
    const { prediction } = this.#feedback;
    const isToken = prediction.kind === "token";
    const from = results.get(drawnOutput(prediction));
    const { shape, data } = from ?? fail("writing", `no result for ${prediction.name}`);
    const width = countOf(shape.slice(2));
    const values = rows.map((row) => this.#choose(data.subarray(row * width, (row + 1) * width), step, row));
    rows.forEach((row) => {
      const value = values[row] ?? 0;
      const isEnd = isToken && this.#vocabulary !== null && value === this.#vocabulary.end;
      if (isEnd || !isOpen(row)) this.#ended.add(row);
      if (this.#ended.has(row)) return;
      (this.#written[row] ??= []).push(value);
      this.#options.onWritten?.({ row, step, name: this.name, value });
    });
    return isToken
      ? { dtype: "int", shape: [rows.length], data: Int32Array.from(values.flat()) }
      : {
          dtype: "float",
          shape: [rows.length, ...drawnShape(prediction.draws, shape.slice(2))],
          data: Float32Array.from(values.flat()),
        };
  }

  #choose(values: HostArray["data"], step: number, row: number): number | readonly number[] {
    const { prediction } = this.#feedback;
    const { numbers } = this.#options;
    const stream = `writing ${this.name} ${numbers?.[row] ?? row}`;
    const allowed = this.#vocabulary === null ? [...values.keys()] : writableTokens(this.#vocabulary);
    return chooseValue(prediction.draws, values, { allowed, draw: { ...this.#options, stream, step }, drawNumbers });
  }
}
