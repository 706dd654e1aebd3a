// The model of a checkpoint: its definition with its arguments, the vocabularies and sizes that it was trained with.
import { UserError } from "../base/diagnostic.ts";
import { open } from "../compile.ts";
import type { Layout } from "../data/data-source.ts";
import { restoreVocabulary } from "../data/stored-vocabulary.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { Statics } from "../lang/elaborate/program.ts";
import type { ScopedDefinition } from "../lang/scope.ts";
import { sourcesOf, type Description } from "../checkpoint/checkpoint.ts";
import { constant, type Sizes } from "../shape/dim.ts";

export interface StoredModel {
  readonly definition: ScopedDefinition;
  readonly statics: Statics;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** Sizes that the data gave, and under `start.NAME` the start tokens of vocabularies. */
  readonly sizes: Sizes;
  readonly layout: Layout;
}

/** `file` is the checkpoint's name in messages. Throws a UserError where it has no such model, or a vocabulary is not one. */
export function storedModel(description: Description, file: string): StoredModel {
  const { source, load } = sourcesOf(description);
  const definition = open(source, load).definitions.get(description.model);
  if (definition === undefined) throw new UserError(`${file}: its spec has no model \`${description.model}\``);
  const vocabularies = Object.entries(description.vocabularies);
  return {
    definition,
    statics: new Map(Object.entries(description.statics).map(([name, value]) => [name, constant(value)])),
    vocabularies: new Map(vocabularies.map(([name, stored]) => [name, restoreVocabulary(stored)])),
    sizes: new Map(Object.entries(description.sizes)),
    layout: description.layout,
  };
}
