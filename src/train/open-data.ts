// Opens the data of training and measuring: a text or rows, by the model's layout.
import type { DataSource } from "../data/data-source.ts";
import type { Model } from "./model.ts";
import { openMeasuredRows, openRows } from "./row-data.ts";
import type { RunSettings } from "./settings.ts";
import { openMeasuredText, openTexts } from "./text-data.ts";
import type { DataOptions, GivenData, KnownData, MeasuredData, TrainingData } from "./training-data.ts";

/** Opens data to train on. Throws a UserError for wrong data, before anything is trained. */
export function openTrainingData(
  model: Model,
  data: GivenData,
  settings: RunSettings,
  options: DataOptions,
): TrainingData {
  return model.layout === "text" ? openTexts(model, data, settings, options) : openRows(model, data, settings, options);
}

/** Opens data to measure a trained model on. Throws a UserError for wrong data. */
export function openMeasuredData(
  model: Model,
  data: DataSource,
  settings: RunSettings,
  known: KnownData,
  order: "any" | "given" = "any",
): MeasuredData {
  return model.layout === "text"
    ? openMeasuredText(model, data, settings, known)
    : openMeasuredRows(model, data, settings, known, order);
}
