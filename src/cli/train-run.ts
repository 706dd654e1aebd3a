// Trains with progress, measures, checkpoints and a learning curve.
import { join } from "node:path";
import { UserError } from "../base/diagnostic.ts";
import { WHOLE_ROW } from "../base/window-sizes.ts";
import { drawCurve } from "../draw/curve.ts";
import { descriptionOf } from "../library/checkpoint.ts";
import type { Compiled } from "../library/compiled.ts";
import type { FitPlan } from "../library/fit-plan.ts";
import { compileForPlan, runFit } from "../library/fitting.ts";
import type { Description, RunDescription, StoredRun } from "../checkpoint/checkpoint.ts";
import { CURVE, removeRun, saveRun, saveWeights } from "../checkpoint/checkpoint-files.ts";
import { writeAtomically } from "../files/files.ts";
import type { Lock } from "../files/lock.ts";
import { evaluateDim, type Sizes } from "../shape/dim.ts";
import type { Target } from "../targets/target.ts";
import type { Measurement, Outcome, Standing } from "../train/loop.ts";
import type { Truncation } from "../train/windows.ts";
import { measuresText } from "./measures.ts";
import { lossName, lossTitle } from "../train/loss-words.ts";
import { begin, type Beginning } from "./train-first.ts";
import { Progress, type Output } from "./progress.ts";

export interface TrainingRun extends FitPlan {
  /** Where the data came from, so that the run can be resumed. */
  readonly origin: RunDescription["data"];
  readonly sources: Description["sources"];
  /** The folder that gets `weights.safetensors`, `resume.safetensors`, `settings.json` and `curve.svg`. */
  readonly folder: string;
  readonly out: Output;
  /** What a new run begins with, if not with the first values of the spec. */
  readonly beginning?: Beginning;
  /** The run to continue, unless this one is new. */
  readonly resumed?: StoredRun;
  /** Stop after this number of updates in all. */
  readonly stopAfter?: number;
  /** Stop after this number of epochs without a better held-out loss; the best weights are kept. */
  readonly patience?: number;
  readonly saveEvery?: number;
  readonly signal?: AbortSignal;
  /** Checked before each write: the folder must still belong to this run. */
  readonly lock?: Pick<Lock, "check">;
  /** A line in the learning curve. */
  readonly baseline?: { readonly name: string; readonly nats: number };
}

/** The end of the message if the loss becomes NaN or infinite. */
const ADVICE = {
  kept: "The last saved state is kept",
  slower: "Try a smaller learning rate (--lr), or clip the gradient (`clip norm 5`, --clip 5)",
};

export interface Trained extends Outcome {
  /** Whether the learning curve was drawn. */
  readonly hasCurve: boolean;
}

/** Trains, saves, and returns the outcome. */
export async function trainAndSave<T>(run: TrainingRun, target: Target<T>): Promise<Trained> {
  const { data, out, resumed, sources, patience, saveEvery } = run;
  announce(run, target.name);
  const standing = resumed === undefined ? undefined : standingOf(resumed);
  const progress = new Progress(out, undefined, lossName(run.model));
  let isFirst = resumed === undefined;
  let model: Compiled<T> | undefined;
  try {
    const trained = compileForPlan(run, target, { sources, updates: standing?.updates ?? 0 });
    model = trained;
    if (run.beginning !== undefined) await begin(trained, run.beginning);
    const outcome = await runFit(trained, run, {
      advice: ADVICE,
      ...(resumed === undefined || standing === undefined ? {} : { resumed: { standing, arrays: resumed.arrays } }),
      stopAfter: run.stopAfter,
      patience,
      saveEvery,
      signal: run.signal,
      hooks: {
        onUpdate: ({ update, totalUpdates, loss, tokens }) =>
          progress.update({ done: update, total: totalUpdates, loss, tokens }),
        onMeasured: ({ updates }, measures) => {
          if (data.heldOut === null) return;
          progress.pause();
          out.write(`after ${updates} updates, held out: ${measuresText(measures)}\n`);
        },
        onSave: async (now, isBest, whole) => {
          run.lock?.check();
          if (isFirst) removeRun(run.folder);
          isFirst = false;
          if (isBest) saveWeights(run.folder, await trained.checkpoint());
          saveRun(run.folder, { description: descriptionOf(trained), arrays: await whole(), run: runOf(run, now) });
        },
      },
    });
    progress.pause();
    run.lock?.check();
    return { ...outcome, hasCurve: await drawHistory(run, outcome.standing.history) };
  } finally {
    model?.dispose();
    data.close();
  }
}

function announce(
  { model, settings, data, origin, out, beginning, resumed, series }: TrainingRun,
  target: string,
): void {
  const { batch, truncate, optimizer, seed, frozen } = settings;
  if (origin.validation === undefined)
    out.write(`no --valid: the last tenth of ${series === undefined ? "the data" : "each series"} is held out\n`);
  out.write(`${model.inference.name} on ${target}: ${data.about.join("\n")}\n`);
  out.write(
    `${weightCount(model, data.sizes)} weights, batch ${batch}, ${stepsOf(truncate)}, ${optimizer.kind}, seed ${seed}\n`,
  );
  if (frozen.length > 0) out.write(`frozen: ${frozen.join(", ")}\n`);
  for (const line of beginning?.about ?? []) out.write(`${line}\n`);
  if (resumed !== undefined) out.write(`continuing after ${resumed.run.standing.updates} updates\n`);
}

/** How many numbers the weights have. */
function weightCount({ inference }: FitPlan["model"], sizes: Sizes): number {
  const counts = inference.parameters.map(({ type }) =>
    type.axes.reduce((product, { size }) => product * evaluateDim(size, sizes), 1),
  );
  return counts.reduce((sum, each) => sum + each, 0);
}

function standingOf({ run }: StoredRun): Standing {
  const { standing } = run;
  return { ...standing, history: standing.history.map((point) => ({ ...point, training: point.training ?? NaN })) };
}

function runOf({ origin, patience, saveEvery }: TrainingRun, standing: Standing): RunDescription {
  return {
    data: origin,
    ...(patience === undefined ? {} : { patience }),
    ...(saveEvery === undefined ? {} : { saveEvery }),
    standing: { ...standing, history: standing.history.map((point) => ({ ...point })) },
  };
}

/** Draws the learning curve. Returns false if the package for it is not installed, and says so. */
async function drawHistory(run: TrainingRun, history: readonly Measurement[]): Promise<boolean> {
  const title = `${run.model.inference.name}: learning curve`;
  const curve = await drawCurve(history, { title, loss: lossTitle(run.model) }, run.baseline).catch(
    (problem: unknown) => {
      if (!(problem instanceof UserError)) throw problem;
      run.out.write(`no learning curve is drawn: ${problem.message}\n`);
      return null;
    },
  );
  if (curve === null) return false;
  writeAtomically(join(run.folder, CURVE), curve);
  return true;
}

function stepsOf(truncate: Truncation | null): string {
  if (truncate === null) return "whole sequences";
  const { k1, k2, each } = truncate;
  const windows = k1 === WHOLE_ROW ? "whole sequences" : `an update every ${k1} steps`;
  const through = k1 === k2 ? "" : `, gradients through ${k2}`;
  return `${windows}${through}${each === undefined ? "" : `, each loss through ${each} steps`}`;
}
