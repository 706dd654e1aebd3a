// `evaluate`: measures a model on data with targets, as `recurra evaluate` does.
import { UserError } from "../base/diagnostic.ts";
import type { CompiledGraph } from "../targets/bound.ts";
import { compileMeasures, Meter } from "../train/measure.ts";
import { withLabelling, openMeasured, type Model } from "../train/model.ts";
import { openMeasuredData } from "../train/open-data.ts";
import { resolveSettings, type RunSettings } from "../train/settings.ts";
import { restoreSettings } from "../train/stored-settings.ts";
import type { MeasuredData } from "../train/training-data.ts";
import type { Compiled } from "./compiled.ts";
import { readData } from "./data.ts";
import { getOrCreate } from "../base/get-or-create.ts";
import { checkBoolean, checkWhole, checkedLater, readOptions, type Checks } from "./options.ts";
import { asTrained } from "./series.ts";
import type { EvaluateOptions, Measures } from "./types-training.ts";

const OPTIONS: Checks<EvaluateOptions> = {
  data: checkedLater,
  batch: checkWhole("`batch`", 1),
  steps: checkWhole("`steps`", 1),
  each: checkBoolean,
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
    const options = readOptions(given, OPTIONS, "evaluate");
    if (options.data === undefined)
      throw new UserError("`evaluate` needs `data`: an array of rows, a text or a `dataFile`");
    const source = asTrained(readData(options.data, "data"), model.origin);
    const layout = model.origin.layout ?? source.layout;
    const opened = getOrCreate(this.#opened, layout, () => openMeasured(model.definition, model.statics, layout));
    const { each = false } = options;
    if (each && layout === "text") throw new UserError("`each` measures rows, but the data are a text");
    if (each && options.batch !== undefined)
      throw new UserError("`each` measures the rows one by one, so it takes no `batch`");
    const settings = settingsFor(model, opened, each ? { ...options, batch: 1 } : options);
    const data = openMeasuredData(opened, source, settings, model.known, each ? "given" : "any");
    try {
      return await model.access.read(() => this.#measure(opened, data, each));
    } finally {
      data.close();
    }
  }

  /** Each call has a meter of its own, because meters carry states and calls may overlap. */
  async #measure(opened: Model, { source, isPartlyLabelled }: MeasuredData, each: boolean): Promise<Measures> {
    const model = this.#model;
    const weights = model.ready();
    const key = JSON.stringify([opened.layout, isPartlyLabelled]);
    const { inference } = getOrCreate(this.#opened, key, () => withLabelling(opened, isPartlyLabelled));
    const compiled = getOrCreate(this.#compiled, key, () => compileMeasures(inference, model.device));
    const meter = new Meter(inference, model.device, weights, model.sizes.known, compiled);
    try {
      if (!each) return await meter.measure(source);
      const rows: Measures[] = [];
      const measures = await meter.measure(source, (own) => rows.push(own));
      return { ...measures, rows };
    } finally {
      meter.dispose();
    }
  }

  dispose(): void {
    for (const { executable } of this.#compiled.values()) executable.dispose();
    this.#compiled.clear();
  }
}

/** The settings that the model was trained with, otherwise those of the spec; a text is one stream unless `batch` is given. */
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
    // A stream begins without what was before it, which costs: a text is measured in one.
    batch: batch ?? (layout === "text" ? 1 : trained.batch),
    ...(steps === undefined ? {} : { truncate: { k1: steps, k2: steps } }),
  };
}
