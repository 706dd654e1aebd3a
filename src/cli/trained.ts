// Opens a checkpoint as a model with its vocabularies, sizes and settings.
import type { SeriesShape } from "../data/series-steps.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { storedModel } from "../library/stored-model.ts";
import type { Description } from "../checkpoint/checkpoint.ts";
import type { Sizes } from "../shape/dim.ts";
import { openMeasured, type Model } from "../train/model.ts";
import type { RunSettings } from "../train/settings.ts";
import { restoreSettings } from "../train/stored-settings.ts";

/** The model of a checkpoint, without its weights. */
export interface Opened {
  readonly model: Model;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  readonly sizes: Sizes;
  /** The longest sequence of the training rows, by time. */
  readonly longest: Sizes;
  readonly settings: RunSettings;
  /** How rows are read as series. */
  readonly series?: SeriesShape | undefined;
}

/** The model as it was trained. */
export function openDescription(description: Description, path: string): Opened {
  const { definition, statics, layout, vocabularies, sizes } = storedModel(description, path);
  return {
    model: openMeasured(definition, statics, layout),
    vocabularies,
    sizes,
    longest: new Map(Object.entries(description.longest ?? {})),
    settings: restoreSettings(description.settings, path),
    series: description.series,
  };
}
