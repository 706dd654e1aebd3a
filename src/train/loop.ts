// The training loop: makes updates, measures held-out data after each epoch, saves, stops. Does not depend on texts or rows.
import { yieldToHost } from "./yield-to-host.ts";
import type { RunSettings } from "./settings.ts";
import type { Batch, Epoch, TrainingSource } from "./source.ts";
import { refuseLostWeights, refuseRunaway, type Advice } from "./runaway.ts";
import { rateFactor } from "./schedule.ts";
import type { Measures } from "./measure.ts";
import type { Trainer } from "./trainer.ts";

/** The state of a run without its arrays: enough to resume it. */
export interface Standing {
  readonly updates: number;
  /** The epoch, and the index of its next update, from 0. */
  readonly epoch: number;
  readonly index: number;
  /** The loss averaged over recent updates, and the loss of the first update; null before it. */
  readonly loss: number | null;
  readonly firstLoss: number | null;
  readonly history: readonly Measurement[];
  /** For early stopping: the lowest held-out loss, and the number of epochs since then. */
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
  /** Of this update alone. */
  readonly ownLoss: number;
  /** The number of steps of all examples since this run began. */
  readonly tokens: number;
}

/** The part of the trainer that makes updates. */
export type Updating = Pick<Trainer<unknown>, "update" | "notFinite" | "isFiniteAtFirst">;

export interface Job {
  readonly trainer: Updating;
  readonly advice: Advice;
  readonly source: TrainingSource;
  readonly settings: RunSettings;
  readonly standing: Standing;
  /** Measures held-out data with the weights as they are. */
  readonly measure: () => Promise<Measures>;
  /** Stop after this number of updates in all. */
  readonly stopAfter?: number;
  /** Stop after this number of epochs without a lower held-out loss. */
  readonly patience?: number;
  /** Save after each such number of updates, and after each epoch. */
  readonly saveEvery?: number;
  /** Ends the run when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface Hooks {
  readonly onUpdate: (progress: Progress) => void;
  /** `isBest`: no epoch had a lower held-out loss. */
  readonly onMeasured: (standing: Standing, measures: Measures, isBest: boolean) => void | Promise<void>;
  /** Called when the run can be saved: the trainer's arrays belong to `standing`. `isBest`: no epoch had a lower held-out loss. */
  readonly onSave: (standing: Standing, isBest: boolean) => Promise<void>;
}

export type Ending = "finished" | "stopped" | "no better" | "interrupted";

export interface Outcome {
  readonly ending: Ending;
  readonly standing: Standing;
  /** The last measures, if there are any. */
  readonly measures: Measures | null;
}

/** The weight of the newest loss in the average that is reported. */
const RECENT = 0.05;
/** The number of updates between points of the learning curve. */
const CURVE_EVERY = 10;
/** Makes updates until the epochs are over or the job stops it. Rejects with a UserError if numbers are no longer finite. */
export function train(job: Job, hooks: Hooks): Promise<Outcome> {
  return new Run(job, hooks).run();
}

/** One training run. Its standing changes with each update and each measurement. */
class Run {
  readonly #job: Job;
  readonly #hooks: Hooks;
  #standing: Standing;
  #measures: Measures | null = null;
  #tokens = 0;

  constructor(job: Job, hooks: Hooks) {
    this.#job = job;
    this.#hooks = hooks;
    this.#standing = job.standing;
  }

  async run(): Promise<Outcome> {
    const { source, settings, patience } = this.#job;
    const total = settings.epochs * (await source.epoch(0)).updates;
    while (this.#standing.epoch < settings.epochs) {
      const early = await this.#updateUntilEpochEnds(await source.epoch(this.#standing.epoch), total);
      if (early !== null) return this.#end(early);
      const isBest = await this.#measure();
      this.#standing = { ...this.#standing, epoch: this.#standing.epoch + 1, index: 0 };
      await this.#save(this.#standing, patience === undefined || isBest);
      if (patience !== undefined && this.#standing.epochsSinceBest >= patience) return this.#end("no better");
    }
    return this.#end("finished");
  }

  /** Makes the remaining updates of an epoch. Returns why the run ends before the end of the epoch, or null. */
  async #updateUntilEpochEnds(epoch: Epoch, total: number): Promise<"interrupted" | "stopped" | null> {
    const { stopAfter = Infinity, patience, saveEvery, signal } = this.#job;
    while (this.#standing.index < epoch.updates) {
      await yieldToHost();
      if (signal?.aborted === true) return "interrupted";
      if (this.#standing.updates >= stopAfter) return "stopped";
      await this.#update(await epoch.batch(this.#standing.index), total);
      const { updates, index } = this.#standing;
      if (saveEvery !== undefined && updates % saveEvery === 0 && index < epoch.updates)
        await this.#save(this.#standing, patience === undefined);
    }
    return null;
  }

  async #update(batch: Batch, total: number): Promise<void> {
    const { trainer, settings, stopAfter = Infinity } = this.#job;
    const standing = this.#standing;
    const result = await trainer.update(batch, rateFactor(settings.schedule, standing.updates + 1, total));
    await refuseRunaway(this.#job, { result, batch, standing });
    this.#standing = afterUpdate(standing, result.loss);
    this.#tokens += batch.tokens;
    const { updates, loss, epoch } = this.#standing;
    this.#hooks.onUpdate({
      ownLoss: result.loss,
      update: updates,
      totalUpdates: Math.max(Math.min(total, stopAfter), updates),
      epoch,
      loss: loss ?? NaN,
      tokens: this.#tokens,
    });
  }

  /** Measures held-out data. Returns whether no epoch had a lower loss. */
  async #measure(): Promise<boolean> {
    const standing = this.#standing;
    const measures = await this.#job.measure();
    const validation = measures.loss;
    const isBest = standing.best === null || validation < standing.best;
    const point = { update: standing.updates, training: standing.loss ?? NaN, validation };
    this.#measures = measures;
    this.#standing = {
      ...standing,
      history: [...standing.history, point],
      best: isBest ? validation : standing.best,
      epochsSinceBest: isBest ? 0 : standing.epochsSinceBest + 1,
    };
    await this.#hooks.onMeasured(this.#standing, measures, isBest);
    return isBest;
  }

  async #save(standing: Standing, isBest: boolean): Promise<void> {
    await refuseLostWeights(this.#job, standing);
    await this.#hooks.onSave(standing, isBest);
  }

  async #end(ending: Ending): Promise<Outcome> {
    const { patience } = this.#job;
    if (ending === "stopped" && this.#standing.index > 0) {
      // Within an epoch, this measurement is reported but not saved, so that it does not change a resumed run.
      const before = this.#standing;
      const isBest = await this.#measure();
      await this.#save(before, patience === undefined || isBest);
    } else if (ending === "interrupted") await this.#save(this.#standing, patience === undefined);
    return { ending, standing: this.#standing, measures: this.#measures };
  }
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
