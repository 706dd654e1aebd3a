// Running text in memory. Each symbol is stored as a number: its index in the order of first occurrence.
import { growableInts } from "./growable-array.ts";
import { noSymbols, unknownSymbol, type RunningText, type TextKind } from "./running-text.ts";
import { memoryTokens, type TokenSource } from "./text.ts";
import { segment, symbolIds, vocabularyOf, type Vocabulary, type VocabularyOptions } from "./vocabulary.ts";

export class TextInMemory implements RunningText {
  readonly kind: TextKind;
  readonly #symbols: readonly string[];
  /** The index in `#symbols` of each symbol of the text. */
  readonly #numbers: Int32Array;

  /** Throws a UserError if the text has no symbols; `name` is the text's name in the message. */
  constructor(text: string, kind: TextKind, name: string) {
    this.kind = kind;
    const places = new Map<string, number>();
    const numbers = growableInts();
    for (const symbol of segment(kind, text)) {
      const place = places.get(symbol) ?? places.size;
      places.set(symbol, place);
      numbers.push(place);
    }
    this.#symbols = [...places.keys()];
    this.#numbers = numbers.finish();
    if (this.length === 0) throw noSymbols(name, kind);
  }

  get length(): number {
    return this.#numbers.length;
  }

  vocabulary(options: VocabularyOptions, to = this.length): Vocabulary {
    const counts = new Int32Array(this.#symbols.length);
    for (const number of this.#numbers.subarray(0, to)) counts[number] = (counts[number] ?? 0) + 1;
    const occurring = this.#symbols.map((symbol, place) => [symbol, counts[place] ?? 0] as const);
    return vocabularyOf(this.kind, new Map(occurring.filter(([, count]) => count > 0)), options);
  }

  tokens(vocabulary: Vocabulary): TokenSource {
    const idOf = symbolIds(vocabulary);
    const ids = this.#symbols.map((symbol) => idOf(symbol) ?? unknownSymbol(symbol));
    return memoryTokens(this.#numbers.map((number) => ids[number] ?? 0));
  }

  close(): void {}
}
