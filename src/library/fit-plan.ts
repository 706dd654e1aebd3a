// Plans a training: the model for the layout of its data, the settings, and the open data. It needs no target.
import { UserError } from "../base/diagnostic.ts";
import type { DataSource, Layout } from "../data/data-source.ts";
import type { SeriesShape } from "../data/series-steps.ts";
import type { Statics } from "../lang/elaborate/program.ts";
import type { TrainSettings } from "../lang/elaborate/settings.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { withLabelling, openMeasured, type Model } from "../train/model.ts";
import { openTrainingData } from "../train/open-data.ts";
import { resolveSettings, type RunSettings } from "../train/settings.ts";
import type { DataOptions, KnownData, TrainingData } from "../train/training-data.ts";
import { asTrained } from "./series.ts";
import { clipOf, frozenOf, optimizerOf, scheduleOf, truncationOf } from "./train-settings.ts";
import type { FitOptions } from "./types-training.ts";

/** The model to train. */
export interface Trainee {
  readonly definition: ScopedDefinition;
  readonly statics: Statics;
  /** The layout of the data that it was trained on before. Otherwise the data decide. */
  readonly layout?: Layout | undefined;
  /** Its vocabularies and sizes, if it has any. */
  readonly known?: KnownData;
  /** Decides the order of rows and dropout if neither options nor spec do. */
  readonly seed?: number;
}

export interface FitPlan {
  readonly model: Model;
  readonly settings: RunSettings;
  readonly data: TrainingData;
  /** How rows are read as series. */
  readonly series?: SeriesShape;
}

/** The settings of `fit`, without data, vectors and callbacks. */
export type FitSettings = Omit<
  FitOptions,
  "data" | "valid" | "series" | "embeddings" | "onUpdate" | "onEpoch" | "signal"
>;

export interface FitData {
  readonly training: DataSource;
  readonly validation?: DataSource;
  /** Whether the last tenth is held out if there are no validation data. */
  readonly holdsOut: boolean;
  /** How rows are read as series. Otherwise each row is an example. */
  readonly series?: SeriesShape;
}

/** Opens and checks the data, which the caller closes. Throws a CompileError or a UserError if model, data and settings do not fit. */
export function planFit(trainee: Trainee, data: FitData, options: FitSettings): FitPlan {
  const { definition, statics, known } = trainee;
  const model = openMeasured(definition, statics, trainee.layout ?? data.training.layout);
  const spec = model.inference.settings;
  const { seed = trainee.seed } = options;
  const merged = mergeSettings({ ...options, ...(seed === undefined ? {} : { seed }) }, spec);
  const settings = {
    ...resolveSettings(spec, merged, model.layout),
    frozen: frozenOf(options.freeze, model.inference),
  };
  const { minCount = 1, skipBad = false } = options;
  return openPlan(model, settings, data, { minCount, skipBad, ...(known === undefined ? {} : { known }) });
}

/** As `planFit`, with settings that are complete, such as those of a run that is resumed. */
export function openPlan(model: Model, settings: RunSettings, data: FitData, options: DataOptions): FitPlan {
  const { validation, holdsOut, series } = data;
  if (series !== undefined && options.skipBad === true)
    throw new UserError(
      `${data.training.name}: bad rows of a series cannot be skipped, because it would be another series`,
    );
  const training = asTrained(data.training, { series });
  const given = { training, ...(validation === undefined ? {} : { validation: asTrained(validation, { series }) }) };
  const opened = openTrainingData(model, given, settings, { ...options, holdsOut });
  return {
    model: withLabelling(model, opened.isPartlyLabelled),
    settings,
    data: opened,
    ...(series === undefined ? {} : { series }),
  };
}

/** The settings of the spec, replaced by those of the options. */
function mergeSettings(options: FitSettings, spec: TrainSettings): TrainSettings {
  const { batch, epochs, seed } = options;
  const schedule = scheduleOf(options.schedule, spec);
  const truncate = truncationOf(options, spec);
  return {
    optimizer: optimizerOf(options.optimizer, spec),
    clip: clipOf(options.clip, spec),
    ...(schedule === undefined ? {} : { schedule }),
    ...(truncate === undefined ? {} : { truncate }),
    ...(batch === undefined ? {} : { batch }),
    ...(epochs === undefined ? {} : { epochs }),
    ...(seed === undefined ? {} : { seed }),
  };
}
