// Vocabularies as a checkpoint stores them.
import * as z from "zod";
import { UserError } from "../base/diagnostic.ts";
import { vocabularyWith, type Vocabulary } from "./vocabulary.ts";

const STORED = z.object({
  kind: z.enum(["char", "word", "label"]),
  symbols: z.array(z.string()),
  unknown: z.boolean(),
  start: z.boolean(),
  end: z.boolean(),
});

export type StoredVocabulary = z.infer<typeof STORED>;

export function storeVocabulary(vocabulary: Vocabulary): StoredVocabulary {
  const { kind, symbols, unknown, start, end } = vocabulary;
  return { kind, symbols: [...symbols], unknown: unknown !== null, start: start !== null, end: end !== null };
}

/** Reads the result of `storeVocabulary`. Throws a UserError that says what is wrong. */
export function restoreVocabulary(stored: unknown): Vocabulary {
  const result = STORED.safeParse(stored);
  if (!result.success) throw new UserError(`this is not a vocabulary:\n${z.prettifyError(result.error)}`);
  return vocabularyWith(result.data.kind, result.data.symbols, result.data);
}
