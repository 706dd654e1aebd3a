// Counts the symbols in rows, by vocabulary, and finds the largest token ids. Vocabularies are built from these.
import type { FieldSpec, TokenField } from "./field.ts";
import type { Row } from "./row-check.ts";

export class SymbolCounts {
  readonly #fields: readonly TokenField[];
  readonly #counts: ReadonlyMap<string, Map<string, number>>;
  readonly #idSizes = new Map<string, number>();

  constructor(fields: readonly FieldSpec[]) {
    this.#fields = fields.filter((field) => field.kind === "token");
    this.#counts = new Map(this.#fields.map(({ vocabulary }) => [vocabulary, new Map()]));
  }

  /** Counts a row's symbols `times` times; -1 subtracts them. Ids are never subtracted. */
  add(row: Row, times: number): void {
    for (const { name, vocabulary, most: room } of this.#fields) {
      const value = row.get(name);
      if (value?.kind === "symbols") {
        const counts = this.#counts.get(vocabulary);
        for (const [index, symbol] of value.symbols.entries())
          if (value.lacking?.has(index) !== true) counts?.set(symbol, (counts.get(symbol) ?? 0) + times);
      } else if (value?.kind === "ids" && room === null) {
        const most = value.ids.reduce((largest, id) => Math.max(largest, id), -1);
        this.#idSizes.set(vocabulary, Math.max(this.#idSizes.get(vocabulary) ?? 0, most + 1));
      }
    }
  }

  /** The symbols of a vocabulary with a count above 0. */
  of(vocabulary: string): ReadonlyMap<string, number> {
    return new Map([...(this.#counts.get(vocabulary) ?? [])].filter(([, count]) => count > 0));
  }

  /** The largest id + 1, by vocabulary, if the model does not say the size. */
  get idSizes(): ReadonlyMap<string, number> {
    return this.#idSizes;
  }
}
