// Opens what a run trains on and is measured on: a text or rows, as the model's layout says.
import type { DataSource } from "../data/data-source.ts";
import type { Model } from "./model.ts";
import { measuredRows, openRows } from "./row-data.ts";
import type { RunSettings } from "./settings.ts";
import { measuredText, openTexts } from "./text-data.ts";
import type { DataOptions, GivenData, KnownData, MeasuredData, TrainingData } from "./training-data.ts";

/** Opens the data. Throws a UserError that says what is wrong with them, before anything is trained. */
export function openTrainingData(
  model: Model,
  data: GivenData,
  settings: RunSettings,
  options: DataOptions,
): TrainingData {
  return model.layout === "text" ? openTexts(model, data, settings, options) : openRows(model, data, settings, options);
}

/** Data to measure a trained model on. Throws a UserError that says what is wrong with them. */
export function openMeasuredData(
  model: Model,
  data: DataSource,
  settings: RunSettings,
  known: KnownData,
): MeasuredData {
  return model.layout === "text"
    ? measuredText(model, data, settings, known)
    : measuredRows(model, data, settings, known);
}
