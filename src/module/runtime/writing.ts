// Writing: what a model predicts is drawn and fed back, step by step, until its end token or the length that is asked for.
import { UserError } from "../../base/diagnostic.ts";
import { uniformAt } from "../../base/random.ts";
import { encode, type Vocabulary } from "../../data/vocabulary.ts";
import { Pauses } from "../../train/pauses.ts";
import { sample, type Sampling } from "../../train/sampling.ts";
import type { FeedbackDescription } from "../description.ts";
import type { Output } from "./placed-program.ts";
import type { Sequence, Steps } from "./steps.ts";

export interface WritingOptions {
  readonly prompt?: string | ArrayLike<number>;
  readonly length?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** A token id, or the numbers of one step. */
export type Written = number | readonly number[];

export interface WritingJob {
  readonly steps: Steps;
  readonly sequence: Sequence;
  readonly options: WritingOptions;
  readonly seed: number;
}

/** Throws a UserError for options that make no sense. */
export function checkOptions({ length = 100, temperature = 1, topK = 1, topP = 1 }: WritingOptions): void {
  if (!(Number.isInteger(length) && length >= 0))
    throw new UserError(`the length is ${length}, but it must be 0 or more`);
  if (!(temperature >= 0)) throw new UserError(`the temperature is ${temperature}, but it must be 0 or more`);
  if (!(topK >= 1)) throw new UserError(`\`topK\` is ${topK}, but it must be 1 or more`);
  if (!(topP > 0 && topP <= 1)) throw new UserError(`\`topP\` is ${topP}, but it must be above 0 and at most 1`);
}

/** The tokens that a text goes on from. Throws a UserError where a prompt has none. */
export function promptTokens(vocabulary: Vocabulary | null, prompt: string | ArrayLike<number>): readonly number[] {
  if (typeof prompt !== "string") return Array.from(prompt);
  if (prompt === "") return [Math.max(0, vocabulary?.symbols.indexOf("\n") ?? 0)];
  if (vocabulary === null) throw new UserError("the model has no vocabulary: give the prompt as token ids");
  const tokens = [...encode(vocabulary, prompt)];
  if (tokens.length === 0) throw new UserError("the prompt has no symbols in it");
  return tokens;
}

/** Goes on from tokens, one token after the other. */
export async function* writeText(
  job: WritingJob,
  feedback: FeedbackDescription,
  prompt: readonly number[],
): AsyncGenerator<number> {
  const { steps, sequence, options, seed } = job;
  const pauses = new Pauses(options.signal);
  let next = prompt;
  for (let index = 0; index < (options.length ?? 100); index++) {
    await pauses.next();
    let outputs: readonly Output[] = [];
    for (const token of next) outputs = steps.step(sequence, new Map([[feedback.input, [token]]]));
    const logits = logitsOf(outputs, feedback);
    const token = sample(logits, writable(feedback, logits), sampling(options), uniformAt(seed, "writing", index));
    if (token === feedback.end) return;
    next = [token];
    yield token;
  }
}

/** Writes all that is fed back of one example, one step after the other. `most`: how many steps it has, where an input says so. */
export async function* writeRow(
  job: WritingJob,
  feedback: readonly FeedbackDescription[],
  most: number,
): AsyncGenerator<ReadonlyMap<string, Written>> {
  const { steps, sequence, options } = job;
  const pauses = new Pauses(options.signal);
  const ended = new Set<string>();
  for (let step = 0; step < Math.min(most, options.length ?? 100) && ended.size < feedback.length; step++) {
    await pauses.next();
    const outputs = steps.step(sequence, new Map());
    const written = new Map<string, Written>();
    for (const each of feedback) {
      const value = choose(job, each, logitsOf(outputs, each), step);
      if (value === each.end) ended.add(each.input);
      if (!ended.has(each.input)) written.set(each.input, value);
      steps.correct(`${each.input}[t-1]`, typeof value === "number" ? [value] : value);
    }
    if (written.size > 0) yield written;
  }
}

function choose(
  { options, seed }: WritingJob,
  feedback: FeedbackDescription,
  values: ArrayLike<number>,
  step: number,
): Written {
  const stream = `writing ${feedback.input} 0`;
  const { temperature = 1 } = options;
  switch (feedback.kind) {
    case "token":
      return sample(values, writable(feedback, values), sampling(options), uniformAt(seed, stream, step));
    case "binary":
      return Array.from(values, (logit, element) => {
        if (temperature === 0) return Number(logit > 0);
        return Number(
          uniformAt(seed, stream, step * values.length + element) < 1 / (1 + Math.exp(-logit / temperature)),
        );
      });
    case "number":
      return Array.from(values);
  }
}

function sampling({ temperature = 1, topK, topP }: WritingOptions): Sampling {
  return { temperature, ...(topK === undefined ? {} : { topK }), ...(topP === undefined ? {} : { topP }) };
}

function writable({ barred }: FeedbackDescription, logits: ArrayLike<number>): readonly number[] {
  return Array.from(logits, (_, token) => token).filter((token) => !barred.includes(token));
}

function logitsOf(outputs: readonly Output[], { name, kind }: FeedbackDescription): Float32Array | Int32Array {
  const expected = kind === "number" ? name : `${name}.logits`;
  const found = outputs.find(({ gives }) => gives.kind === "result" && gives.name === expected);
  if (found === undefined) throw new UserError(`the model does not give ${expected}`);
  return found.data;
}
