// What a training is made of, before there is a target: the model as its data are laid out, settings, open data.
import type { DataSource, Layout } from "../data/data-source.ts";
import type { Statics } from "../lang/elaborate/program.ts";
import type { TrainSettings } from "../lang/elaborate/settings.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { labelledAs, openModel, type Model } from "../train/model.ts";
import { openTrainingData } from "../train/open-data.ts";
import { resolveSettings, type RunSettings } from "../train/settings.ts";
import type { DataOptions, KnownData, TrainingData } from "../train/training-data.ts";
import { clipOf, optimizerOf, scheduleOf, truncationOf } from "./train-settings.ts";
import type { FitOptions } from "./types-training.ts";

/** What is trained. */
export interface Trainee {
  readonly definition: ScopedDefinition;
  readonly statics: Statics;
  /** How its data are laid out, where it was trained before. Without, the data decide. */
  readonly layout?: Layout | undefined;
  /** Its vocabularies and sizes, where it has some. */
  readonly known?: KnownData;
  /** What decides order and dropout where neither options nor spec say so. */
  readonly seed?: number;
}

export interface FitPlan {
  readonly model: Model;
  readonly settings: RunSettings;
  readonly data: TrainingData;
}

/** The settings of `fit`, but for data and what is called back. */
export type FitSettings = Omit<FitOptions, "data" | "valid" | "onUpdate" | "onEpoch" | "signal">;

export interface FitData {
  readonly training: DataSource;
  readonly validation?: DataSource;
  /** Whether the last tenth is held out where there are no validation data. */
  readonly holdsOut: boolean;
}

/** Opens and checks the data, which the caller closes. Throws a CompileError or a UserError for what does not go together. */
export function planFit(trainee: Trainee, data: FitData, options: FitSettings): FitPlan {
  const { definition, statics, known } = trainee;
  const model = openModel(definition, statics, trainee.layout ?? data.training.layout);
  const spec = model.inference.settings;
  const { seed = trainee.seed } = options;
  const settings = resolveSettings(
    spec,
    settingsGiven({ ...options, ...(seed === undefined ? {} : { seed }) }, spec),
    model.layout,
  );
  const { minCount = 1, skipBad = false } = options;
  return openedPlan(model, settings, data, { minCount, skipBad, ...(known === undefined ? {} : { known }) });
}

/** As `planFit`, where the settings are known: those of a run that goes on. */
export function openedPlan(model: Model, settings: RunSettings, data: FitData, options: DataOptions): FitPlan {
  const { training, validation, holdsOut } = data;
  const given = { training, ...(validation === undefined ? {} : { validation }) };
  const opened = openTrainingData(model, given, settings, { ...options, holdsOut });
  return { model: labelledAs(model, opened.isPartlyLabelled), settings, data: opened };
}

/** What the options say instead of the spec. */
function settingsGiven(options: FitSettings, spec: TrainSettings): TrainSettings {
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
