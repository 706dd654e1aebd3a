// Writes with an n-gram model, symbol by symbol.
import { uniformAt } from "../base/random.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { sample } from "../train/sampling.ts";
import { promptTokens, writableTokens } from "../train/writing.ts";
import type { NgramContext } from "./counts.ts";
import type { NgramModel } from "./model.ts";

/** The context after a prompt; an empty one stands for the end of a line. Throws a UserError for a prompt without symbols. */
export function contextAfter(model: NgramModel, vocabulary: Vocabulary, prompt: string): NgramContext {
  const context = model.context();
  for (const token of promptTokens(vocabulary, prompt)) context.read(token);
  return context;
}

/** Draws at most `length` tokens. The text ends where only the unknown token can follow. */
export function* drawTokens(
  model: NgramModel,
  vocabulary: Vocabulary,
  { prompt, length, seed }: { readonly prompt: string; readonly length: number; readonly seed: number },
): Generator<number> {
  const context = contextAfter(model, vocabulary, prompt);
  const allowed = writableTokens(vocabulary);
  for (let index = 0; index < length; index++) {
    const logits = model.distribution(context).map(Math.log);
    if (allowed.every((token) => logits[token] === -Infinity)) return;
    const token = sample(logits, allowed, { temperature: 1 }, uniformAt(seed, "writing", index));
    yield token;
    context.read(token);
  }
}
