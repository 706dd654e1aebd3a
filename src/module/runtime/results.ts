// What a run or a step returns: arrays with the examples first, under the names of the spec, and predictions made from logits.
import { likeliest } from "../../train/sampling.ts";
import type { PredictionDescription } from "../description.ts";
import type { NumberArray } from "./arrays.ts";
import type { Output } from "./placed-program.ts";

/** An array; of tokens with a vocabulary also their text, one for each example of a batch. */
export interface Result extends NumberArray {
  readonly text?: string | readonly string[];
}

export type Results = Readonly<Record<string, Result>>;

export interface ResultOptions {
  /** Whether there is no axis of examples. */
  readonly isSingle: boolean;
  /** Whether it is one step, which has no axis of time. */
  readonly isStep: boolean;
  /** The text of token ids; undefined where there is no vocabulary. */
  readonly decoded: (vocabulary: string | null, ids: Int32Array) => string | undefined;
  readonly predictions: readonly PredictionDescription[];
  /** How many steps each example has; null where all are full. */
  readonly lengths: readonly number[] | null;
}

/** Copies results out of memory. */
export function resultsOf(outputs: readonly Output[], options: ResultOptions): Results {
  const results: Record<string, Result> = {};
  for (const output of outputs)
    if (output.gives.kind === "result") results[output.gives.name] = examplesFirst(output, options);
  for (const prediction of options.predictions) {
    const logits = results[`${prediction.name}.logits`];
    if (logits === undefined) continue;
    results[prediction.name] =
      prediction.kind === "binary" ? probabilities(logits) : tokens(logits, prediction, options);
  }
  return results;
}

function examplesFirst({ shape, data, batchAt }: Output, { isSingle, isStep }: ResultOptions): NumberArray {
  if (batchAt < 0) return { shape, data: data.slice() };
  const [steps, batch] = batchAt === 1 ? [shape[0] ?? 0, shape[1] ?? 0] : [1, shape[0] ?? 0];
  const rest = shape.slice(batchAt + 1);
  const width = rest.reduce((product, size) => product * size, 1);
  const out = data.slice();
  if (batch > 1)
    for (let t = 0; t < steps; t++)
      for (let b = 0; b < batch; b++)
        out.set(data.subarray((t * batch + b) * width, (t * batch + b + 1) * width), (b * steps + t) * width);
  return { shape: [...(isSingle ? [] : [batch]), ...(batchAt === 1 && !isStep ? [steps] : []), ...rest], data: out };
}

function probabilities({ shape, data }: NumberArray): NumberArray {
  return { shape, data: Float32Array.from(data, (logit) => 1 / (1 + Math.exp(-logit))) };
}

function tokens({ shape, data }: NumberArray, prediction: PredictionDescription, options: ResultOptions): Result {
  const size = shape.at(-1) ?? 1;
  const all = Array.from({ length: size }, (_, token) => token);
  const ids = Int32Array.from({ length: data.length / size }, (_, index) =>
    likeliest(data.subarray(index * size, (index + 1) * size), all),
  );
  const plain = { shape: shape.slice(0, -1), data: ids };
  const batch = options.isSingle ? 1 : (shape[0] ?? 1);
  const each = ids.length / batch;
  const texts = Array.from({ length: batch }, (_, b) =>
    options.decoded(prediction.vocabulary, ids.subarray(b * each, b * each + (options.lengths?.[b] ?? each))),
  ).filter((text) => text !== undefined);
  if (texts.length < batch) return plain;
  return { ...plain, text: options.isSingle ? (texts[0] ?? "") : texts };
}
