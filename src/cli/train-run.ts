// Training as a person sees it: what is trained on what, progress, measures, checkpoints, a learning curve.
import { join } from "node:path";
import { storeVocabulary } from "../data/vocabulary.ts";
import { drawCurve } from "../draw/curve.ts";
import type { Description, RunDescription, StoredRun } from "../module/checkpoint.ts";
import { CURVE, removeRun, saveCheckpoint, saveRun } from "../module/checkpoint-files.ts";
import { writeAtomically } from "../module/files.ts";
import type { Lock } from "../module/lock.ts";
import { constantOf } from "../shape/dim.ts";
import type { Target } from "../targets/target.ts";
import { START, train, type Measurement, type Outcome, type Standing } from "../train/loop.ts";
import { Meter, type Measures } from "../train/measure.ts";
import { trainingProgram, type Model } from "../train/model.ts";
import { storeSettings, type RunSettings } from "../train/settings.ts";
import type { TrainingData } from "../train/training-data.ts";
import { Trainer } from "../train/trainer.ts";
import { measuresText } from "./measures.ts";
import { Progress, type Output } from "./progress.ts";

export interface TrainingRun {
  readonly model: Model;
  readonly settings: RunSettings;
  readonly data: TrainingData;
  /** Where the data came from, for going on later. */
  readonly origin: RunDescription["data"];
  readonly sources: Description["sources"];
  /** The folder that gets `weights.safetensors`, `resume.safetensors`, `settings.json` and `curve.svg`. */
  readonly folder: string;
  readonly out: Output;
  /** The run that goes on, if it is none that begins. */
  readonly resumed?: StoredRun;
  /** Stop when so many updates were made in all. */
  readonly stopAfter?: number;
  /** Stop after so many epochs without a better held-out loss; the best weights are kept. */
  readonly patience?: number;
  readonly saveEvery?: number;
  readonly signal?: AbortSignal;
  /** Asked before anything is written: whether the folder is still this run's. */
  readonly lock?: Pick<Lock, "check">;
  /** A line in the learning curve. */
  readonly baseline?: { readonly name: string; readonly nats: number };
}

/** Trains and saves; returns what was reached. */
export async function trainAndSave<T>(run: TrainingRun, target: Target<T>): Promise<Outcome> {
  const { model, settings, data, out, resumed } = run;
  const { optimizer, clip, seed, truncate } = settings;
  const { sizes } = data;
  announce(run, target.name);
  const trainer = new Trainer(trainingProgram(model, truncate), target, {
    optimizer,
    clip,
    seed,
    sizes,
    cutsState: truncate !== null && truncate.k2 < truncate.k1,
  });
  const meter = new Meter(model.inference, target, trainer.weights, sizes);
  const standing: Standing = resumed === undefined ? START : standingOf(resumed);
  if (resumed !== undefined) trainer.restore(resumed.arrays, standing.updates);
  const progress = new Progress(out);
  let isFirst = resumed === undefined;
  try {
    const outcome = await train(
      {
        trainer,
        source: data.training,
        settings,
        standing,
        measure: () => (data.heldOut === null ? Promise.resolve(NOTHING_HELD) : meter.measure(data.heldOut)),
        ...given(run),
      },
      {
        onUpdate: ({ update, totalUpdates, loss, tokens }) =>
          progress.update({ done: update, total: totalUpdates, loss, tokens }),
        onMeasured: ({ updates }, measures) => {
          if (data.heldOut === null) return;
          progress.pause();
          out.write(`after ${updates} updates, held out: ${measuresText(measures)}\n`);
        },
        onSave: async (now, isBest) => {
          run.lock?.check();
          if (isFirst) removeRun(run.folder);
          isFirst = false;
          const description = describe(run, target.name, now.updates);
          if (isBest) saveCheckpoint(run.folder, { description, arrays: await trainer.snapshot() });
          saveRun(run.folder, { description, arrays: await trainer.wholeSnapshot(), run: runOf(run, now) });
        },
      },
    );
    progress.pause();
    run.lock?.check();
    await drawHistory(run, outcome.standing.history);
    return outcome;
  } finally {
    meter.dispose();
    trainer.dispose();
    data.close();
  }
}

/** Nothing is held out, so no epoch is better than another. */
const NOTHING_HELD: Measures = { loss: NaN, predictions: [] };

type Optional = Pick<TrainingRun, "stopAfter" | "patience" | "saveEvery" | "signal">;

function given({ stopAfter, patience, saveEvery, signal }: Optional): Optional {
  return {
    ...(stopAfter === undefined ? {} : { stopAfter }),
    ...(patience === undefined ? {} : { patience }),
    ...(saveEvery === undefined ? {} : { saveEvery }),
    ...(signal === undefined ? {} : { signal }),
  };
}

function announce({ model, settings, data, origin, out, resumed }: TrainingRun, target: string): void {
  const { batch, truncate, optimizer, seed } = settings;
  const steps =
    truncate === null
      ? "whole sequences"
      : truncate.k1 === truncate.k2
        ? `${truncate.k1} steps an update`
        : `an update every ${truncate.k1} steps, gradients through ${truncate.k2}`;
  if (origin.validation === undefined) out.write("no --valid: the last tenth of the data is held out\n");
  out.write(`${model.inference.name} on ${target}: ${data.about.join("\n")}\n`);
  out.write(`batch ${batch}, ${steps}, ${optimizer.kind}, seed ${seed}\n`);
  if (resumed !== undefined) out.write(`going on after ${resumed.run.standing.updates} updates\n`);
}

function standingOf({ run }: StoredRun): Standing {
  const { standing } = run;
  return { ...standing, history: standing.history.map((point) => ({ ...point, training: point.training ?? NaN })) };
}

function describe({ model, settings, data, sources }: TrainingRun, target: string, updates: number): Description {
  return {
    format: "recurra-checkpoint-2",
    sources: [...sources],
    model: model.definition.definition.name.name,
    statics: Object.fromEntries([...model.statics].map(([name, value]) => [name, constantOf(value) ?? NaN])),
    vocabularies: Object.fromEntries([...data.vocabularies].map(([name, each]) => [name, storeVocabulary(each)])),
    layout: model.layout,
    sizes: Object.fromEntries(data.sizes),
    settings: storeSettings(settings),
    target,
    updates,
  };
}

function runOf({ origin, patience, saveEvery }: TrainingRun, standing: Standing): RunDescription {
  return {
    data: origin,
    ...(patience === undefined ? {} : { patience }),
    ...(saveEvery === undefined ? {} : { saveEvery }),
    standing: { ...standing, history: standing.history.map((point) => ({ ...point })) },
  };
}

async function drawHistory(run: TrainingRun, history: readonly Measurement[]): Promise<void> {
  const title = `${run.model.inference.name}: learning curve`;
  writeAtomically(join(run.folder, CURVE), await drawCurve(history, title, run.baseline));
}
