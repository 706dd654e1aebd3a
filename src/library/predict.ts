// `predict`: the predictions for each row, in the form of the rows: labels as texts, and one value for each step.
import { UserError } from "../base/diagnostic.ts";
import { Batches, inDataOrder } from "../data/batches.ts";
import type { DataSource } from "../data/data-source.ts";
import { Rows } from "../data/rows.ts";
import { openModel } from "../train/model.ts";
import { createRowPredictor } from "../train/predicted.ts";
import { refuseUnknownVocabularies } from "../train/row-data.ts";
import { fieldsOf } from "../train/row-model.ts";
import { batchOfRows } from "../train/row-source.ts";
import type { Compiled } from "./compiled.ts";
import { readData } from "./data.ts";
import { checkWhole, readOptions, type Checks } from "./options.ts";
import type { PredictedRow, PredictOptions, RowData } from "./types-training.ts";

const OPTIONS: Checks<PredictOptions> = { batch: checkWhole("`batch`", 1) };

/** The number of rows in a batch. */
const DEFAULT_BATCH = 64;

/** As `predictEach`, for all rows together. */
export async function predictAll<T>(
  model: Compiled<T>,
  given: RowData,
  options: PredictOptions,
): Promise<readonly PredictedRow[]> {
  const found: PredictedRow[] = [];
  for await (const row of predictEach(model, given, options)) found.push(row);
  return found;
}

/** Row by row, in their order. Throws a UserError for a model of running text, for a model that writes, and for rows that do not fit. */
export async function* predictEach<T>(
  model: Compiled<T>,
  given: RowData,
  options: PredictOptions,
): AsyncGenerator<PredictedRow> {
  model.checkUsable();
  const { batch = DEFAULT_BATCH } = readOptions(options, OPTIONS, "predict");
  for await (const part of predictionsOf(model, readData(given, "rows"), batch)) yield* part;
}

/** The predictions of `batch` rows at a time. */
async function* predictionsOf<T>(
  model: Compiled<T>,
  source: DataSource,
  batch: number,
): AsyncGenerator<readonly PredictedRow[]> {
  const { program, known, name } = model;
  if (model.kind === "cell" || program.predictions.length + program.shown.length === 0)
    throw new UserError(`\`${name}\` predicts nothing: use \`run\``);
  if (model.origin.layout === "text")
    throw new UserError(`\`${name}\` was trained on a running text: use \`generate\` with a prompt`);
  if (program.predictions.some(({ isAutoregressive }) => isAutoregressive))
    throw new UserError(`\`${name}\` reads its own predictions, step by step: use \`generate\``);
  const opened = openModel(model.definition, model.statics, "rows");
  const fields = fieldsOf(opened.inference, "inference").filter(({ required }) => required);
  refuseUnknownVocabularies(fields, known);
  const rows = new Rows(source.rows(), fields, { known });
  const sizes = new Map([...known.sizes, ...rows.sizes]);
  try {
    const predict = await model.access.read(() =>
      Promise.resolve(
        createRowPredictor(opened, model.device, { weights: model.ready(), sizes, vocabularies: known.vocabularies }),
      ),
    );
    try {
      for (let from = 0; from < rows.count; from += batch) {
        const part = { rows, from, to: Math.min(rows.count, from + batch) };
        const batches = new Batches(part, { vocabularies: known.vocabularies, sizes }, { batch, seed: null });
        const order = [...batches.rowsAt(0, 0)];
        const found = await model.access.read(() => {
          model.checkUsable();
          return predict.rows(batchOfRows(batches.at(0, 0)));
        });
        yield inDataOrder(found, order);
      }
    } finally {
      predict.dispose();
    }
  } finally {
    rows.close();
  }
}
