// Texts in the place of token ids, where a model has vocabularies.
import { UserError } from "../../base/diagnostic.ts";
import { decode, encode, encodeEach, vocabularyWith, type Vocabulary } from "../../data/vocabulary.ts";
import type { ModuleDescription } from "../description.ts";
import type { GivenArray, Value } from "./given.ts";

export class Texts {
  readonly #vocabularies: ReadonlyMap<string, Vocabulary>;

  constructor(vocabularies: ModuleDescription["vocabularies"]) {
    this.#vocabularies = new Map(
      vocabularies.map((each) => [each.name, vocabularyWith(each.kind, each.symbols, each)]),
    );
  }

  /** Null where there is none of that name. */
  named(name: string | null): Vocabulary | null {
    return this.#vocabularies.get(name ?? "") ?? null;
  }

  decoded(name: string | null, ids: Int32Array): string | undefined {
    const vocabulary = this.named(name);
    return vocabulary === null ? undefined : decode(vocabulary, ids);
  }

  /** Token ids of texts; null where no text was given. Throws a UserError for a symbol that is not known. */
  encoded(name: string | null, value: Value, hasTime: boolean): GivenArray | null {
    const texts = textsIn(value);
    const vocabulary = this.named(name);
    if (texts === null || vocabulary === null) return null;
    const isSequence = hasTime && vocabulary.kind !== "label";
    const ids = (text: string | readonly string[]): Int32Array => {
      if (typeof text !== "string") return encodeEach(vocabulary, text);
      return isSequence ? encode(vocabulary, text) : encodeEach(vocabulary, [text]);
    };
    // Labels of one example stand in an array, as one text stands alone.
    const isOne =
      typeof value === "string" || (hasTime && !isSequence && texts.every((each) => typeof each === "string"));
    if (isOne) return arrayOf([ids(typeof value === "string" ? value : texts.flat())], null, hasTime);
    return arrayOf(texts.map(ids), texts.length, hasTime);
  }
}

/** One text, or all of an array; null where anything else is in it. */
function textsIn(value: Value): readonly (string | readonly string[])[] | null {
  if (typeof value === "string") return [value];
  if (!Array.isArray(value) || value.length === 0) return null;
  const texts = value.filter(
    (each): each is string | readonly string[] =>
      typeof each === "string" ||
      (Array.isArray(each) && each.length > 0 && each.every((symbol) => typeof symbol === "string")),
  );
  return texts.length === value.length ? texts : null;
}

/** `[T, B]` with 0 as padding, or `[B]`. */
function arrayOf(examples: readonly Int32Array[], batch: number | null, hasTime: boolean): GivenArray {
  const steps = examples.reduce((most, each) => Math.max(most, each.length), 0);
  if (steps === 0) throw new UserError("a text has no symbols in it");
  const data = new Int32Array(steps * examples.length);
  examples.forEach((ids, example) => ids.forEach((id, step) => (data[step * examples.length + example] = id)));
  const isEven = examples.every(({ length }) => length === steps);
  return {
    data,
    batch,
    steps: hasTime ? steps : null,
    lengths: isEven || !hasTime ? null : examples.map(({ length }) => length),
  };
}
