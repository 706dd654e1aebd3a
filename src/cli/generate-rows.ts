// Writes or predicts for each row of a file with a trained model. Prints one line of JSON for each row.
import { UserError } from "../base/diagnostic.ts";
import { Batches, inDataOrder } from "../data/batches.ts";
import type { RowBatch } from "../data/collate.ts";
import { fileData } from "../data/data-file.ts";
import { Rows } from "../data/rows.ts";
import type { ProgramInput } from "../lang/elaborate/inputs.ts";
import { toBatchFirst } from "../library/arrays.ts";
import { dataFile } from "../library/data-file.ts";
import { nameOfTime } from "../library/times.ts";
import type { BeamOptions, Candidate, CompiledModel, GenerateOptions, Results } from "../library/types.ts";
import { asTrained } from "../library/series.ts";
import { keyOf } from "../library/vocabularies.ts";
import { writtenValue } from "../library/written-value.ts";
import { isReadInUse } from "../train/step-inputs.ts";
import { fieldsOf, requestOf } from "../train/row-model.ts";
import { print } from "./output.ts";
import { lineOf } from "./row-lines.ts";
import type { Opened } from "./trained.ts";

/** Settings of drawing, or of beam search. */
export type WritingChoice =
  | (Pick<GenerateOptions, "temperature" | "topK" | "topP" | "seed"> & { readonly length: number })
  | (Pick<BeamOptions, "beam" | "best" | "lengthPenalty"> & { readonly length: number });

interface Used extends Opened {
  readonly compiled: CompiledModel;
}

type Line = Readonly<Record<string, unknown>>;

/** Rows in a batch. */
const AT_ONCE = 64;

/** Prints a JSON object for each row, in the order of the file: predictions by the names of targets. */
export async function writeEachRow(used: Used, path: string, choice: WritingChoice): Promise<void> {
  const { model, compiled } = used;
  if (model.layout === "text")
    throw new UserError(`${model.inference.name} was trained on running text: write from a --prompt instead`);
  const feedsBack = model.inference.predictions.some(({ isAutoregressive }) => isAutoregressive);
  const lines = feedsBack ? writtenRows(used, path, choice) : compiled.predictEach(dataFile(path));
  for await (const line of lines) print(lineOf(line));
}

/** Batches are read in the order of the file, so lines are in that order too. */
async function* writtenRows(used: Used, path: string, choice: WritingChoice): AsyncGenerator<Line> {
  const { model, vocabularies, sizes } = used;
  const { inference } = model;
  const unread = new Set(inference.inputs.flatMap((input) => (isReadInUse(inference, input) ? [] : [input.name])));
  const fields = fieldsOf(inference, "inference").filter(({ required, name }) => required && !unread.has(name));
  const source = asTrained(fileData(path), used);
  const rows = new Rows(source.rows(requestOf(model.inference, fields, null)), fields, {
    known: { vocabularies, sizes },
  });
  try {
    for (let from = 0; from < rows.count; from += AT_ONCE) {
      const part = { rows, from, to: Math.min(rows.count, from + AT_ONCE) };
      const batches = new Batches(part, { vocabularies, sizes }, { batch: AT_ONCE, seed: null });
      const order = [...batches.rowsAt(0, 0)];
      yield* inDataOrder(await written(used, batches.at(0, 0), { choice, numbers: order }), order);
    }
  } finally {
    rows.close();
  }
}

async function written(
  used: Used,
  rows: RowBatch,
  { choice, numbers }: { readonly choice: WritingChoice; readonly numbers: readonly number[] },
): Promise<readonly Line[]> {
  const given = optionsOf(used, rows);
  if (!("beam" in choice)) {
    const found = await used.compiled.generate({ ...given, ...choice, numbers });
    return found.map((each) => textsOf(used, each));
  }
  const found = await used.compiled.generate({ ...given, ...choice });
  return found.map((candidates) => {
    const lines = candidateRows(used, candidates);
    return choice.best === undefined ? textsOf(used, candidates[0]?.written ?? {}) : { candidates: lines };
  });
}

/** A batch of rows as the library's inputs. */
function optionsOf({ model }: Opened, { arrays, lengths }: RowBatch): Pick<GenerateOptions, "inputs" | "lengths"> {
  const { inputs } = model.inference;
  return {
    inputs: byName(inputs, ({ name, type }) => {
      const array = arrays.get(name);
      return array === undefined ? undefined : toBatchFirst(array, type, false);
    }),
    lengths: byName(inputs, (input) => (arrays.has(input.name) ? lengths.get(nameOfTime(input)) : undefined)),
  };
}

function byName<V>(
  inputs: readonly ProgramInput[],
  valueOf: (input: ProgramInput) => V | undefined,
): Readonly<Record<string, V>> {
  return Object.fromEntries(
    inputs.flatMap((input): [string, V][] => {
      const value = valueOf(input);
      return value === undefined ? [] : [[input.name, value]];
    }),
  );
}

/** The candidates of a beam search, each with its score. */
export function candidateRows(opened: Opened, candidates: readonly Candidate[]): readonly Line[] {
  return candidates.map(({ written: found, logProbability, score }) => ({
    ...textsOf(opened, found),
    logProbability,
    score,
  }));
}

/** Texts if the vocabulary is known, otherwise token ids and numbers. */
function textsOf({ model, vocabularies }: Opened, found: Results): Line {
  const inputs = new Map(model.inference.inputs.map((input) => [input.name, input]));
  return Object.fromEntries(
    Object.entries(found).map(([name, array]) => {
      const input = inputs.get(name);
      const vocabulary = input === undefined ? undefined : vocabularies.get(keyOf(input));
      return [name, writtenValue(array, vocabulary)];
    }),
  );
}
