// What a trained model says of each row of a file: sequences that it writes, and values that it predicts. One JSON line a row.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { Batches } from "../data/batches.ts";
import { fileData } from "../data/data-file.ts";
import { Rows } from "../data/rows.ts";
import { decode, type Vocabulary } from "../data/vocabulary.ts";
import type { Target } from "../targets/target.ts";
import { beamSearch } from "../train/beam.ts";
import type { DeviceState } from "../train/device-state.ts";
import { predictedRows } from "../train/predicted.ts";
import { fieldsOf } from "../train/row-model.ts";
import { batchOfRows } from "../train/row-source.ts";
import { Session, type Feedback } from "../train/session.ts";
import type { Batch } from "../train/source.ts";
import type { WritingOptions } from "../train/writing.ts";
import { checkRows, writeRows, type Written } from "../train/writing-rows.ts";
import { print } from "./output.ts";
import { weightsOn, type Trained } from "./trained.ts";

interface Options extends WritingOptions {
  readonly beam?: number;
}

/** Rows that are written for at once. */
const AT_ONCE = 64;

/** Prints a JSON object for each row, in their order: what is predicted, by the targets' names. */
export async function writeEachRow<T>(
  trained: Trained,
  target: Target<T>,
  path: string,
  options: Options,
): Promise<void> {
  const { checkpoint, model, vocabularies, sizes } = trained;
  if (model.layout === "text")
    throw new UserError(`${model.inference.name} was trained on a running text: let it go on from --prompt`);
  const fields = fieldsOf(model.inference, "inference").filter(({ required }) => required);
  const rows = new Rows(fileData(path).rows(), fields, { known: { vocabularies, sizes } });
  const weights = weightsOn(target, checkpoint);
  const writer = writerOf(trained, target, weights, options);
  try {
    // One row after the other, so that lines come in the file's order.
    for (let from = 0; from < rows.count; from += AT_ONCE) {
      const part = { rows, from, to: Math.min(rows.count, from + AT_ONCE) };
      const batches = new Batches(part, { vocabularies, sizes }, { batch: AT_ONCE, seed: null });
      const order = [...batches.rowsAt(0, 0)];
      const found = await writer(batchOfRows(batches.at(0, 0)), order);
      const inOrder = order.map((row, index) => ({ row, index })).toSorted((a, b) => a.row - b.row);
      for (const { index } of inOrder) print(JSON.stringify(found[index]));
    }
  } finally {
    rows.close();
    weights.dispose();
  }
}

/** `numbers`: the places of the batch's rows in the file. */
type RowWriter = (batch: Batch, numbers: readonly number[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

function writerOf<T>(trained: Trained, target: Target<T>, weights: DeviceState<T>, options: Options): RowWriter {
  const { model, sizes } = trained;
  if (!model.inference.predictions.some(({ isAutoregressive }) => isAutoregressive))
    return predictedRows(model, target, { weights, sizes, vocabularies: trained.vocabularies }).rows;
  const session = new Session(model, target, weights, sizes);
  checkRows(session.feedback);
  const vocabularyOf = ({ input }: Feedback): Vocabulary | null =>
    trained.vocabularies.get(input.token === undefined ? "" : vocabularyName(input.name, input.token.vocabulary)) ??
    null;
  const { beam } = options;
  if (beam === undefined) {
    return async (batch, numbers) =>
      (await writeRows(session, batch, vocabularyOf, { ...options, numbers })).map((written) =>
        asObject(written, session.feedback, vocabularyOf),
      );
  }
  const [first = fail("generate", "nothing is fed back")] = session.feedback;
  const vocabulary = vocabularyOf(first);
  if (vocabulary === null) throw new UserError("--beam needs tokens with a vocabulary");
  return async (batch) => {
    const found = await beamSearch(session, batch, vocabulary, { width: beam, length: options.length });
    return found.map((tokens) => asObject(new Map([[first.input.name, tokens]]), session.feedback, vocabularyOf));
  };
}

/** A vocabulary of fixed size goes by its field's name. */
function vocabularyName(input: string, vocabulary: string): string {
  return /^\d+$/.test(vocabulary) ? input : vocabulary;
}

function asObject(
  written: Written,
  feedback: readonly Feedback[],
  vocabularyOf: (feedback: Feedback) => Vocabulary | null,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    feedback.map((each) => {
      const values = written.get(each.input.name) ?? [];
      const vocabulary = vocabularyOf(each);
      if (vocabulary === null) return [each.input.name, values];
      const tokens = values.map(Number);
      const text =
        vocabulary.kind === "label" ? tokens.map((token) => decode(vocabulary, [token])) : decode(vocabulary, tokens);
      return [each.input.name, text];
    }),
  );
}
