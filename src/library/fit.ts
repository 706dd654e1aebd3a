// `fit`: trains a compiled model on data, as `recurra train` does, without its files.
import { UserError } from "../base/diagnostic.ts";
import type { HostArray } from "../targets/target.ts";
import type { SeriesShape } from "../data/series-steps.ts";
import type { Outcome } from "../train/loop.ts";
import { adopt } from "./adopt.ts";
import type { Compiled } from "./compiled.ts";
import { readData } from "./data.ts";
import { embedWords, readEmbeddings } from "./embeddings.ts";
import { planFit, type FitData, type FitPlan } from "./fit-plan.ts";
import { NOTHING_HELD, runFit } from "./fitting.ts";
import {
  checkBoolean,
  checkFunction,
  checkSignal,
  checkWhole,
  checkedLater,
  readOptions,
  type Checks,
} from "./options.ts";
import { readSeries } from "./series.ts";
import type { FitOptions, FitResult } from "./types-training.ts";

const OPTIONS: Checks<FitOptions> = {
  data: checkedLater,
  valid: checkedLater,
  series: checkedLater,
  epochs: checkWhole("`epochs`", 1),
  updates: checkWhole("`updates`", 1),
  batch: checkWhole("`batch`", 1),
  optimizer: checkedLater,
  schedule: checkedLater,
  clip: checkedLater,
  freeze: checkedLater,
  embeddings: checkedLater,
  steps: checkedLater,
  k1: checkedLater,
  k2: checkedLater,
  truncateEach: checkedLater,
  patience: checkWhole("`patience`", 1),
  minCount: checkWhole("`minCount`", 1),
  skipBad: checkBoolean,
  seed: checkWhole("the seed"),
  onUpdate: checkFunction,
  onEpoch: checkFunction,
  signal: checkSignal,
};

const ADVICE = {
  kept: "The model has the weights of its last update",
  slower: "Try a smaller learning rate, as `optimizer: { lr: 0.001 }`, or clip the gradient, as `clip: { norm: 5 }`",
};

/** Rejects with a UserError for wrong options and data, before it trains. */
export async function fitModel<T>(model: Compiled<T>, given: FitOptions): Promise<FitResult> {
  model.checkUsable();
  const options = readOptions(given, OPTIONS, "fit");
  if (options.data === undefined) throw new UserError("`fit` needs `data`: an array of rows, a text or a `dataFile`");
  const { definition, statics, origin, known, seed } = model;
  const plan = planFit(
    { definition, statics, layout: origin.layout, known, seed },
    dataOf(options, origin.series),
    options,
  );
  try {
    const embedded = options.embeddings === undefined ? [] : readEmbeddings(plan, known.sizes, options.embeddings);
    adopt(model, plan);
    await embedWords(model, embedded);
    return { ...(await runPlan(model, plan, options)), embedded: embedded.map(({ report }) => report) };
  } finally {
    plan.data.close();
  }
}

function dataOf({ data, valid, series }: FitOptions, before: SeriesShape | undefined): FitData {
  const shape = series === undefined ? before : readSeries(series);
  const validation = valid === undefined || valid === false ? undefined : readData(valid, "valid");
  return {
    training: readData(data, "data"),
    holdsOut: valid !== false,
    ...(validation === undefined ? {} : { validation }),
    ...(shape === undefined ? {} : { series: shape }),
  };
}

async function runPlan<T>(model: Compiled<T>, plan: FitPlan, options: FitOptions): Promise<Trained> {
  const { patience, onUpdate, onEpoch } = options;
  let best: ReadonlyMap<string, HostArray> | null = null;
  const outcome = await runFit(model, plan, {
    advice: ADVICE,
    stopAfter: options.updates,
    patience,
    signal: options.signal,
    hooks: {
      onUpdate: ({ update, totalUpdates, epoch, loss }) => onUpdate?.({ update, totalUpdates, epoch: epoch + 1, loss }),
      onMeasured: async ({ updates, epoch, loss }, found, isBest) => {
        if (patience !== undefined && isBest) best = await model.givenWeights();
        const measures = found === NOTHING_HELD ? null : found;
        await onEpoch?.({
          epoch: epoch + 1,
          updates,
          loss: loss ?? NaN,
          measures,
          isBest: measures !== null && isBest,
        });
      },
      onSave: () => Promise.resolve(),
    },
  });
  if (best !== null) await restoreWeights(model, best);
  return resultOf(outcome);
}

function restoreWeights<T>(model: Compiled<T>, arrays: ReadonlyMap<string, HostArray>): Promise<void> {
  return model.access.change(async () => {
    const weights = model.ready();
    for (const [name, array] of arrays) weights.put(name, array);
  });
}

type Trained = Omit<FitResult, "embedded">;

function resultOf({ ending, standing, measures }: Outcome): Trained {
  const { updates, best, history } = standing;
  return {
    ending,
    updates,
    measures: measures === NOTHING_HELD ? null : measures,
    best: best === null || Number.isNaN(best) ? null : best,
    history: history.map(({ update, training, validation }) => ({
      update,
      training,
      validation: validation === null || Number.isNaN(validation) ? null : validation,
    })),
  };
}
