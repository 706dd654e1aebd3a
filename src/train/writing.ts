// Writes with a model of text, symbol by symbol. Each symbol is fed back.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { uniformAt } from "../base/random.ts";
import { defaultPrompt, encode, type Vocabulary } from "../data/vocabulary.ts";
import { outputOf } from "../lang/elaborate/predict.ts";
import type { HostArray } from "../targets/target.ts";
import { Pauses } from "./pauses.ts";
import { checkSampling, sample, type Sampling } from "./sampling.ts";
import type { Feedback, Session } from "./session.ts";
import type { Batch } from "./source.ts";

export interface WritingOptions extends Sampling {
  /** The largest number of symbols. */
  readonly length: number;
  readonly seed: number;
  /** Stops the writing, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called with the logits from which each token is drawn. */
  readonly onLogits?: (logits: HostArray["data"]) => void;
}

/** Tokens that may be written: all but the start token and the unknown token. */
export function writableTokens({ size, unknown, start }: Vocabulary): readonly number[] {
  return Array.from({ length: size }, (_, token) => token).filter((token) => token !== unknown && token !== start);
}

export const ONE_EXAMPLE: Batch = { arrays: new Map(), sizes: new Map([["B", 1]]), isFresh: true, tokens: 0 };

/** Continues a prompt, token by token, up to the end token if there is one. An empty prompt stands for the end of a line. */
export async function* writeText<T>(
  session: Session<T>,
  vocabulary: Vocabulary,
  prompt: string | Int32Array,
  options: WritingOptions,
): AsyncGenerator<number> {
  checkSampling(options);
  const { input, prediction } = onlyText(session.feedback);
  const allowed = writableTokens(vocabulary);
  const pauses = new Pauses(options.signal);
  let tokens = promptTokens(vocabulary, prompt);
  await session.begin(ONE_EXAMPLE);
  for (let index = 0; index < options.length; index++) {
    await pauses.next();
    const array: HostArray = { dtype: "int", shape: [tokens.length, 1], data: tokens };
    const results = await session.step(new Map([[input.name, array]]), tokens.length);
    const { shape, data } = results.get(outputOf(prediction)) ?? fail("writing", `no logits of ${prediction.name}`);
    const logits = data.slice(-(shape.at(-1) ?? 1));
    options.onLogits?.(logits);
    const token = sample(logits, allowed, options, uniformAt(options.seed, "writing", index));
    if (token === vocabulary.end) return;
    tokens = Int32Array.of(token);
    yield token;
  }
}

/** The tokens of a prompt; of an empty one, the end of a line or else the first symbol. Throws a UserError for a prompt without symbols. */
export function promptTokens(vocabulary: Vocabulary, prompt: string | Int32Array): Int32Array {
  if (prompt === "") return Int32Array.of(defaultPrompt(vocabulary));
  const tokens = typeof prompt === "string" ? encode(vocabulary, prompt) : prompt;
  if (tokens.length > 0) return tokens;
  throw new UserError(`the prompt has no ${vocabulary.kind === "word" ? "words" : "characters"} in it`);
}

/** Throws a UserError for a model that does not continue one text. */
export function onlyText(feedback: readonly Feedback[]): Feedback {
  const [only, ...others] = feedback;
  if (only?.prediction.kind !== "token" || only.prediction.ahead !== 1 || others.length > 0)
    throw new UserError("only a model of one text, such as `predict text[t+1] from …`, can continue a prompt");
  return only;
}
