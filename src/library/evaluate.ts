// `evaluate`: measures of a model on data that have targets, as `recurra evaluate` prints them.
import { UserError } from "../base/diagnostic.ts";
import type { CompiledGraph } from "../targets/bound.ts";
import { compileMeasures, Meter } from "../train/measure.ts";
import { labelledAs, openModel, type Model } from "../train/model.ts";
import { openMeasuredData } from "../train/open-data.ts";
import { resolveSettings, restoreSettings, type RunSettings } from "../train/settings.ts";
import type { MeasuredData } from "../train/training-data.ts";
import type { Compiled } from "./compiled.ts";
import { dataGiven } from "./data.ts";
import { known } from "./known.ts";
import { aWhole, checkedLater, checkedOptions, type Checks } from "./options.ts";
import type { EvaluateOptions, Measures } from "./types-training.ts";

const OPTIONS: Checks<EvaluateOptions> = {
  data: checkedLater,
  batch: aWhole("`batch`", 1),
  steps: aWhole("`steps`", 1),
};

/** Measures one model. Keeps the program of each form of the data, compiled; weights are read at each call. */
export class Evaluations<T> {
  readonly #model: Compiled<T>;
  readonly #opened = new Map<string, Model>();
  readonly #compiled = new Map<string, CompiledGraph<T>>();

  constructor(model: Compiled<T>) {
    this.#model = model;
  }

  /** Rejects with a UserError for wrong options, and for data that do not fit the model. */
  async evaluate(given: EvaluateOptions): Promise<Measures> {
    const model = this.#model;
    model.checkUsable();
    const options = checkedOptions(given, OPTIONS, "evaluate");
    if (options.data === undefined)
      throw new UserError("`evaluate` needs `data`: an array of rows, a text or a `dataFile`");
    const source = dataGiven(options.data, "data");
    const layout = model.origin.layout ?? source.layout;
    const opened = known(this.#opened, layout, () => openModel(model.definition, model.statics, layout));
    const data = openMeasuredData(opened, source, settingsFor(model, opened, options), model.known);
    try {
      return await model.access.read(() => this.#measure(opened, data));
    } finally {
      data.close();
    }
  }

  /** Each call has a meter of its own, because meters carry states and calls may overlap. */
  async #measure(opened: Model, { source, isPartlyLabelled }: MeasuredData): Promise<Measures> {
    const model = this.#model;
    const weights = model.ready();
    const key = JSON.stringify([opened.layout, isPartlyLabelled]);
    const { inference } = known(this.#opened, key, () => labelledAs(opened, isPartlyLabelled));
    const compiled = known(this.#compiled, key, () => compileMeasures(inference, model.device));
    const meter = new Meter(inference, model.device, weights, model.sizes.known, compiled);
    try {
      return await meter.measure(source);
    } finally {
      meter.dispose();
    }
  }

  dispose(): void {
    for (const { executable } of this.#compiled.values()) executable.dispose();
    this.#compiled.clear();
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
