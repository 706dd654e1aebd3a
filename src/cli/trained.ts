// What the commands on a trained model share: opening a checkpoint as a model, its vocabulary and its weights.
import { z } from "zod";
import { UserError } from "../base/diagnostic.ts";
import { open } from "../compile.ts";
import { restoreVocabulary, type Vocabulary } from "../data/vocabulary.ts";
import { loadCheckpoint, sourcesOf, type Checkpoint } from "../module/checkpoint.ts";
import { constant } from "../shape/dim.ts";
import { STORED_SETTINGS, type StoredSettings } from "../train/settings.ts";
import { textModel, type TextModel } from "../train/text-model.ts";

export interface Trained {
  readonly checkpoint: Checkpoint;
  readonly model: TextModel;
  readonly vocabulary: Vocabulary;
  readonly settings: StoredSettings;
}

/** Opens the folder that `train --out` made. Throws a UserError that says what is missing. */
export function openTrained(path: string): Trained {
  const checkpoint = loadCheckpoint(path);
  const { description } = checkpoint;
  const { source, load } = sourcesOf(description);
  const definition = open(source, load).definitions.get(description.model);
  if (definition === undefined) throw new UserError(`${path}: its spec has no model \`${description.model}\``);
  const statics = new Map(Object.entries(description.statics).map(([name, value]) => [name, constant(value)]));
  const model = textModel(definition, statics);
  const vocabulary = restoreVocabulary(description.vocabularies[model.input.token?.vocabulary ?? ""]);
  const settings = STORED_SETTINGS.safeParse(description.settings);
  if (!settings.success)
    throw new UserError(
      `${path}: its training settings are not as they should be:\n${z.prettifyError(settings.error)}`,
    );
  return { checkpoint, model, vocabulary, settings: settings.data };
}
