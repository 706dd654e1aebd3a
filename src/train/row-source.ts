// Rows for training: one batch for each update, or with truncation one window of a batch.
import type { Batches } from "../data/batches.ts";
import type { RowBatch } from "../data/collate.ts";
import { fail } from "../base/invariant.ts";
import { data, lengths as lengthsOf, printInput, type Input } from "../graph/border.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { timeOf } from "../shape/type.ts";
import { KEPT_STEPS, NEW_STEPS } from "../base/window-sizes.ts";
import { sliceSteps } from "./array-parts.ts";
import { timeOfTruncation } from "./model.ts";
import type { HostArray } from "../targets/target.ts";
import type { Batch, Epoch, MeasuredSource, TrainingSource } from "./source.ts";
import { cutsOf, windowAt, windowCount, type Truncation, type Window } from "./windows.ts";

export function rowTraining(batches: Batches): TrainingSource {
  return {
    epoch: (number) =>
      Promise.resolve({
        updates: batches.perEpoch,
        batch: (index) => Promise.resolve(batchOfRows(batches.at(number, index))),
      }),
  };
}

/** Each batch is read in windows along the program's only time. The state is carried from window to window. */
export function truncatedRows(batches: Batches, truncation: Truncation, program: Program): TrainingSource {
  const cut = cutOf(program, truncation);
  return { epoch: (number) => Promise.resolve(truncatedEpoch(batches, number, cut)) };
}

/** Throws a UserError if the program's wiring does not allow truncation. */
export function cutOf(program: Program, truncation: Truncation): Cut {
  const ahead = [...new Set(program.predictions.map((each) => each.ahead))].filter((steps) => steps > 0);
  const sequences = program.inputs
    .filter(({ type }) => timeOf(type) !== undefined)
    .flatMap(({ name }): readonly Input[] => [
      data(name),
      { kind: "labelled", target: name },
      ...ahead.map((steps) => ({ kind: "data", name, use: "target", ahead: steps }) as const),
    ]);
  return { truncation, time: timeOfTruncation(program), sequences: new Set(sequences.map(printInput)), ahead };
}

/** How batches are cut into windows. */
export interface Cut {
  readonly truncation: Truncation;
  readonly time: string;
  /** The names of the inputs that have this time. Others belong to the whole row. */
  readonly sequences: ReadonlySet<string>;
  /** The numbers of steps that predictions lie ahead. */
  readonly ahead: readonly number[];
}

interface Place {
  readonly batch: number;
  readonly window: number;
}

function truncatedEpoch(batches: Batches, number: number, cut: Cut): Epoch {
  const { truncation, time } = cut;
  const places = Array.from({ length: batches.perEpoch }, (_, batch) => {
    const count = windowCount(batches.stepsAt(number, batch, time), truncation);
    return Array.from({ length: count }, (_unused, window): Place => ({ batch, window }));
  }).flat();
  return {
    updates: places.length,
    batch: (index) => {
      const place = places[index] ?? fail("training", `no update ${index} in an epoch of ${places.length}`);
      const rows = batches.at(number, place.batch);
      const window = windowAt(rows.steps.get(time) ?? 1, truncation, place.window);
      const lengths = rows.lengths.get(time) ?? fail("training", `no lengths along ${time}`);
      return Promise.resolve(windowOf({ arrays: arraysOf(rows), lengths }, window, cut));
    },
  };
}

/** Rows that are measured, each once. */
export function measuredRows(batches: Batches): MeasuredSource {
  return {
    async *batches() {
      for (let index = 0; index < batches.perEpoch; index++) yield batchOfRows(batches.at(0, index));
    },
  };
}

/** A batch of rows as the program reads it. No state is carried between rows. */
export function batchOfRows(rows: RowBatch): Batch {
  const { count, lengths, steps } = rows;
  const all = arraysOf(rows);
  let tokens = 0;
  for (const [time, data] of lengths) {
    all.set(printInput(lengthsOf(time)), { dtype: "int", shape: [count], data });
    tokens += data.reduce((sum, length) => sum + length, 0);
  }
  return { arrays: all, sizes: new Map([["B", count], ...steps]), isFresh: true, tokens: Math.max(tokens, count) };
}

/** By the names of the program's inputs. */
function arraysOf({ arrays, labelled }: RowBatch): Map<string, HostArray> {
  return new Map([
    ...arrays,
    ...[...labelled].map(([name, array]) => [printInput({ kind: "labelled", target: name }), array] as const),
  ]);
}

/** A batch before it is cut into windows. */
export interface WholeBatch {
  /** By the names of the program's inputs, sequences `[T, B, …]`. */
  readonly arrays: ReadonlyMap<string, HostArray>;
  /** `[B]`. */
  readonly lengths: Int32Array;
}

/** The part of a batch that one update reads. */
export function windowOf(
  { arrays, lengths }: WholeBatch,
  window: Window,
  { truncation, time, sequences, ahead }: Cut,
): Batch {
  const { start, end, fresh, advance } = window;
  const count = lengths.length;
  const all = new Map<string, HostArray>();
  for (const [name, array] of arrays) all.set(name, sequences.has(name) ? sliceSteps(array, start, end) : array);
  const stepsBefore = (drop: number): HostArray => ({
    dtype: "int",
    shape: [count],
    data: lengths.map((length) => Math.max(0, Math.min(length - drop, end) - start)),
  });
  for (const each of [0, ...ahead]) all.set(printInput({ kind: "lengths", time, ahead: each }), stepsBefore(each));
  const cuts = cutsOf(window, truncation);
  all.set(printInput({ kind: "cut" }), { dtype: "float", shape: [cuts.length], data: cuts });
  return {
    arrays: all,
    sizes: new Map([
      ["B", count],
      [time, end - start],
      [NEW_STEPS, fresh],
      [KEPT_STEPS, Math.max(1, advance)],
    ]),
    isFresh: start === 0,
    holdsState: advance === 0,
    tokens: lengths.reduce((sum, length) => sum + Math.max(0, Math.min(length, end) - (end - fresh)), 0),
  };
}
