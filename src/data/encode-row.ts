// Encodes symbols of rows as token ids, with the vocabularies of the training data.
import { fail } from "../base/invariant.ts";
import type { TokenField } from "./field.ts";
import type { FieldValue } from "./field-value.ts";
import { symbolIds, type Vocabulary } from "./vocabulary.ts";

export class RowEncoder {
  readonly #ids: ReadonlyMap<string, (symbol: string) => number | null>;
  readonly #ends: ReadonlyMap<string, number | null>;

  constructor(vocabularies: ReadonlyMap<string, Vocabulary>) {
    this.#ids = new Map([...vocabularies].map(([name, vocabulary]) => [name, symbolIds(vocabulary)]));
    this.#ends = new Map([...vocabularies].map(([name, vocabulary]) => [name, vocabulary.end]));
  }

  /** With the end token if the field has one; 0 for `null`. All symbols are known, because the rows were checked. */
  ids(field: TokenField, value: FieldValue): readonly number[] {
    const ids =
      value.kind === "symbols"
        ? this.#known(field, value.symbols, value.lacking)
        : value.kind === "ids"
          ? value.ids
          : [];
    if (!field.end) return ids;
    return [...ids, this.#ends.get(field.vocabulary) ?? fail("data", `no end token for ${field.name}`)];
  }

  #known(
    { name, vocabulary }: TokenField,
    symbols: readonly string[],
    lacking: ReadonlySet<number> = new Set(),
  ): readonly number[] {
    const idOf = this.#ids.get(vocabulary) ?? fail("data", `no vocabulary ${vocabulary}`);
    return symbols.map((symbol, index) =>
      lacking.has(index) ? 0 : (idOf(symbol) ?? fail("data", `\`${name}\` has ${symbol}, which was not checked`)),
    );
  }
}
