// A running text as training reads it: its symbols counted, its tokens by place. It stands in a file or in memory.
import { UserError } from "../base/diagnostic.ts";
import type { TokenSource } from "./text.ts";
import type { Vocabulary, VocabularyOptions } from "./vocabulary.ts";

/** What its symbols are. */
export type TextKind = "char" | "word";

export interface RunningText {
  readonly kind: TextKind;
  /** How many symbols it has. */
  readonly length: number;
  /** The vocabulary of its first `to` symbols; of all without. */
  vocabulary(options: VocabularyOptions, to?: number): Vocabulary;
  /**
   * Its tokens. `held`: how many blocks of a file are kept in memory. Throws a UserError, when it is read, for a symbol that the
   * vocabulary does not have, where it has no unknown token.
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
