// A running text in a file or in memory: its vocabulary, and its tokens by position.
import { UserError } from "../base/diagnostic.ts";
import type { TokenSource } from "./text.ts";
import type { Vocabulary, VocabularyOptions } from "./vocabulary.ts";

/** The kind of its symbols. */
export type TextKind = "char" | "word";

export interface RunningText {
  readonly kind: TextKind;
  /** The number of symbols. */
  readonly length: number;
  /** The vocabulary of its first `to` symbols; by default of all. */
  vocabulary(options: VocabularyOptions, to?: number): Vocabulary;
  /**
   * Its tokens. `held`: the number of blocks of a file that are kept in memory. Reading throws a UserError for a symbol that is not in
   * the vocabulary, if there is no unknown token.
   */
  tokens(vocabulary: Vocabulary, held?: number): TokenSource;
  close(): void;
}

export function noSymbols(name: string, kind: TextKind): UserError {
  return new UserError(`${name} has no ${kind === "char" ? "characters" : "words"} in it`);
}

export function unknownSymbol(symbol: string): never {
  throw new UserError(`the symbol ${JSON.stringify(symbol)} does not occur in the training data`);
}
