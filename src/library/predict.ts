// `predict`: the predictions for each row, in the form of the rows: labels as texts, and one value for each step.
import { UserError } from "../base/diagnostic.ts";
import { Batches, inDataOrder } from "../data/batches.ts";
import type { DataSource } from "../data/data-source.ts";
import { Rows } from "../data/rows.ts";
import type { Sizes } from "../shape/dim.ts";
import { openModel } from "../train/model.ts";
import { createRowPredictor } from "../train/predicted.ts";
import { refuseUnknownVocabularies } from "../train/row-data.ts";
import { fieldsOf, requestOf } from "../train/row-model.ts";
import { batchOfRows } from "../train/row-source.ts";
import type { Batch } from "../train/source.ts";
import type { Compiled } from "./compiled.ts";
import { readData } from "./data.ts";
import { checkNames, checkWhole, readOptions, type Checks } from "./options.ts";
import { asTrained } from "./series.ts";
import { bySteps } from "./predict-steps.ts";
import { predictText } from "./predict-text.ts";
import { greedyWriter } from "./predict-writing.ts";
import type { Data, PredictedRow, PredictOptions } from "./types-training.ts";

const OPTIONS: Checks<PredictOptions> = {
  batch: checkWhole("`batch`", 1),
  length: checkWhole("`length`", 1),
  show: checkNames,
  beam: checkWhole("`beam`", 1),
};

/** The number of rows in a batch. */
const DEFAULT_BATCH = 64;

/** As `predictEach`, for all rows together. */
export async function predictAll<T>(
  model: Compiled<T>,
  given: Data,
  options: PredictOptions,
): Promise<readonly PredictedRow[]> {
  const found: PredictedRow[] = [];
  for await (const row of predictEach(model, given, options)) found.push(row);
  return found;
}

/** Row by row, in their order; of a running text, step by step. Throws a UserError for a model that predicts nothing, and for data that do not fit. */
export async function* predictEach<T>(
  model: Compiled<T>,
  given: Data,
  options: PredictOptions,
): AsyncGenerator<PredictedRow> {
  model.checkUsable();
  const read = readOptions(options, OPTIONS, "predict");
  const { program, name } = model;
  const { show = [] } = read;
  if (model.kind === "cell" || program.predictions.length + program.shown.length + show.length === 0)
    throw new UserError(`\`${name}\` predicts nothing: use \`run\``);
  if (read.length !== undefined && !writes(model))
    throw new UserError(`\`length\` is for a model that writes, but \`${name}\` does not read its own predictions`);
  if (read.beam !== undefined && !program.predictions.some(({ kind }) => kind === "labels"))
    throw new UserError(`\`beam\` is for labels that are predicted \`by ctc\`, but \`${name}\` predicts none`);
  model.checkShown(show);
  const source = asTrained(readData(given, "rows"), model.origin);
  if ((model.origin.layout ?? source.layout) === "text") yield* predictText(model, source, show);
  else for await (const part of predictionsOf(model, source, read)) yield* part;
}

/** Whether it reads its own predictions, so that nothing can be predicted from the rows alone. */
function writes<T>({ program }: Compiled<T>): boolean {
  return program.predictions.some(({ isAutoregressive, ahead }) => isAutoregressive && ahead === 0);
}

/** Predicts for the rows of one batch. */
export interface BatchPredictor {
  rows(batch: Batch): Promise<readonly PredictedRow[]>;
  dispose(): void;
}

/** The predictions of `batch` rows at a time. */
async function* predictionsOf<T>(
  model: Compiled<T>,
  source: DataSource,
  options: PredictOptions,
): AsyncGenerator<readonly PredictedRow[]> {
  const { known, origin } = model;
  const { series } = origin;
  const { batch = DEFAULT_BATCH } = options;
  const fields = fieldsOf(model.program, "inference").filter(({ required }) => required);
  refuseUnknownVocabularies(fields, known);
  const rows = new Rows(source.rows(requestOf(model.program, fields, null)), fields, { known });
  const sizes = new Map([...known.sizes, ...rows.sizes]);
  try {
    const predict = await predictorOf(model, sizes, options);
    try {
      for (let from = 0; from < rows.count; from += batch) {
        const part = { rows, from, to: Math.min(rows.count, from + batch) };
        const batches = new Batches(part, { vocabularies: known.vocabularies, sizes }, { batch, seed: null });
        const order = [...batches.rowsAt(0, 0)];
        const found = await model.access.read(() => {
          model.checkUsable();
          return predict.rows(batchOfRows(batches.at(0, 0)));
        });
        const inOrder = inDataOrder(found, order);
        yield series === undefined
          ? inOrder
          : bySteps(model.program, rows, { from, found: inOrder, horizon: series.horizon ?? 1 });
      }
    } finally {
      predict.dispose();
    }
  } finally {
    rows.close();
  }
}

function predictorOf<T>(
  model: Compiled<T>,
  sizes: Sizes,
  { length, show = [], beam }: PredictOptions,
): Promise<BatchPredictor> {
  return model.access.read(async () => {
    if (writes(model)) return greedyWriter(model, sizes, { length, show });
    return createRowPredictor(openModel(model.definition, model.statics, "rows", show), model.device, {
      weights: model.ready(),
      sizes,
      vocabularies: model.known.vocabularies,
      beam,
    });
  });
}
