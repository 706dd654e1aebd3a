// The model of a checkpoint: its definition with its parameters, vocabularies and sizes.
import { UserError } from "../base/diagnostic.ts";
import { open } from "../programs.ts";
import type { Layout } from "../data/data-source.ts";
import { restoreVocabulary } from "../data/stored-vocabulary.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { sourcesOf, type Description } from "../checkpoint/checkpoint.ts";
import type { Sizes } from "../shape/dim.ts";
import { withParameters, type Parametrised } from "./choose.ts";

export interface StoredModel extends Parametrised {
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** Sizes from the data, and under `start.NAME` the start tokens of vocabularies. */
  readonly sizes: Sizes;
  readonly layout: Layout;
}

/** `file` is the checkpoint's name in messages. Throws a UserError if its spec does not have the model, or a vocabulary is not valid. */
export function storedModel(description: Description, file: string): StoredModel {
  const { source, load } = sourcesOf(description);
  const stored = open(source, load).definitions.get(description.model);
  if (stored === undefined) throw new UserError(`${file}: its spec has no model \`${description.model}\``);
  const vocabularies = Object.entries(description.vocabularies);
  return {
    ...withParameters(stored, Object.entries(description.statics), { load, root: source }),
    vocabularies: new Map(vocabularies.map(([name, stored]) => [name, restoreVocabulary(stored)])),
    sizes: new Map(Object.entries(description.sizes)),
    layout: description.layout,
  };
}
