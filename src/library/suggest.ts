// What a model of one text expects next: the likeliest symbols, or the probabilities of given continuations.
import { fail } from "../base/invariant.ts";
import { UserError } from "../base/diagnostic.ts";
import type { Layout } from "../data/data-source.ts";
import { decodeEach, encode, type Vocabulary } from "../data/vocabulary.ts";
import { outputOf } from "../lang/elaborate/predict.ts";
import type { HostArray } from "../targets/target.ts";
import { logProbabilities } from "../train/sampling.ts";
import { feedbackOf, type Session } from "../train/session.ts";
import { ONE_EXAMPLE, onlyText, writableTokens } from "../train/writing.ts";
import type { Compiled } from "./compiled.ts";
import { checkNames, checkWhole, checkedLater, readOptions, type Checks } from "./options.ts";
import type { SuggestOptions, Suggestion } from "./types.ts";
import { readStart, withSession, writtenVocabulary, type Start } from "./writing-session.ts";

const OPTIONS: Checks<SuggestOptions> = {
  prompt: checkedLater,
  top: checkWhole("`top`", 1),
  of: checkNames,
};

/** Rejects with a UserError for a model that does not continue one text, and for wrong options. */
export async function suggest<T>(model: Compiled<T>, given: SuggestOptions): Promise<readonly Suggestion[]> {
  const { prompt, top = 5, of } = readOptions(given, OPTIONS, "suggest");
  const start = readStart(model, prompt === undefined ? {} : { prompt });
  const { vocabulary, tokens, layout } = textOf(model, start);
  return withSession(model, layout, async (session) => {
    if (of === undefined) {
      const [last] = (await logitsAfter(session, tokens)).slice(-1);
      return likeliestSymbols(vocabulary, last ?? [], top);
    }
    const found: Suggestion[] = [];
    for (const text of of) {
      const next = encode(vocabulary, text);
      if (next.length === 0) throw new UserError("a text in `of` is empty");
      const logits = await logitsAfter(session, Int32Array.from([...tokens, ...next]));
      found.push({ text, probability: probabilityOf(vocabulary, next, logits.slice(tokens.length - 1)) });
    }
    return found;
  });
}

interface Text {
  readonly vocabulary: Vocabulary;
  readonly tokens: Int32Array;
  readonly layout: Layout;
}

/** Throws a UserError for a model that does not continue one text. A model of rows continues one if it reads no more than that in use. */
function textOf<T>(model: Compiled<T>, start: Start): Text {
  if (start.kind === "text") return { vocabulary: start.vocabulary, tokens: start.prompt, layout: "text" };
  const [only, ...others] = start.kind === "history" ? feedbackOf(model.program) : [];
  const vocabulary = only === undefined || others.length > 0 ? null : writtenVocabulary(model, only.input);
  const tokens = start.batch.arrays.get(only?.input.name ?? "")?.data;
  if (vocabulary === null || tokens === undefined || only?.prediction.ahead !== 1)
    throw new UserError(
      `\`${model.name}\` does not continue a text: \`generate\` with \`beam\` finds its likeliest outputs`,
    );
  return { vocabulary, tokens: Int32Array.from(tokens), layout: "rows" };
}

/** The likeliest `top` symbols. */
export function likeliestSymbols(
  vocabulary: Vocabulary,
  logits: ArrayLike<number>,
  top: number,
): readonly Suggestion[] {
  const allowed = writableTokens(vocabulary);
  const chances = logProbabilities(logits, allowed);
  const all = allowed.map((token, index) => ({ token, probability: Math.exp(chances[index] ?? -Infinity) }));
  return greatest(vocabulary, all, top);
}

/** The `top` tokens with the greatest probabilities, by their symbols. */
export function greatest(
  vocabulary: Vocabulary,
  chances: readonly { readonly token: number; readonly probability: number }[],
  top: number,
): readonly Suggestion[] {
  const best = chances.toSorted((a, b) => b.probability - a.probability || a.token - b.token).slice(0, top);
  return best.map(({ token, probability }) => ({ text: nameOf(vocabulary, token), probability }));
}

/** A symbol; without known symbols, the token id. */
function nameOf(vocabulary: Vocabulary, token: number): string {
  const hasSymbols = vocabulary.symbols.length > 0;
  return hasSymbols ? (decodeEach(vocabulary, [token])[0] ?? String(token)) : String(token);
}

/** The product of the probabilities of the tokens `next`. `logits`: those from which each of them is predicted. */
function probabilityOf(vocabulary: Vocabulary, next: ArrayLike<number>, logits: readonly ArrayLike<number>[]): number {
  const allowed = writableTokens(vocabulary);
  const sum = Array.from(next).reduce((total, token, step) => {
    const place = allowed.indexOf(token);
    return total + (logProbabilities(logits[step] ?? [], allowed)[place] ?? -Infinity);
  }, 0);
  return Math.exp(sum);
}

/** The logits after each of these tokens, from the beginning. */
async function logitsAfter<T>(session: Session<T>, tokens: Int32Array): Promise<readonly HostArray["data"][]> {
  const { input, prediction } = onlyText(session.feedback);
  await session.begin(ONE_EXAMPLE);
  const fed: HostArray = { dtype: "int", shape: [tokens.length, 1], data: tokens };
  const results = await session.step(new Map([[input.name, fed]]), tokens.length);
  const { shape, data } = results.get(outputOf(prediction)) ?? fail("suggest", `no logits of ${prediction.name}`);
  const size = shape.at(-1) ?? 1;
  return Array.from({ length: tokens.length }, (_, step) => data.slice(step * size, (step + 1) * size));
}
