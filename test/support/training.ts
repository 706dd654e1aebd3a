// What tests ask of src/train, in one place: a model of running text trained, measured, writing; and single updates by hand-made batches.
import { expect } from "vitest";
import { open } from "../../src/compile.ts";
import { cutStreams } from "../../src/data/text.ts";
import { decode, encode, type Vocabulary } from "../../src/data/vocabulary.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { ClipSettings, OptimizerSetting, TrainSettings } from "../../src/lang/elaborate/settings.ts";
import { loadFromDisk } from "../../src/module/library.ts";
import type { Source } from "../../src/base/source.ts";
import { constant } from "../../src/shape/dim.ts";
import type { HostArray, Target } from "../../src/targets/target.ts";
import { resolveSettings, type RunSettings } from "../../src/train/settings.ts";
import { measure, sizesFor, textModel, vocabularyFor, type TextModel } from "../../src/train/text-model.ts";
import { trainText, type TextResult } from "../../src/train/text-training.ts";
import { Trainer, type UpdateResult } from "../../src/train/trainer.ts";
import { write, type WritingOptions } from "../../src/train/writing.ts";

export type Weights = ReadonlyMap<string, HostArray>;

/** A model, the text that it learns and the text that it is measured on. */
export interface Lesson {
  readonly model: TextModel;
  readonly vocabulary: Vocabulary;
  readonly training: string;
  readonly validation: string;
}

/** The first definition of `source`, its parameters set; the vocabulary is the training text's. */
export function lessonOf(
  source: Source,
  parameters: Readonly<Record<string, number>>,
  texts: Pick<Lesson, "training" | "validation">,
): Lesson {
  const scope = open(source, loadFromDisk);
  const own = [...scope.definitions.values()].filter((each) => each.scope === scope);
  const definition = own.find((each) => each.definition.kind === "model") ?? expect.fail("no model");
  const model = textModel(
    definition,
    new Map(Object.entries(parameters).map(([name, value]) => [name, constant(value)])),
  );
  return { model, vocabulary: vocabularyFor(model, texts.training, 1), ...texts };
}

export interface Plan {
  readonly updates: number;
  /** Over the spec's own. */
  readonly settings?: TrainSettings;
  /** Called after each update with the average of recent losses. */
  readonly onUpdate?: (loss: number) => void;
}

export function settingsOf({ model }: Lesson, plan: Plan): RunSettings {
  return resolveSettings(model.training.settings, { epochs: 100, ...plan.settings });
}

export function train<T>(target: Target<T>, lesson: Lesson, plan: Plan): Promise<TextResult> {
  const job = { ...lesson, settings: settingsOf(lesson, plan), mostUpdates: plan.updates };
  return trainText(job, target, {
    onUpdate: ({ loss }) => plan.onUpdate?.(loss),
    onMeasured: () => undefined,
  });
}

/** Mean nats a symbol on the validation text, cut into `batch` streams that are read in chunks of `steps`. */
export function heldOutNats<T>(
  target: Target<T>,
  { model, vocabulary, validation }: Lesson,
  weights: Weights,
  { batch, steps }: { readonly batch: number; readonly steps: number },
): Promise<number> {
  const streams = cutStreams(encode(vocabulary, validation), batch, "the validation text");
  return measure(model, target, weights, { streams, steps, sizes: sizesFor(model, vocabulary) });
}

export async function written<T>(
  target: Target<T>,
  { model, vocabulary }: Lesson,
  weights: Weights,
  options: WritingOptions,
): Promise<string> {
  const tokens: number[] = [];
  for await (const token of write(model, vocabulary, weights, target, options)) tokens.push(token);
  return decode(vocabulary, tokens);
}

export interface Updated {
  /** Loss and norm of each update. */
  readonly results: readonly UpdateResult[];
  readonly weights: Weights;
}

/** One update for each value of the input `x` of a program without states, given for a single example. */
export async function updatedBy<T>(
  target: Target<T>,
  program: Program,
  settings: { readonly optimizer: OptimizerSetting; readonly clip: ClipSettings },
  values: readonly (readonly number[])[],
): Promise<Updated> {
  const trainer = new Trainer(program, target, { ...settings, seed: 1, sizes: new Map() });
  const results: UpdateResult[] = [];
  for (const value of values) {
    const x: HostArray = { dtype: "float", shape: [1, value.length], data: Float32Array.from(value) };
    results.push(await trainer.update({ arrays: new Map([["x", x]]), sizes: new Map([["B", 1]]), isFresh: true }));
  }
  const weights = await trainer.snapshot();
  trainer.dispose();
  return { results, weights };
}
