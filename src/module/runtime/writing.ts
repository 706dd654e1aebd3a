// Writing: what a model predicts is drawn and fed back, step by step, until its end token or the length that is asked for.
import { UserError } from "../../base/diagnostic.ts";
import { Pauses } from "../../train/pauses.ts";
import { checkSampling, chooseValue, type Draw, type DrawNumbers, type Sampling } from "../../train/sampling.ts";
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
  /** The largest number of steps. */
  readonly most: number;
  readonly seed: number;
  readonly drawNumbers: DrawNumbers;
}

/** Throws a UserError for options that are out of range. */
export function checkOptions(options: WritingOptions): void {
  const { length = 0 } = options;
  if (!(Number.isInteger(length) && length >= 0))
    throw new UserError(`the length is ${length}, but it must be 0 or more`);
  checkSampling(sampling(options));
}

/** Goes on from tokens, one token after the other. */
export async function* writeText(
  job: WritingJob,
  feedback: FeedbackDescription,
  prompt: ArrayLike<number>,
): AsyncGenerator<number> {
  const { steps, sequence, options, most } = job;
  const pauses = new Pauses(options.signal);
  let next = prompt;
  for (let index = 0; index < most; index++) {
    await pauses.next();
    let outputs: readonly Output[] = [];
    for (const token of Array.from(next)) outputs = steps.step(sequence, new Map([[feedback.input, [token]]]));
    const logits = logitsOf(outputs, feedback);
    const token = Number(choose(job, feedback, logits, { stream: "writing", step: index }));
    if (token === feedback.end) return;
    next = [token];
    yield token;
  }
}

/** Writes all that is fed back of one example, one step after the other. */
export async function* writeRow(
  job: WritingJob,
  feedback: readonly FeedbackDescription[],
): AsyncGenerator<ReadonlyMap<string, Written>> {
  const { steps, sequence, options, most } = job;
  const pauses = new Pauses(options.signal);
  const ended = new Set<string>();
  for (let step = 0; step < most && ended.size < feedback.length; step++) {
    await pauses.next();
    const outputs = steps.step(sequence, new Map());
    const written = new Map<string, Written>();
    for (const each of feedback) {
      const value = choose(job, each, logitsOf(outputs, each), { stream: `writing ${each.input} 0`, step });
      if (value === each.end) ended.add(each.input);
      if (!ended.has(each.input)) written.set(each.input, value);
      steps.correct(`${each.input}[t-1]`, typeof value === "number" ? [value] : value);
    }
    if (written.size > 0) yield written;
  }
}

function choose(
  { options, seed, drawNumbers }: WritingJob,
  { draws, barred }: FeedbackDescription,
  values: ArrayLike<number>,
  place: Pick<Draw, "stream" | "step">,
): Written {
  const allowed = Array.from(values, (_, token) => token).filter((token) => !barred.includes(token));
  return chooseValue(draws, values, { allowed, draw: { ...sampling(options), seed, ...place }, drawNumbers });
}

function sampling({ temperature = 1, topK, topP }: WritingOptions): Sampling {
  return { temperature, ...(topK === undefined ? {} : { topK }), ...(topP === undefined ? {} : { topP }) };
}

function logitsOf(outputs: readonly Output[], { from }: FeedbackDescription): Float32Array | Int32Array {
  const found = outputs.find(({ gives }) => gives.kind === "result" && gives.name === from);
  if (found === undefined) throw new UserError(`the model does not give ${from}`);
  return found.data;
}
