// Predicts for each row, or for each step of a running text: a label, a probability or a number, for the row or for each of its steps, and
// the values that the model shows by `output`. A prediction of `x[t+1]` at a step is made from the steps up to this one.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { decode, decodeEach, type Vocabulary } from "../data/vocabulary.ts";
import { outputOf, shownOutput, type Prediction } from "../lang/elaborate/predict.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { printDim, type Dim, type Sizes } from "../shape/dim.ts";
import { timeOf, type Type } from "../shape/type.ts";
import type { HostArray, Target } from "../targets/target.ts";
import type { DeviceState } from "./device-state.ts";
import type { Model } from "./model.ts";
import { vocabularyKey } from "./row-model.ts";
import { likeliestLabels, type LabelScores } from "./likeliest-labels.ts";
import { searchLabels } from "./prefix-search.ts";
import { nest, stepsOfSequence, valueOfRow, type RowPlace, type ValueOf } from "./row-value.ts";
import { Runner } from "./runner.ts";
import { likeliest } from "./likeliest.ts";
import type { Batch } from "./source.ts";
import { stepsOfRow } from "./steps-of-row.ts";
import { writableTokens } from "./writing.ts";

interface Use<T> {
  readonly weights: DeviceState<T>;
  readonly sizes: Sizes;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** The width of a search for labels by ctc; without it they are those of the likeliest path. */
  readonly beam?: number | undefined;
}

type Predicted = Readonly<Record<string, unknown>>;

/** Predicts for every row of a batch: values by the predictions' names. Keeps memory on the target until `dispose`. */
export interface RowPredictor {
  rows(batch: Batch): Promise<readonly Predicted[]>;
  dispose(): void;
}

export function createRowPredictor<T>(model: Model, target: Target<T>, use: Use<T>): RowPredictor {
  const { program, read, runner } = readRunner(model, target, use);
  const rows = async (batch: Batch): Promise<readonly Predicted[]> => {
    const results = await runner.run(batch);
    const count = batch.sizes.get("B") ?? 1;
    return Array.from({ length: count }, (_, row) => {
      const stepsAlong = (time: Dim): number => stepsOfRow(batch.arrays, printDim(time), row) ?? 0;
      const values = read.map(({ name, output, valueOf }) => {
        const array = results.get(output) ?? fail("predict", `no result ${output}`);
        return [name, valueOf(array, program.graph.output(output).type, { row, count, stepsAlong })] as const;
      });
      return Object.fromEntries(values);
    });
  };
  return { rows, dispose: () => runner.dispose() };
}

/** Predicts for every step of one stream. States are carried from batch to batch. Keeps memory on the target until `dispose`. */
export interface StepPredictor {
  steps(batch: Batch): Promise<readonly Predicted[]>;
  dispose(): void;
}

export function createStepPredictor<T>(model: Model, target: Target<T>, use: Use<T>): StepPredictor {
  const { program, read, runner } = readRunner(model, target, use);
  const labels = program.predictions.find(({ kind }) => kind === "labels");
  if (labels !== undefined)
    throw new UserError(`\`${labels.target}\` is predicted by ctc, for a whole sequence: give rows, and not a text`);
  const steps = async (batch: Batch): Promise<readonly Predicted[]> => {
    const results = await runner.run(batch);
    const arrays = read.map(({ name, output, valueOf }) => {
      const array = results.get(output) ?? fail("predict", `no result ${output}`);
      const { type } = program.graph.output(output);
      const values = valueOf(array, type, { row: 0, count: 1, stepsAlong: () => batch.tokens });
      const isOfSteps = timeOf(type) !== undefined && Array.isArray(values);
      return { name, at: (step: number): unknown => (isOfSteps ? values[step] : values) };
    });
    return Array.from({ length: batch.tokens }, (_, step) =>
      Object.fromEntries(arrays.map(({ name, at }) => [name, at(step)])),
    );
  };
  return { steps, dispose: () => runner.dispose() };
}

/** What is read from an output of a program. */
interface ReadOutput {
  readonly name: string;
  readonly output: string;
  /** What a row has of it. */
  readonly valueOf: (array: HostArray, type: Type, place: RowPlace) => unknown;
}

/** A runner of the program that predicts, and what is read from its results. */
function readRunner<T>(
  { inference: program }: Model,
  target: Target<T>,
  { weights, sizes, vocabularies, beam }: Use<T>,
): { readonly program: Program; readonly read: readonly ReadOutput[]; readonly runner: Runner<T> } {
  const read = outputsOf(program, vocabularies, beam);
  const runner = new Runner(program, target, { needed: read.map(({ output }) => output), weights, sizes });
  return { program, read, runner };
}

/** By the names of predictions and shown values. */
function outputsOf(
  program: Program,
  vocabularies: ReadonlyMap<string, Vocabulary>,
  beam: number | undefined,
): readonly ReadOutput[] {
  return [
    ...program.predictions.map((each) => {
      const vocabulary = vocabularyOf(program, each, vocabularies);
      return { name: each.name, output: outputOf(each), valueOf: readerOf(each.kind, vocabulary, beam) };
    }),
    ...program.shown.map((name) => ({ name, output: shownOutput(name), valueOf: atEachStep(nest) })),
  ];
}

function atEachStep(value: ValueOf): ReadOutput["valueOf"] {
  return (array, type, place) => valueOfRow(array, type, place, value);
}

function readerOf(
  kind: Prediction["kind"],
  vocabulary: Vocabulary | null,
  beam: number | undefined,
): ReadOutput["valueOf"] {
  if (kind !== "labels") return atEachStep((values, shape) => valueOf(kind, values, { vocabulary, shape }));
  return (array, type, place) => labelsOf(stepsOfSequence(array, type, place), vocabulary, beam);
}

/** As rows have them: an array of labels or token ids, a text of characters or words. */
function labelsOf(scores: LabelScores, vocabulary: Vocabulary | null, beam: number | undefined): unknown {
  const allowed = vocabulary === null ? undefined : writableTokens(vocabulary);
  const labels =
    beam === undefined ? likeliestLabels(scores, allowed) : (searchLabels(scores, beam, allowed)[0]?.labels ?? []);
  if (vocabulary === null) return labels;
  return vocabulary.kind === "label" ? decodeEach(vocabulary, labels) : decode(vocabulary, labels);
}

function vocabularyOf(
  { inputs }: Program,
  { target }: Prediction,
  vocabularies: ReadonlyMap<string, Vocabulary>,
): Vocabulary | null {
  const input = inputs.find((each) => each.name === target);
  return input === undefined ? null : (vocabularies.get(vocabularyKey(input)) ?? null);
}

function valueOf(
  kind: Exclude<Prediction["kind"], "labels">,
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
