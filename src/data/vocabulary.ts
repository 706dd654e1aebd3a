// Vocabularies: the symbols of the training data, in order of code points, then the special tokens. A checkpoint contains them.
import { UserError } from "../base/diagnostic.ts";
import { wordJoiner, wordsOf } from "./words.ts";

/** The symbols of a text: its code points, its words (punctuation is a word of its own), or the whole text. */
export type SymbolKind = "char" | "word" | "label";

export interface Vocabulary {
  readonly kind: SymbolKind;
  readonly symbols: readonly string[];
  /** Ids after those of the symbols; null if there is no such token. */
  readonly unknown: number | null;
  readonly start: number | null;
  readonly end: number | null;
  /** The number of symbols and special tokens. */
  readonly size: number;
}

/** A vocabulary from its symbols and from which special tokens it has; their ids stand behind the symbols. */
export function vocabularyWith(
  kind: SymbolKind,
  symbols: readonly string[],
  special: { readonly unknown: boolean; readonly start: boolean; readonly end: boolean },
): Vocabulary {
  let next = symbols.length;
  const id = (isThere: boolean): number | null => (isThere ? next++ : null);
  const [unknown, start, end] = [id(special.unknown), id(special.start), id(special.end)];
  return { kind, symbols, unknown, start, end, size: next };
}

export interface VocabularyOptions {
  /** Whether the model reads the token one step late, and needs a value before the first. */
  readonly start: boolean;
  /** Whether sequences end with an end token. */
  readonly end: boolean;
  /** Rarer symbols become unknown. */
  readonly minCount: number;
}

/** The vocabulary of `texts`. Characters and words have an unknown token; labels have none. */
export function buildVocabulary(kind: SymbolKind, texts: Iterable<string>, options: VocabularyOptions): Vocabulary {
  const counts = new Map<string, number>();
  for (const text of texts) for (const symbol of segment(kind, text)) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  return vocabularyOf(kind, counts, options);
}

/** As `buildVocabulary`, from counted symbols. */
export function vocabularyOf(
  kind: SymbolKind,
  counts: ReadonlyMap<string, number>,
  options: VocabularyOptions,
): Vocabulary {
  const kept = [...counts].filter(([, count]) => count >= options.minCount).map(([symbol]) => symbol);
  const { start, end } = options;
  return vocabularyWith(kind, kept.sort(byCodePoint), { unknown: kind !== "label", start, end });
}

function byCodePoint(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = (x[i]?.codePointAt(0) ?? 0) - (y[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

/** Splits a text into symbols: code points, words without blanks, or the text itself. */
export function segment(kind: SymbolKind, text: string): Iterable<string> {
  if (kind === "char") return text;
  return kind === "label" ? [text] : wordsOf(text);
}

/** Returns a lookup of ids by symbol: for an unknown symbol the unknown token, or null if there is none. */
export function symbolIds(vocabulary: Vocabulary): (symbol: string) => number | null {
  const ids = new Map(vocabulary.symbols.map((symbol, id) => [symbol, id]));
  return (symbol) => ids.get(symbol) ?? vocabulary.unknown;
}

/** Token ids of a text. Throws a UserError for an unknown symbol if there is no unknown token. */
export function encode(vocabulary: Vocabulary, text: string): Int32Array {
  return encodeEach(vocabulary, segment(vocabulary.kind, text));
}

/** The token that an empty prompt stands for: the end of a line, or else the first symbol. */
export function defaultPrompt({ symbols }: Pick<Vocabulary, "symbols">): number {
  return Math.max(0, symbols.indexOf("\n"));
}

/** Token ids of symbols. Throws as `encode`, and for an unknown `char` that is not one character. */
export function encodeEach(vocabulary: Vocabulary, symbols: Iterable<string>): Int32Array {
  const idOf = symbolIds(vocabulary);
  const tokens: number[] = [];
  for (const symbol of symbols) {
    const id = idOf(symbol);
    if (id === null)
      throw new UserError(`the ${vocabulary.kind} ${JSON.stringify(symbol)} does not occur in the training data`);
    if (id === vocabulary.unknown && vocabulary.kind === "char" && [...symbol].length !== 1)
      throw new UserError(`${JSON.stringify(symbol)} is not one character`);
    tokens.push(id);
  }
  return Int32Array.from(tokens);
}

/** The symbols of token ids; special tokens by name, such as `<end>`. Throws a UserError for an id that the vocabulary does not have. */
export function decodeEach(vocabulary: Vocabulary, tokens: Iterable<number>): readonly string[] {
  const { symbols, unknown, start, end, size } = vocabulary;
  const names = new Map([
    [unknown, "<unk>"],
    [start, "<start>"],
    [end, "<end>"],
  ]);
  return Array.from(tokens, (token) => {
    const symbol = symbols[token] ?? names.get(token);
    if (symbol !== undefined) return symbol;
    throw new UserError(
      `the vocabulary has no token ${String(token)}: its ids are whole numbers from 0 to ${size - 1}`,
    );
  });
}

/**
 * The text of token ids: characters without blanks, words with the blanks of a text, labels with a blank between them. One of several
 * labels is quoted as in JSON if it has a blank in it, is empty or begins with a quotation mark. Throws as `decodeEach`.
 */
export function decode(vocabulary: Vocabulary, tokens: Iterable<number>): string {
  const symbols = decodeEach(vocabulary, tokens);
  if (vocabulary.kind !== "label") return symbols.map(joiner(vocabulary.kind)).join("");
  return symbols.length === 1 ? symbols.join("") : symbols.map(quotedWhereNeeded).join(" ");
}

function quotedWhereNeeded(label: string): string {
  return label === "" || /^"|\s/.test(label) ? JSON.stringify(label) : label;
}

/** Returns a function from a symbol to the text to append. */
function joiner(kind: "char" | "word"): (symbol: string) => string {
  return kind === "word" ? wordJoiner() : (symbol) => symbol;
}

/** Decodes token by token after a text: returns a function from a token to the text to append, which throws as `decodeEach`. */
export function decodingAfter(vocabulary: Vocabulary, text: string): (token: number) => string {
  const kind = vocabulary.kind === "char" ? "char" : "word";
  const next = joiner(kind);
  for (const symbol of segment(kind, text)) next(symbol);
  let hasBlank = kind === "word" && /\s$/.test(text);
  return (token) => {
    const appended = decodeEach(vocabulary, [token]).map(next).join("");
    const shown = hasBlank ? appended.trimStart() : appended;
    hasBlank = false;
    return shown;
  };
}
