// Trains a compiled model on the data of a plan, and measures it after each epoch. `fit` and `recurra train` both use it.
import { START, train, type Hooks, type Outcome, type Standing } from "../train/loop.ts";
import { Meter } from "../train/measure.ts";
import type { Advice } from "../train/runaway.ts";
import { beginScales } from "../train/scales.ts";
import { trainingProgram } from "../train/model.ts";
import { Trainer } from "../train/trainer.ts";
import { limitsOf } from "../train/windows.ts";
import type { Description } from "../checkpoint/checkpoint.ts";
import type { HostArray, Target } from "../targets/target.ts";
import { adopt } from "./adopt.ts";
import { Compiled } from "./compiled.ts";
import type { FitPlan } from "./fit-plan.ts";
import { withMemoryErrors } from "./memory.ts";
import type { Measures } from "./types-training.ts";

/** Callbacks and limits of one training. */
export interface FitJob {
  readonly hooks: Omit<Hooks, "onSave"> & {
    /** As in `Hooks`; `whole` returns everything that the next update reads: weights, slots and states. */
    readonly onSave: (
      standing: Standing,
      isBest: boolean,
      whole: () => Promise<ReadonlyMap<string, HostArray>>,
    ) => Promise<void>;
  };
  readonly advice: Advice;
  /** For a run that is resumed: its standing, and the arrays that `whole` returned. */
  readonly resumed?: { readonly standing: Standing; readonly arrays: ReadonlyMap<string, HostArray> };
  readonly stopAfter?: number | undefined;
  readonly patience?: number | undefined;
  readonly saveEvery?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The model of a plan on a target, with its initial weights. */
export function compileForPlan<T>(plan: FitPlan, target: Target<T>, { sources, updates }: Begin): Compiled<T> {
  const { definition, statics } = plan.model;
  const nothing = new Map<string, never>();
  const model = new Compiled({
    definition,
    statics,
    target: withMemoryErrors(target),
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
  /** The number of updates that were made before. */
  readonly updates: number;
}

/** Trains the model's own weights. Updates and measurements take turns with other calls of the model. */
export async function runFit<T>(model: Compiled<T>, plan: FitPlan, job: FitJob): Promise<Outcome> {
  const { settings, data } = plan;
  const { optimizer, clip, seed, truncate, frozen } = settings;
  const weights = model.ready();
  const sizes = model.sizes.known;
  const trainer = new Trainer(trainingProgram(plan.model, truncate), model.device, {
    optimizer,
    clip,
    frozen,
    seed,
    sizes,
    weights,
    ...limitsOf(truncate),
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
  if (resumed === undefined) await model.access.change(() => beginScales(trainer.program, weights, data.scales));
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

/** The measures if nothing is held out. */
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
