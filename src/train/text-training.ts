// Trains a model on running text: parallel streams, truncated backpropagation through time, validation after each epoch.
import { UserError } from "../base/diagnostic.ts";
import { chunkAt, chunkCount, cutStreams } from "../data/text.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import type { HostArray, Target } from "../targets/target.ts";
import { rateFactor } from "./schedule.ts";
import type { RunSettings } from "./settings.ts";
import { batchOf, encodeText, measure, sizesFor, type TextModel } from "./text-model.ts";
import { Trainer } from "./trainer.ts";

export interface TextJob {
  readonly model: TextModel;
  readonly vocabulary: Vocabulary;
  readonly training: string;
  readonly validation: string;
  readonly settings: RunSettings;
  /** Stop after this many updates, whatever the epochs say. */
  readonly mostUpdates?: number;
}

export interface TextProgress {
  readonly update: number;
  readonly totalUpdates: number;
  readonly epoch: number;
  /** Nats a symbol, averaged over recent updates. */
  readonly loss: number;
  readonly tokens: number;
}

export interface Measurement {
  readonly update: number;
  readonly training: number;
  readonly validation: number | null;
}

export interface TextResult {
  readonly arrays: ReadonlyMap<string, HostArray>;
  readonly updates: number;
  readonly history: readonly Measurement[];
  /** Nats a symbol on the validation text. */
  readonly validation: number;
}

export interface TextHooks {
  readonly onUpdate: (progress: TextProgress) => void;
  /** After each epoch, and at the end: a moment to save. */
  readonly onMeasured: (result: TextResult) => void;
}

/** How much each update's loss counts in the average that is shown. */
const RECENT = 0.05;

export async function trainText<T>(job: TextJob, target: Target<T>, hooks: TextHooks): Promise<TextResult> {
  const { model, vocabulary, settings } = job;
  const { k1, k2 } = settings.truncate;
  if (k1 !== k2) throw new UserError(`\`truncate\` with k1 = ${k1} and k2 = ${k2}: only k1 = k2 is supported so far`);
  const sizes = sizesFor(model, vocabulary);
  const streams = cutStreams(
    encodeText(model, vocabulary, job.training, "the training text"),
    settings.batch,
    "the training text",
  );
  const held = encodeText(model, vocabulary, job.validation, "the validation text");
  const heldStreams = cutStreams(
    held,
    Math.max(1, Math.min(settings.batch, Math.floor(held.length / (2 * k1)))),
    "the validation text",
  );
  const { optimizer, clip, seed } = settings;
  const trainer = new Trainer(model.training, target, { optimizer, clip, seed, sizes });
  const perEpoch = chunkCount(streams, k1);
  const total = Math.min(perEpoch * settings.epochs, job.mostUpdates ?? Infinity);
  const history: Measurement[] = [];
  let loss = NaN;
  let tokens = 0;
  let result: TextResult | null = null;
  const validate = async (): Promise<TextResult> => {
    const arrays = await trainer.snapshot();
    const validation = await measure(model, target, arrays, { streams: heldStreams, steps: k1, sizes });
    history.push({ update: trainer.updates, training: loss, validation });
    return { arrays, updates: trainer.updates, history: [...history], validation };
  };
  for (let step = 0; step < total; step++) {
    const chunk = chunkAt(streams, k1, step % perEpoch);
    const done = await trainer.update(
      batchOf(model, chunk, settings.batch),
      rateFactor(settings.schedule, step + 1, total),
    );
    refuseNaN(done.loss, done.norm, step + 1);
    loss = Number.isNaN(loss) ? done.loss : (1 - RECENT) * loss + RECENT * done.loss;
    tokens += chunk.steps * settings.batch;
    hooks.onUpdate({ update: step + 1, totalUpdates: total, epoch: Math.floor(step / perEpoch), loss, tokens });
    if ((step + 1) % CURVE_EVERY === 0) history.push({ update: step + 1, training: loss, validation: null });
    if ((step + 1) % perEpoch === 0 || step + 1 === total) {
      result = await validate();
      hooks.onMeasured(result);
    }
  }
  result ??= await validate();
  trainer.dispose();
  return result;
}

/** Updates between points of the learning curve. */
const CURVE_EVERY = 10;

function refuseNaN(loss: number, norm: number, update: number): void {
  if (Number.isFinite(loss) && Number.isFinite(norm)) return;
  const what = Number.isFinite(loss) ? `the gradient's norm is ${norm}` : `the loss is ${loss}`;
  throw new UserError(`update ${update}: ${what}. Try a smaller learning rate, or \`clip norm 5\``);
}
