// What a model predicts of each row where nothing is fed back: a label, a probability, a number, for the row or for each of its steps.
import { fail } from "../base/invariant.ts";
import { decode, type Vocabulary } from "../data/vocabulary.ts";
import type { Prediction } from "../lang/elaborate/predict.ts";
import { printDim, type Sizes } from "../shape/dim.ts";
import { timeOf } from "../shape/type.ts";
import type { HostArray, Target } from "../targets/target.ts";
import type { DeviceState } from "./device-state.ts";
import type { Model } from "./model.ts";
import { Runner } from "./runner.ts";
import { likeliest } from "./sampling.ts";
import type { Batch } from "./source.ts";
import { writable } from "./writing.ts";

interface Use<T> {
  readonly weights: DeviceState<T>;
  readonly sizes: Sizes;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
}

type Predicted = Readonly<Record<string, unknown>>;

/** Predicts for every row of a batch: values by the predictions' names. */
export function predictedRows<T>(
  model: Model,
  target: Target<T>,
  { weights, sizes, vocabularies }: Use<T>,
): (batch: Batch) => Promise<readonly Predicted[]> {
  const program = model.inference;
  const wanted = program.predictions.map(outputOf);
  const runner = new Runner(program, target, { wanted, weights, sizes });
  return async (batch) => {
    const results = await runner.run(batch);
    const count = batch.sizes.get("B") ?? 1;
    return Array.from({ length: count }, (_, row) =>
      Object.fromEntries(
        program.predictions.map((prediction) => {
          const array = results.get(outputOf(prediction)) ?? fail("predict", `no result for ${prediction.name}`);
          const input = program.inputs.find(({ name }) => name === prediction.target);
          const time = input === undefined ? undefined : timeOf(input.type);
          const name = input?.token === undefined ? "" : input.token.vocabulary;
          const vocabulary = vocabularies.get(/^\d+$/.test(name) ? prediction.target : name) ?? null;
          const value = (values: HostArray["data"]): unknown => valueOf(prediction, values, vocabulary);
          if (time === undefined) return [prediction.name, value(partOf(array, row, count))];
          const steps = batch.arrays.get(`length ${printDim(time)}`)?.data[row] ?? 0;
          const each = Array.from({ length: steps }, (_unused, step) =>
            value(partOf(array, step * count + row, (array.shape[0] ?? 0) * count)),
          );
          return [prediction.name, each];
        }),
      ),
    );
  };
}

function outputOf({ kind, name }: Prediction): string {
  return `${kind === "number" ? "value" : "logits"}.${name}`;
}

/** Part `index` of `count` equal ones. */
function partOf({ data }: HostArray, index: number, count: number): HostArray["data"] {
  const width = data.length / Math.max(1, count);
  return data.subarray(index * width, (index + 1) * width);
}

function valueOf({ kind }: Prediction, values: HostArray["data"], vocabulary: Vocabulary | null): unknown {
  switch (kind) {
    case "token": {
      if (vocabulary === null) return likeliest(values, [...values.keys()]);
      return decode(vocabulary, [likeliest(values, writable(vocabulary))]);
    }
    case "binary":
      return unwrapped([...values].map((logit) => 1 / (1 + Math.exp(-logit))));
    case "number":
      return unwrapped([...values]);
  }
}

function unwrapped(values: readonly number[]): number | readonly number[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}
