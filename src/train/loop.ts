// The training loop: feeds updates, measures held-out data after each epoch, saves, stops. It knows nothing of texts or rows.
import { UserError } from "../base/diagnostic.ts";
import { yieldToHost } from "./yield-to-host.ts";
import type { RunSettings } from "./settings.ts";
import type { Batch, TrainingSource } from "./source.ts";
import { rateFactor } from "./schedule.ts";
import type { Measures } from "./measure.ts";
import type { Trainer, UpdateResult } from "./trainer.ts";

/** Where a run stands: enough to go on as if it had never stopped, beside the arrays. */
export interface Standing {
  readonly updates: number;
  /** The epoch and the number of its next update, from 0. */
  readonly epoch: number;
  readonly index: number;
  /** The loss averaged over recent updates, and the first one; null before the first. */
  readonly loss: number | null;
  readonly firstLoss: number | null;
  readonly history: readonly Measurement[];
  /** Early stopping: the least held-out loss, and how many epochs have passed since. */
  readonly best: number | null;
  readonly epochsSinceBest: number;
}

export const START: Standing = {
  updates: 0,
  epoch: 0,
  index: 0,
  loss: null,
  firstLoss: null,
  history: [],
  best: null,
  epochsSinceBest: 0,
};

/** A point of the learning curve. Losses are means, in nats for tokens. */
export interface Measurement {
  readonly update: number;
  readonly training: number;
  readonly validation: number | null;
}

export interface Progress {
  readonly update: number;
  readonly totalUpdates: number;
  readonly epoch: number;
  /** Averaged over recent updates. */
  readonly loss: number;
  /** Steps of all examples since this run began. */
  readonly tokens: number;
}

/** What makes the updates. */
export type Updating = Pick<Trainer<unknown>, "update" | "notFinite" | "isFiniteAtFirst">;

/** What is said where training gets lost, in the words of the command line or of the library. */
export interface Advice {
  /** What is left after it: "What was saved last is kept". */
  readonly kept: string;
  /** What to try: "Try a smaller learning rate …". */
  readonly slower: string;
}

export interface Job {
  readonly trainer: Updating;
  readonly advice: Advice;
  readonly source: TrainingSource;
  readonly settings: RunSettings;
  readonly standing: Standing;
  /** Measures held-out data with the weights as they are. */
  readonly measure: () => Promise<Measures>;
  /** Stop when so many updates were made in all. */
  readonly stopAfter?: number;
  /** Stop after so many epochs without a better held-out loss. */
  readonly patience?: number;
  /** Save after so many updates, beside each epoch's end. */
  readonly saveEvery?: number;
  /** Aborted where the user wants to leave. */
  readonly signal?: AbortSignal;
}

export interface Hooks {
  readonly onUpdate: (progress: Progress) => void;
  /** `isBest`: no epoch had a lower held-out loss. */
  readonly onMeasured: (standing: Standing, measures: Measures, isBest: boolean) => void | Promise<void>;
  /** A moment to save: the trainer's arrays belong to `standing`. `isBest`: no epoch had a lower held-out loss. */
  readonly onSave: (standing: Standing, isBest: boolean) => Promise<void>;
}

export type Ending = "finished" | "stopped" | "no better" | "interrupted";

export interface Outcome {
  readonly ending: Ending;
  readonly standing: Standing;
  /** The last measures that were taken, if any. */
  readonly measures: Measures | null;
}

/** How much each update's loss counts in the average that is shown. */
const RECENT = 0.05;
/** Updates between points of the learning curve. */
const CURVE_EVERY = 10;
/** A loss that is so many times the first one, plus one, has exploded. */
const EXPLODED = 1000;

