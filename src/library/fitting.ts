// One training of a compiled model: updates from a plan's data, measures after each epoch. `fit` and `recurra train` both run it.
import { START, train, type Hooks, type Outcome, type Standing } from "../train/loop.ts";
import { Meter } from "../train/measure.ts";
import type { Advice } from "../train/runaway.ts";
import { trainingProgram } from "../train/model.ts";
import { Trainer } from "../train/trainer.ts";
import type { Description } from "../checkpoint/checkpoint.ts";
import type { HostArray, Target } from "../targets/target.ts";
import { adopt } from "./adopt.ts";
import { Compiled } from "./compiled.ts";
import type { FitPlan } from "./fit-plan.ts";
import { tellingOfMemory } from "./memory.ts";
import type { Measures } from "./types-training.ts";

/** What `fit` leaves to its caller. */
export interface FitJob {
  readonly hooks: Omit<Hooks, "onSave"> & {
    /** As of `Hooks`; `whole` gives all that the next update reads: weights, moments and states. */
    readonly onSave: (
      standing: Standing,
      isBest: boolean,
      whole: () => Promise<ReadonlyMap<string, HostArray>>,
    ) => Promise<void>;
  };
  readonly advice: Advice;
  /** Where a run that goes on stands, with the arrays that `whole` gave. */
  readonly resumed?: { readonly standing: Standing; readonly arrays: ReadonlyMap<string, HostArray> };
  readonly stopAfter?: number | undefined;
  readonly patience?: number | undefined;
  readonly saveEvery?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The model of a plan on a target, as it begins: for who has no compiled model yet. */
export function compiledFor<T>(plan: FitPlan, target: Target<T>, { sources, updates }: Begin): Compiled<T> {
  const { definition, statics } = plan.model;
  const nothing = new Map<string, never>();
  const model = new Compiled({
    definition,
    statics,
    target: tellingOfMemory(target),
    seed: plan.settings.seed,
    sizes: nothing,
    starts: nothing,
    vocabularies: () => nothing,
    weights: {},
    allowNonFinite: false,
    updates,
    origin: { sources },
  });
  adopt(model, plan);
  return model;
}

interface Begin {
  readonly sources: Description["sources"];
  /** How many updates were made before. */
  readonly updates: number;
}

/** Trains the model's own weights. Each update and each measuring has its turn among the other calls of the model. */
export async function runFit<T>(model: Compiled<T>, plan: FitPlan, job: FitJob): Promise<Outcome> {
  const { settings, data } = plan;
  const { optimizer, clip, seed, truncate } = settings;
  const weights = model.ready();
  const sizes = model.sizes.known;
  const trainer = new Trainer(trainingProgram(plan.model, truncate), model.device, {
    optimizer,
    clip,
    seed,
    sizes,
    weights,
    cutsState: truncate !== null && truncate.k2 < truncate.k1,
  });
  const meter = new Meter(plan.model.inference, model.device, weights, sizes);
  const { resumed, hooks } = job;
  if (resumed !== undefined) trainer.restore(resumed.arrays, resumed.standing.updates);
  const inTurn = <R>(work: () => Promise<R>): Promise<R> =>
    model.access.change(() => {
      model.checkUsable();
      return work();
    });
  const measured = (held: NonNullable<typeof data.heldOut>): Promise<Measures> =>
    model.access.read(() => {
      model.checkUsable();
      return meter.measure(held);
    });
  try {
    return await train(
      {
        trainer: {
          update: (batch, factor) => inTurn(() => trainer.update(batch, factor)),
          notFinite: () => inTurn(() => trainer.notFinite()),
          isFiniteAtFirst: (batch) => inTurn(() => trainer.isFiniteAtFirst(batch)),
        },
        advice: job.advice,
        source: data.training,
        settings,
        standing: resumed?.standing ?? START,
        measure: () => (data.heldOut === null ? Promise.resolve(NOTHING_HELD) : measured(data.heldOut)),
        ...given(job),
      },
      {
        onUpdate: (progress) => {
          model.updates += 1;
          hooks.onUpdate(progress);
        },
        onMeasured: (standing, measures, isBest) => hooks.onMeasured(standing, measures, isBest),
        onSave: (standing, isBest) => hooks.onSave(standing, isBest, () => inTurn(() => trainer.wholeSnapshot())),
      },
    );
  } finally {
    meter.dispose();
    trainer.dispose();
  }
}

/** Nothing is held out, so no epoch is better than another. */
export const NOTHING_HELD: Measures = { loss: NaN, predictions: [] };

interface Ends {
  readonly stopAfter?: number;
  readonly patience?: number;
  readonly saveEvery?: number;
  readonly signal?: AbortSignal;
}

function given({ stopAfter, patience, saveEvery, signal }: FitJob): Ends {
  return {
    ...(stopAfter === undefined ? {} : { stopAfter }),
    ...(patience === undefined ? {} : { patience }),
    ...(saveEvery === undefined ? {} : { saveEvery }),
    ...(signal === undefined ? {} : { signal }),
  };
}
