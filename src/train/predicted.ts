// Predicts for each row, or for each step of a running text: a label, a probability or a number, for the row or for each of its steps, and
// the values that the model shows by `output`. A prediction of `x[t+1]` at a step is made from the steps up to this one.
import { fail } from "../base/invariant.ts";
import { decode, type Vocabulary } from "../data/vocabulary.ts";
import { lengths, printInput } from "../graph/border.ts";
import { outputOf, shownOutput, type Prediction } from "../lang/elaborate/predict.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { printDim, type Sizes } from "../shape/dim.ts";
import { timeOf } from "../shape/type.ts";
import type { HostArray, Target } from "../targets/target.ts";
import type { DeviceState } from "./device-state.ts";
import type { Model } from "./model.ts";
import { vocabularyKey } from "./row-model.ts";
import { Runner } from "./runner.ts";
import { likeliest } from "./sampling.ts";
import type { Batch } from "./source.ts";
import { writableTokens } from "./writing.ts";

interface Use<T> {
  readonly weights: DeviceState<T>;
  readonly sizes: Sizes;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
}

type Predicted = Readonly<Record<string, unknown>>;

/** Predicts for every row of a batch: values by the predictions' names. Keeps memory on the target until `dispose`. */
export interface RowPredictor {
  rows(batch: Batch): Promise<readonly Predicted[]>;
  dispose(): void;
}

export function createRowPredictor<T>(
  model: Model,
  target: Target<T>,
  { weights, sizes, vocabularies }: Use<T>,
): RowPredictor {
  const program = model.inference;
  const read = outputsOf(program, vocabularies);
  const runner = new Runner(program, target, { needed: read.map(({ output }) => output), weights, sizes });
  const rows = async (batch: Batch): Promise<readonly Predicted[]> => {
    const results = await runner.run(batch);
    const count = batch.sizes.get("B") ?? 1;
    const part = (output: string, row: number, value: ValueOf): unknown => {
      const array = results.get(output) ?? fail("predict", `no result ${output}`);
      const time = timeOf(program.graph.output(output).type);
      const steps = time === undefined ? null : (batch.arrays.get(printInput(lengths(printDim(time))))?.data[row] ?? 0);
      return valueOfRow(array, { row, count, steps }, value);
    };
    return Array.from({ length: count }, (_, row) =>
      Object.fromEntries(read.map(({ name, output, value }) => [name, part(output, row, value)])),
    );
  };
  return { rows, dispose: () => runner.dispose() };
}

/** Predicts for every step of one stream. States are carried from batch to batch. Keeps memory on the target until `dispose`. */
export interface StepPredictor {
  steps(batch: Batch): Promise<readonly Predicted[]>;
  dispose(): void;
}

export function createStepPredictor<T>(
  model: Model,
  target: Target<T>,
  { weights, sizes, vocabularies }: Use<T>,
): StepPredictor {
  const program = model.inference;
  const read = outputsOf(program, vocabularies);
  const runner = new Runner(program, target, { needed: read.map(({ output }) => output), weights, sizes });
  const steps = async (batch: Batch): Promise<readonly Predicted[]> => {
    const results = await runner.run(batch);
    const arrays = read.map(({ name, output, value }) => {
      const array = results.get(output) ?? fail("predict", `no result ${output}`);
      const isSequence = timeOf(program.graph.output(output).type) !== undefined;
      return { name, values: valueOfRow(array, { row: 0, count: 1, steps: isSequence ? batch.tokens : null }, value) };
    });
    return Array.from({ length: batch.tokens }, (_, step) =>
      Object.fromEntries(arrays.map(({ name, values }) => [name, Array.isArray(values) ? values[step] : values])),
    );
  };
  return { steps, dispose: () => runner.dispose() };
}

/** What is read from the outputs of a program, by the names of predictions and shown values. */
function outputsOf(
  program: Program,
  vocabularies: ReadonlyMap<string, Vocabulary>,
): readonly { readonly name: string; readonly output: string; readonly value: ValueOf }[] {
  return [
    ...program.predictions.map((each) => {
      const vocabulary = vocabularyOf(program, each, vocabularies);
      const value: ValueOf = (values, shape) => valueOf(each, values, { vocabulary, shape });
      return { name: each.name, output: outputOf(each), value };
    }),
    ...program.shown.map((name) => ({ name, output: shownOutput(name), value: nest })),
  ];
}

/** Converts the numbers of one example at one step, with their shape, to a value of the result. */
type ValueOf = (values: HostArray["data"], shape: readonly number[]) => unknown;

/** The value of one row of an array `[T, B, …]` or `[B, …]`; for a sequence, an array with one value for each step. */
function valueOfRow(
  array: HostArray,
  { row, count, steps }: { readonly row: number; readonly count: number; readonly steps: number | null },
  value: ValueOf,
): unknown {
  if (steps === null) return value(partOf(array, row, count), array.shape.slice(1));
  const all = (array.shape[0] ?? 0) * count;
  return Array.from({ length: steps }, (_, step) =>
    value(partOf(array, step * count + row, all), array.shape.slice(2)),
  );
}

function nest(values: HostArray["data"], shape: readonly number[]): unknown {
  const [size, ...rest] = shape;
  if (size === undefined) return values[0];
  return Array.from({ length: size }, (_, index) => nest(partOf({ data: values }, index, size), rest));
}

function vocabularyOf(
  { inputs }: Program,
  { target }: Prediction,
  vocabularies: ReadonlyMap<string, Vocabulary>,
): Vocabulary | null {
  const input = inputs.find((each) => each.name === target);
  return input === undefined ? null : (vocabularies.get(vocabularyKey(input)) ?? null);
}

/** Part `index` of `count` equal ones. */
function partOf({ data }: Pick<HostArray, "data">, index: number, count: number): HostArray["data"] {
  const width = data.length / Math.max(1, count);
  return data.subarray(index * width, (index + 1) * width);
}

function valueOf(
  { kind }: Prediction,
  values: HostArray["data"],
  { vocabulary, shape }: { readonly vocabulary: Vocabulary | null; readonly shape: readonly number[] },
): unknown {
  switch (kind) {
    case "token": {
      if (vocabulary === null) return likeliest(values, [...values.keys()]);
      return decode(vocabulary, [likeliest(values, writableTokens(vocabulary))]);
    }
    case "binary":
      return nest(
        values.map((logit) => 1 / (1 + Math.exp(-logit))),
        shape,
      );
    case "number":
      return nest(values, shape);
  }
}
