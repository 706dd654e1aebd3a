// What the commands on a trained model share: opening a checkpoint as a model with its vocabularies, sizes and weights.
import type { Vocabulary } from "../data/vocabulary.ts";
import { storedModel } from "../library/stored-model.ts";
import type { Checkpoint, Description } from "../module/checkpoint.ts";
import { loadCheckpoint } from "../module/checkpoint-files.ts";
import type { Sizes } from "../shape/dim.ts";
import type { Target } from "../targets/target.ts";
import { DeviceState } from "../train/device-state.ts";
import { refuseIncomplete } from "../train/complete.ts";
import { openModel, type Model } from "../train/model.ts";
import { restoreSettings, type RunSettings } from "../train/settings.ts";

/** The model of a checkpoint, without its weights. */
export interface Opened {
  readonly model: Model;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  readonly sizes: Sizes;
  readonly settings: RunSettings;
}

export interface Trained extends Opened {
  readonly checkpoint: Checkpoint;
}

/** Opens the folder that `train --out` made. Throws a UserError that says what is missing. */
export function openTrained(path: string): Trained {
  const checkpoint = loadCheckpoint(path);
  const trained = { checkpoint, ...openDescription(checkpoint.description, path) };
  refuseIncomplete(trained.model.inference, { sizes: trained.sizes, arrays: checkpoint.arrays }, path);
  return trained;
}

/** The model of a checkpoint, as it was when it was trained. */
export function openDescription(description: Description, path: string): Opened {
  const { definition, statics, layout, vocabularies, sizes } = storedModel(description, path);
  return {
    model: openModel(definition, statics, layout),
    vocabularies,
    sizes,
    settings: restoreSettings(description.settings, path),
  };
}

/** The weights on a target; the caller disposes of them. */
export function weightsOn<T>(target: Target<T>, { arrays }: Checkpoint): DeviceState<T> {
  const weights = new DeviceState(target);
  for (const [name, array] of arrays) weights.put(name, array);
  return weights;
}
