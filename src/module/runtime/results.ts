// What a run or a step returns: arrays with the examples first, under the names of the spec, and predictions made from logits.
import { countOf } from "../../ops/nd.ts";
import { swapAxes } from "../../train/array-parts.ts";
import { likeliestTokens, probabilities } from "../../train/from-logits.ts";
import type { PredictionDescription } from "../description.ts";
import type { NumberArray } from "./arrays.ts";
import type { Output } from "./placed-program.ts";

/** An array; of tokens with a vocabulary also their text, one for each example of a batch. */
export interface Result extends NumberArray {
  readonly text?: string | readonly string[];
}

export type Results = Readonly<Record<string, Result>>;

/** Results before predictions are made of logits. */
export type Plain = ReadonlyMap<string, NumberArray>;

export interface PredictOptions {
  /** Whether there is no axis of examples. */
  readonly isSingle: boolean;
  /** The text of token ids; undefined where there is no vocabulary. */
  readonly decoded: (vocabulary: string | null, ids: Int32Array) => string | undefined;
  readonly predictions: readonly PredictionDescription[];
  /** By times: how many steps each example has, where not all are full. */
  readonly lengths: ReadonlyMap<string, readonly number[]>;
}

/** Copies results out of memory, the examples first. `isSingle`: without their axis; `isStep`: without that of time. */
export function plainResults(outputs: readonly Output[], isSingle: boolean, isStep: boolean): Plain {
  return new Map(
    outputs.flatMap((output) =>
      output.gives.kind === "result" ? [[output.gives.name, examplesFirst(output, isSingle, isStep)] as const] : [],
    ),
  );
}

/** Results of single examples as those of a batch, with 0 behind each example's end. `shapes` are those of a full example. */
export function stacked(
  examples: readonly Plain[],
  shapes: ReadonlyMap<string, readonly number[]>,
  isSingle: boolean,
): Plain {
  return new Map(
    [...shapes].map(([name, shape]) => {
      const count = countOf(shape);
      const all = examples.map((example) => example.get(name));
      const data =
        all[0]?.data instanceof Int32Array ? new Int32Array(count * all.length) : new Float32Array(count * all.length);
      all.forEach((each, index) => {
        if (each !== undefined) embed(each.data, each.shape, data.subarray(index * count, (index + 1) * count), shape);
      });
      return [name, { shape: isSingle ? shape : [all.length, ...shape], data }] as const;
    }),
  );
}

/** Copies an array to the beginning of a larger one along each axis. */
function embed(
  from: NumberArray["data"],
  own: readonly number[],
  to: NumberArray["data"],
  shape: readonly number[],
): void {
  const [size = 0, ...rest] = own;
  if (own.length === 0 || countOf(own) === countOf(shape)) {
    to.set(from);
    return;
  }
  const [inner, outer] = [countOf(rest), countOf(shape.slice(1))];
  for (let index = 0; index < size; index++)
    embed(
      from.subarray(index * inner, (index + 1) * inner),
      rest,
      to.subarray(index * outer, (index + 1) * outer),
      shape.slice(1),
    );
}

/** Adds what is predicted: probabilities, tokens and their text. */
export function predicted(plain: Plain, options: PredictOptions): Results {
  const results: Record<string, Result> = Object.fromEntries(plain);
  for (const prediction of options.predictions) {
    const logits = results[`${prediction.name}.logits`];
    if (logits === undefined) continue;
    results[prediction.name] =
      prediction.kind === "binary" ? probabilities(logits) : tokens(logits, prediction, options);
  }
  return results;
}

function examplesFirst({ shape, data, batchAt }: Output, isSingle: boolean, isStep: boolean): NumberArray {
  if (batchAt < 0) return { shape, data: data.slice() };
  const [steps, batch] = batchAt === 1 ? [shape[0] ?? 0, shape[1] ?? 0] : [1, shape[0] ?? 0];
  const rest = shape.slice(batchAt + 1);
  const out = data.slice();
  if (batch > 1) swapAxes(out, data, [steps, batch, countOf(rest)]);
  return { shape: [...(isSingle ? [] : [batch]), ...(batchAt === 1 && !isStep ? [steps] : []), ...rest], data: out };
}

function tokens(logits: NumberArray, prediction: PredictionDescription, options: PredictOptions): Result {
  const plain = likeliestTokens(logits);
  const ids = plain.data;
  const batch = options.isSingle ? 1 : (plain.shape[0] ?? 1);
  const each = ids.length / batch;
  const lengths = options.lengths.get(prediction.time ?? "");
  const texts = Array.from({ length: batch }, (_, b) =>
    options.decoded(prediction.vocabulary, ids.subarray(b * each, b * each + (lengths?.[b] ?? each))),
  ).filter((text) => text !== undefined);
  if (texts.length < batch) return plain;
  return { ...plain, text: options.isSingle ? (texts[0] ?? "") : texts };
}
