// How often each symbol occurs in rows, by vocabulary, and how many token ids are in use: what vocabularies are built from.
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

  /** Counts a row's symbols `times` times; -1 takes them back. Ids are never taken back. */
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

  /** The symbols of a vocabulary that occur at all. */
  of(vocabulary: string): ReadonlyMap<string, number> {
    return new Map([...(this.#counts.get(vocabulary) ?? [])].filter(([, count]) => count > 0));
  }

  /** One more than the largest id, by vocabulary, where the model has not fixed how many there are. */
  get idSizes(): ReadonlyMap<string, number> {
    return this.#idSizes;
  }
}
