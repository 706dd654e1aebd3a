// What is predicted, made from logits: probabilities, tokens and their text.
import { likeliestTokens, probabilities } from "../../train/from-logits.ts";
import type { PredictionDescription } from "../description.ts";
import type { NumberArray } from "./arrays.ts";
import type { Plain, Result, Results } from "./results.ts";
import type { Texts } from "./texts.ts";

export interface PredictOptions {
  /** Whether there is no axis of examples. */
  readonly isSingle: boolean;
  /** Whether the results are those of one step, without its axis. */
  readonly isStep?: boolean;
  /** By times: how many steps each example has, where not all are full. */
  readonly lengths: ReadonlyMap<string, readonly number[]>;
}

/** Adds to results what is predicted. */
export type Predict = (plain: Plain, options: PredictOptions) => Results;

/** Reads tokens off their logits. */
export type ReadLabels = (
  logits: NumberArray,
  prediction: PredictionDescription,
  texts: Texts | null,
  options: PredictOptions,
) => Result;

/** `texts` is null where there are no vocabularies. `labels` reads what is predicted by ctc. */
export function predictor(
  predictions: readonly PredictionDescription[],
  texts: Texts | null,
  labels: ReadLabels = tokens,
): Predict {
  return (plain, options) => {
    const results: Record<string, Result> = Object.fromEntries(plain);
    for (const prediction of predictions) {
      const logits = results[`${prediction.name}.logits`];
      if (logits === undefined) continue;
      const read = prediction.kind === "labels" ? labels : tokens;
      results[prediction.name] =
        prediction.kind === "binary" ? probabilities(logits) : read(logits, prediction, texts, options);
    }
    return results;
  };
}

function tokens(
  logits: NumberArray,
  { time, vocabulary }: PredictionDescription,
  texts: Texts | null,
  { isSingle, lengths }: PredictOptions,
): Result {
  const plain = likeliestTokens(logits);
  const ids = plain.data;
  const batch = isSingle ? 1 : (plain.shape[0] ?? 1);
  const each = ids.length / batch;
  const own = lengths.get(time ?? "");
  const decoded = Array.from({ length: batch }, (_, b) =>
    texts?.decoded(vocabulary, ids.subarray(b * each, b * each + (own?.[b] ?? each))),
  ).filter((text) => text !== undefined);
  if (decoded.length < batch) return plain;
  return { ...plain, text: isSingle ? (decoded[0] ?? "") : decoded };
}
