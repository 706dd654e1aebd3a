// Vocabularies: the symbols of the training data, in order of code points, then the special ones. They travel with the trained model.
import { UserError } from "../base/diagnostic.ts";
import { wordJoiner, wordsOf } from "./words.ts";

/** How text becomes symbols: by code points, by words (punctuation is a word of its own), or as a whole. */
export type SymbolKind = "char" | "word" | "label";

export interface Vocabulary {
  readonly kind: SymbolKind;
  readonly symbols: readonly string[];
  /** Ids behind the symbols; null where there is none. */
  readonly unknown: number | null;
  readonly start: number | null;
  readonly end: number | null;
  /** Symbols and special ones together. */
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
  /** Whether the token is read delayed, and so needs a value before the first. */
  readonly start: boolean;
  /** Whether sequences end with a token of their own. */
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

/** As `buildVocabulary`, of symbols that are counted already. */
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

/** A text as symbols: code points, words without the blanks between them, or the text itself. */
export function segment(kind: SymbolKind, text: string): Iterable<string> {
  if (kind === "char") return text;
  return kind === "label" ? [text] : wordsOf(text);
}

/** A lookup of ids by symbol: the unknown token's where a symbol is not known, null where there is none. */
export function symbolIds(vocabulary: Vocabulary): (symbol: string) => number | null {
  const ids = new Map(vocabulary.symbols.map((symbol, id) => [symbol, id]));
  return (symbol) => ids.get(symbol) ?? vocabulary.unknown;
}

/** Token ids of a text. Throws a UserError for a symbol that is not known where there is no unknown token. */
export function encode(vocabulary: Vocabulary, text: string): Int32Array {
  return encodeEach(vocabulary, segment(vocabulary.kind, text));
}

/** Token ids of symbols, each as a whole. Throws as `encode`, and for what is not one character where characters are read. */
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

/** The symbols of token ids; special tokens are written by name, as `<end>`. Throws a UserError for an id that the vocabulary does not have. */
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
 * The text of token ids: characters side by side, words with blanks as a text has them, labels with a blank between them. A label among
 * several that has a blank in it, is empty or begins with a quotation mark stands in quotation marks, as JSON writes it, so that it is seen
 * where each ends. Throws as `decodeEach`.
 */
export function decode(vocabulary: Vocabulary, tokens: Iterable<number>): string {
  const symbols = decodeEach(vocabulary, tokens);
  if (vocabulary.kind !== "label") return symbols.map(joiner(vocabulary.kind)).join("");
  return symbols.length === 1 ? symbols.join("") : symbols.map(quotedWhereNeeded).join(" ");
}

function quotedWhereNeeded(label: string): string {
  return label === "" || /^"|\s/.test(label) ? JSON.stringify(label) : label;
}

/** Gives for each symbol what is to be appended. */
function joiner(kind: "char" | "word"): (symbol: string) => string {
  return kind === "word" ? wordJoiner() : (symbol) => symbol;
}

/** Goes on behind a text, token by token: gives for each what is to be appended. Throws as `decodeEach`. */
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
