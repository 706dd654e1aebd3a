// `predict` of a running text: what the model predicts after each of its symbols. The text is read once, in one stream.
import type { DataSource } from "../data/data-source.ts";
import { openModel } from "../train/model.ts";
import { createStepPredictor } from "../train/predicted.ts";
import { openReadText } from "../train/text-data.ts";
import type { Compiled } from "./compiled.ts";
import type { PredictedRow } from "./types-training.ts";

/** Throws a UserError for a model that reads no running text, and for a text that it cannot read. */
export async function* predictText<T>(model: Compiled<T>, source: DataSource): AsyncGenerator<PredictedRow> {
  const { known } = model;
  const opened = openModel(model.definition, model.statics, "text");
  const text = openReadText(opened, source, known);
  try {
    const predict = await model.access.read(async () =>
      createStepPredictor(opened, model.device, {
        weights: model.ready(),
        sizes: known.sizes,
        vocabularies: known.vocabularies,
      }),
    );
    try {
      for await (const batch of text.source.batches()) {
        yield* await model.access.read(() => {
          model.checkUsable();
          return predict.steps(batch);
        });
      }
    } finally {
      predict.dispose();
    }
  } finally {
    text.close();
  }
}
