// Training as a person sees it: what is trained on what, progress, a checkpoint and a learning curve after each epoch.
import { join } from "node:path";
import { saveCheckpoint, type Description } from "../module/checkpoint.ts";
import { writeAtomically } from "../module/files.ts";
import { constantOf } from "../shape/dim.ts";
import { storeVocabulary } from "../data/vocabulary.ts";
import { drawCurve } from "../draw/curve.ts";
import type { Target } from "../targets/target.ts";
import { storeSettings } from "../train/settings.ts";
import { trainText, type TextJob, type TextResult } from "../train/text-training.ts";
import { Progress, shortCount, type Output } from "./progress.ts";

export interface TrainingPlace {
  /** The folder that gets `weights.safetensors`, `settings.json` and `curve.svg`. */
  readonly folder: string;
  readonly sources: Description["sources"];
  readonly out: Output;
  readonly baseline?: { readonly name: string; readonly nats: number };
}

/** Trains and saves; returns what was reached. */
export async function trainAndSave<T>(job: TextJob, target: Target<T>, place: TrainingPlace): Promise<TextResult> {
  const { model, vocabulary, settings } = job;
  const { out } = place;
  const name = model.definition.definition.name.name;
  const [training, validation] = [[...job.training].length, [...job.validation].length];
  out.write(
    `${name} on ${target.name}: ${vocabulary.size} symbols, ${shortCount(training)} characters to train on, ${shortCount(validation)} held out\n`,
  );
  out.write(
    `batch ${settings.batch}, ${settings.truncate.k1} steps an update, ${settings.optimizer.kind}, seed ${settings.seed}\n`,
  );
  const progress = new Progress(out);
  const result = await trainText(job, target, {
    onUpdate: ({ update, totalUpdates, loss, tokens }) =>
      progress.update({ done: update, total: totalUpdates, loss, tokens }),
    onMeasured: (measured) => {
      progress.pause();
      out.write(
        `after ${measured.updates} updates: held-out loss ${measured.validation.toFixed(3)} nats, perplexity ${Math.exp(measured.validation).toFixed(2)}\n`,
      );
      saveCheckpoint(place.folder, {
        description: describe(job, target.name, place, measured),
        arrays: measured.arrays,
      });
    },
  });
  const curve = await drawCurve(result.history, `${name}: learning curve`, place.baseline);
  writeAtomically(join(place.folder, "curve.svg"), curve);
  return result;
}

function describe(job: TextJob, target: string, place: TrainingPlace, measured: TextResult): Description {
  const { model, vocabulary, settings } = job;
  return {
    format: "recurra-checkpoint-1",
    sources: [...place.sources],
    model: model.definition.definition.name.name,
    statics: Object.fromEntries([...model.statics].map(([name, value]) => [name, constantOf(value) ?? NaN])),
    vocabularies: { [model.input.token?.vocabulary ?? "V"]: storeVocabulary(vocabulary) },
    settings: storeSettings(settings),
    target,
    updates: measured.updates,
    history: measured.history.map((each) => ({ ...each })),
  };
}