export async function train(job: Job, hooks: Hooks): Promise<Outcome> {
  const { trainer, source, settings, stopAfter = Infinity, patience, saveEvery, signal } = job;
  const total = settings.epochs * (await source.epoch(0)).updates;
  const progressTotal = Math.min(total, stopAfter);
  let standing = job.standing;
  let measures: Measures | null = null;
  let tokens = 0;

  const measured = async (): Promise<boolean> => {
    measures = await job.measure();
    const validation = measures.loss;
    const isBest = standing.best === null || validation < standing.best;
    const point = { update: standing.updates, training: standing.loss ?? NaN, validation };
    standing = {
      ...standing,
      history: [...standing.history, point],
      best: isBest ? validation : standing.best,
      epochsSinceBest: isBest ? 0 : standing.epochsSinceBest + 1,
    };
    await hooks.onMeasured(standing, measures, isBest);
    return isBest;
  };
  const save = async (now: Standing, isBest: boolean): Promise<void> => {
    await refuseLostWeights(job, now);
    await hooks.onSave(now, isBest);
  };
  const end = async (ending: Ending): Promise<Outcome> => {
    if (ending === "stopped" && standing.index > 0) {
      // An epoch's end is measured as such; what is measured here is no epoch and must not change a run that goes on.
      const before = standing;
      const isBest = await measured();
      const after = standing;
      standing = before;
      await save(before, patience === undefined || isBest);
      return { ending, standing: after, measures };
    }
    if (ending === "interrupted") await save(standing, patience === undefined);
    return { ending, standing, measures };
  };

  while (standing.epoch < settings.epochs) {
    const epoch = await source.epoch(standing.epoch);
    while (standing.index < epoch.updates) {
      await yieldToHost();
      if (signal?.aborted === true) return end("interrupted");
      if (standing.updates >= stopAfter) return end("stopped");
      const batch = await epoch.batch(standing.index);
      const result = await trainer.update(batch, rateFactor(settings.schedule, standing.updates + 1, total));
      await refuseRunaway(job, { result, batch, standing });
      standing = afterUpdate(standing, result.loss);
      tokens += batch.tokens;
      const { updates, loss } = standing;
      hooks.onUpdate({
        update: updates,
        totalUpdates: Math.max(progressTotal, updates),
        epoch: standing.epoch,
        loss: loss ?? NaN,
        tokens,
      });
      if (saveEvery !== undefined && updates % saveEvery === 0 && standing.index < epoch.updates)
        await save(standing, patience === undefined);
    }
    const isBest = await measured();
    standing = { ...standing, epoch: standing.epoch + 1, index: 0 };
    await save(standing, patience === undefined || isBest);
    if (patience !== undefined && standing.epochsSinceBest >= patience) return end("no better");
  }
  return end("finished");
}

function afterUpdate(standing: Standing, loss: number): Standing {
  const updates = standing.updates + 1;
  const recent = standing.loss === null ? loss : (1 - RECENT) * standing.loss + RECENT * loss;
  return {
    ...standing,
    updates,
    index: standing.index + 1,
    loss: recent,
    firstLoss: standing.firstLoss ?? loss,
    history:
      updates % CURVE_EVERY === 0
        ? [...standing.history, { update: updates, training: recent, validation: null }]
        : standing.history,
  };
}

/** Throws a UserError that names the update and the quantity where numbers are no longer finite, or the loss has exploded. */
async function refuseRunaway(
  { trainer, advice }: Job,
  { result, batch, standing }: { readonly result: UpdateResult; readonly batch: Batch; readonly standing: Standing },
): Promise<void> {
  const { loss, norm } = result;
  const limit = EXPLODED * (1 + Math.abs(standing.firstLoss ?? Infinity));
  const isFinite = Number.isFinite(loss) && Number.isFinite(norm);
  if (isFinite && !(loss > limit)) return;
  const what = !Number.isFinite(loss)
    ? `the loss is ${loss}`
    : !Number.isFinite(norm)
      ? `the gradient's norm is ${norm}`
      : `the loss has exploded: it is ${loss.toPrecision(3)}, and was ${(standing.firstLoss ?? NaN).toPrecision(3)} at first`;
  const lost = await trainer.notFinite();
  // The first update has no learning before it; of a later one the same batch tells, with the weights that training began with.
  const wasLed = isFinite || (standing.updates > 0 && (await trainer.isFiniteAtFirst(batch)));
  throw runaway(standing.updates + 1, what, { lost, advice, help: wasLed ? advice.slower : NOT_FINITE });
}

/** Throws as `refuseRunaway` where weights are no longer finite: what is saved can be gone on from. */
async function refuseLostWeights({ trainer, advice }: Job, { updates }: Standing): Promise<void> {
  const lost = await trainer.notFinite();
  if (lost.length > 0)
    throw runaway(updates, "it leaves weights that are no numbers", { lost, advice, help: advice.slower });
}

const NOT_FINITE =
  "It is not the learning rate: with the weights of the start this batch gives no finite number either. Look in the spec for a division by 0 or a logarithm of 0";

function runaway(
  update: number,
  what: string,
  { lost, advice, help }: { readonly lost: readonly string[]; readonly advice: Advice; readonly help: string },
): UserError {
  const where =
    lost.length === 0 ? "" : ` (no longer finite: ${lost.slice(0, 3).join(", ")}${lost.length > 3 ? ", …" : ""})`;
  return new UserError(`update ${update}: ${what}${where}. ${advice.kept}. ${help}`);
}
