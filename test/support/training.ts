// What tests ask of src/train, in one place: a model of running text trained, measured, writing; and single updates by hand-made batches.
import { expect } from "vitest";
import type { Source } from "../../src/base/source.ts";
import { open } from "../../src/compile.ts";
import { TextFile } from "../../src/data/text-file.ts";
import { cutStreams, memoryTokens, type Streams } from "../../src/data/text.ts";
import { decode, encode, type Vocabulary } from "../../src/data/vocabulary.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { ClipSettings, OptimizerSetting, TrainSettings } from "../../src/lang/elaborate/settings.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { constant, type Sizes } from "../../src/shape/dim.ts";
import type { HostArray, Target } from "../../src/targets/target.ts";
import { DeviceState } from "../../src/train/device-state.ts";
import { START, train as trainLoop, type Outcome } from "../../src/train/loop.ts";
import { Meter } from "../../src/train/measure.ts";
import { openModel, trainingProgram, type Model } from "../../src/train/model.ts";
import { usesStart } from "../../src/train/row-model.ts";
import { Session } from "../../src/train/session.ts";
import { resolveSettings, type RunSettings } from "../../src/train/settings.ts";
import { textInput, type TextInput } from "../../src/train/text-input.ts";
import { textMeasured, textTraining } from "../../src/train/text-source.ts";
import { Trainer, type UpdateResult } from "../../src/train/trainer.ts";
import { writeText, type WritingOptions } from "../../src/train/writing.ts";
import { sourceOf } from "../data/sources.ts";

export type Weights = ReadonlyMap<string, HostArray>;

/** A model, the text that it learns and the text that it is measured on. */
export interface Lesson {
  readonly model: Model;
  readonly vocabulary: Vocabulary;
  readonly training: string;
  readonly validation: string;
}

/** The first model of `source`, its parameters set; the vocabulary is the training text's. */
export function lessonOf(
  source: Source,
  parameters: Readonly<Record<string, number>>,
  texts: Pick<Lesson, "training" | "validation">,
): Lesson {
  const model = modelOf(source, parameters, "text");
  const file = new TextFile(sourceOf("training.txt", texts.training), "char");
  const start = usesStart(model.inference, "V");
  return { model, vocabulary: file.vocabulary({ start, end: false, minCount: 1 }), ...texts };
}

export function modelOf(source: Source, parameters: Readonly<Record<string, number>>, layout: Model["layout"]): Model {
  const scope = open(source, loadFromDisk);
  const own = [...scope.definitions.values()].filter((each) => each.scope === scope);
  const definition = own.find((each) => each.definition.kind === "model") ?? expect.fail("no model");
  const statics = new Map(Object.entries(parameters).map(([name, value]) => [name, constant(value)]));
  return openModel(definition, statics, layout);
}

export interface Plan {
  readonly updates: number;
  /** Over the spec's own. */
  readonly settings?: TrainSettings;
  /** Called after each update with the average of recent losses. */
  readonly onUpdate?: (loss: number) => void;
}

export interface Trained extends Outcome {
  readonly weights: Weights;
  /** Mean nats a symbol of the validation text. */
  readonly validation: number;
}

export function settingsOf({ model }: Lesson, plan: Plan): RunSettings {
  return resolveSettings(model.inference.settings, { epochs: 100, ...plan.settings }, "text");
}

function inputOf({ model }: Lesson): TextInput {
  return textInput(model.inference) ?? expect.fail("no text");
}

export function sizesOf({ vocabulary }: Lesson): Sizes {
  return new Map([
    ["V", vocabulary.size],
    ...(vocabulary.start === null ? [] : [["start.V", vocabulary.start] as const]),
  ]);
}

function streamsOf({ vocabulary }: Lesson, text: string, batch: number): Streams {
  return cutStreams(memoryTokens(encode(vocabulary, text)), batch, "the text");
}

export async function train<T>(target: Target<T>, lesson: Lesson, plan: Plan): Promise<Trained> {
  const settings = settingsOf(lesson, plan);
  const truncation = settings.truncate ?? expect.fail("a text is truncated");
  const { optimizer, clip, seed, batch } = settings;
  const cutsState = truncation.k2 < truncation.k1;
  const sizes = sizesOf(lesson);
  const trainer = new Trainer(trainingProgram(lesson.model, truncation), target, {
    optimizer,
    clip,
    seed,
    sizes,
    cutsState,
  });
  const meter = new Meter(lesson.model.inference, target, trainer.weights, sizes);
  const held = textMeasured(inputOf(lesson), streamsOf(lesson, lesson.validation, 2), truncation.k1);
  try {
    const outcome = await trainLoop(
      {
        trainer,
        advice: { kept: "Nothing is kept", slower: "Try a smaller learning rate" },
        source: textTraining(inputOf(lesson), streamsOf(lesson, lesson.training, batch), truncation),
        settings,
        standing: START,
        measure: () => meter.measure(held),
        stopAfter: plan.updates,
      },
      {
        onUpdate: ({ loss }) => plan.onUpdate?.(loss),
        onMeasured: () => undefined,
        onSave: () => Promise.resolve(),
      },
    );
    const weights = await trainer.snapshot();
    return { ...outcome, weights, validation: (await meter.measure(held)).loss };
  } finally {
    meter.dispose();
    trainer.dispose();
  }
}

/** Mean nats a symbol on the validation text, cut into `batch` streams that are read in chunks of `steps`. */
export async function heldOutNats<T>(
  target: Target<T>,
  lesson: Lesson,
  arrays: Weights,
  { batch, steps }: { readonly batch: number; readonly steps: number },
): Promise<number> {
  const weights = held(target, arrays);
  const meter = new Meter(lesson.model.inference, target, weights, sizesOf(lesson));
  const { loss } = await meter.measure(
    textMeasured(inputOf(lesson), streamsOf(lesson, lesson.validation, batch), steps),
  );
  meter.dispose();
  weights.dispose();
  return loss;
}

function held<T>(target: Target<T>, arrays: Weights): DeviceState<T> {
  const weights = new DeviceState(target);
  for (const [name, array] of arrays) weights.put(name, array);
  return weights;
}

export async function written<T>(
  target: Target<T>,
  lesson: Lesson,
  arrays: Weights,
  { prompt, ...options }: WritingOptions & { readonly prompt: string },
): Promise<string> {
  const weights = held(target, arrays);
  const session = new Session(lesson.model, target, weights, sizesOf(lesson));
  try {
    const tokens: number[] = [];
    for await (const token of writeText(session, lesson.vocabulary, prompt, options)) tokens.push(token);
    return decode(lesson.vocabulary, tokens);
  } finally {
    session.dispose();
    weights.dispose();
  }
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
    const batch = { arrays: new Map([["x", x]]), sizes: new Map([["B", 1]]), isFresh: true, tokens: 1 };
    results.push(await trainer.update(batch));
  }
  const weights = await trainer.snapshot();
  trainer.dispose();
  return { results, weights };
}

export function setting(kind: string, values: Readonly<Record<string, number>>): OptimizerSetting {
  return { kind, values: new Map(Object.entries(values)) };
}

/** Numbers of the order of 1: rounding alone, in float64 and in float32. */
export function expectNear(actual: readonly number[], expected: readonly number[], digits: number): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => expect(value, `number ${index}`).toBeCloseTo(expected[index] ?? NaN, digits));
}
