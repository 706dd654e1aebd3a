// `evaluate`: measures of a model on data that have targets, as `recurra evaluate` prints them.
import { UserError } from "../base/diagnostic.ts";
import { Meter } from "../train/measure.ts";
import { labelledAs, openModel } from "../train/model.ts";
import { openMeasuredData } from "../train/open-data.ts";
import { resolveSettings, type RunSettings } from "../train/settings.ts";
import { restoreSettings } from "../train/stored-settings.ts";
import type { Model } from "../train/model.ts";
import type { Compiled } from "./compiled.ts";
import { dataGiven } from "./data.ts";
import { aWhole, checkedLater, checkedOptions, type Checks } from "./options.ts";
import type { EvaluateOptions, Measures } from "./types-training.ts";

const OPTIONS: Checks<EvaluateOptions> = {
  data: checkedLater,
  batch: aWhole("`batch`", 1),
  steps: aWhole("`steps`", 1),
};

/** Throws a UserError for wrong options, and for data that the model cannot be measured on. */
export async function evaluateWith<T>(model: Compiled<T>, given: EvaluateOptions): Promise<Measures> {
  model.checkUsable();
  const options = checkedOptions(given, OPTIONS, "evaluate");
  if (options.data === undefined)
    throw new UserError("`evaluate` needs `data`: an array of rows, a text or a `dataFile`");
  const source = dataGiven(options.data, "data");
  const opened = openModel(model.definition, model.statics, model.origin.layout ?? source.layout);
  const data = openMeasuredData(opened, source, settingsFor(model, opened, options), model.known);
  try {
    return await model.access.read(async () => {
      const weights = model.ready();
      const { inference } = labelledAs(opened, data.isPartlyLabelled);
      const meter = new Meter(inference, model.device, weights, model.sizes.known);
      try {
        return await meter.measure(data.source);
      } finally {
        meter.dispose();
      }
    });
  } finally {
    data.close();
  }
}

/** Those that it was trained with, else the spec's. */
function settingsFor<T>(
  { origin }: Compiled<T>,
  { inference, layout }: Model,
  { batch, steps }: EvaluateOptions,
): RunSettings {
  const { settings } = origin;
  const trained =
    settings === undefined
      ? resolveSettings(inference.settings, {}, layout)
      : restoreSettings(settings, "the checkpoint");
  return {
    ...trained,
    ...(batch === undefined ? {} : { batch }),
    ...(steps === undefined ? {} : { truncate: { k1: steps, k2: steps } }),
  };
}
