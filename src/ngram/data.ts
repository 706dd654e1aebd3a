// The text of an n-gram model: what is counted, and what is held out, divided as `train` divides it.
import { UserError } from "../base/diagnostic.ts";
import type { DataSource } from "../data/data-source.ts";
import { heldOutFrom } from "../data/held-out.ts";
import type { RunningText, TextKind } from "../data/running-text.ts";
import { memoryTokens, partOf, type TokenSource } from "../data/text.ts";
import type { Vocabulary } from "../data/vocabulary.ts";

export interface NgramData {
  /** Of the part that is counted. It has an unknown token. */
  readonly vocabulary: Vocabulary;
  readonly training: TokenSource;
  readonly heldOut: TokenSource;
}

export interface NgramDataOptions {
  readonly kind: TextKind;
  /** What is measured. Otherwise the last tenth of the text. */
  readonly validation?: DataSource;
  /** Rarer symbols become unknown. */
  readonly minCount: number;
}

/** Reads the tokens into memory, 4 bytes for each. Throws a UserError for rows, and if nothing is left to count. */
export function ngramData(data: DataSource, { kind, validation, minCount }: NgramDataOptions): NgramData {
  const text = openText(data, kind);
  try {
    const cut = validation === undefined ? heldOutFrom(text.length) : text.length;
    if (cut === 0)
      throw new UserError(`${data.name}: the last tenth is held out, and nothing is left to count: give more text`);
    const vocabulary = text.vocabulary({ start: false, end: false, minCount }, cut);
    if (vocabulary.symbols.length === 0)
      throw new UserError(`${data.name}: no symbol occurs ${minCount} times: give a smaller --min-count`);
    const tokens = inMemory(text, vocabulary);
    const training = partOf(tokens, 0, cut);
    const heldOut =
      validation === undefined ? partOf(tokens, cut, text.length) : readWhole(validation, kind, vocabulary);
    return { vocabulary, training, heldOut };
  } finally {
    text.close();
  }
}

function openText(data: DataSource, kind: TextKind): RunningText {
  if (data.layout === "rows") throw new UserError(`${data.name}: these are rows, but n-grams are counted in one text`);
  return data.text(kind);
}

function readWhole(data: DataSource, kind: TextKind, vocabulary: Vocabulary): TokenSource {
  const text = openText(data, kind);
  try {
    return inMemory(text, vocabulary);
  } finally {
    text.close();
  }
}

function inMemory(text: RunningText, vocabulary: Vocabulary): TokenSource {
  const tokens = text.tokens(vocabulary);
  return memoryTokens(tokens.read(0, tokens.length));
}
