// `train --learning-rate-range`: a short training whose learning rate grows with each update, to find a good one (Smith 2017). It prints the
// running mean of the loss at each rate, and saves nothing.
import { UserError } from "../base/diagnostic.ts";
import { compileForPlan, runFit } from "../library/fitting.ts";
import type { Target } from "../targets/target.ts";
import { lossName } from "../train/loss-words.ts";
import { begin } from "./train-first.ts";
import type { Output } from "./progress.ts";
import { table } from "./table.ts";
import type { TrainingRun } from "./train-run.ts";

const [LOWEST, HIGHEST] = [1e-6, 1];
const UPDATES = 100;
/** A loss so many times the lowest ends the search. */
const TOO_MUCH = 4;
const ROWS = 25;
/** The weight of the newest loss in the running mean, which must follow the rate closely. */
const NEWEST = 0.3;

interface Point {
  readonly rate: number;
  readonly loss: number;
}

/** `updates`: from the lowest rate to the highest. The data are closed. */
export async function printRateRange<T>(
  run: Omit<TrainingRun, "out">,
  target: Target<T>,
  { out, updates = UPDATES }: { readonly out: Output; readonly updates?: number | undefined },
): Promise<void> {
  if (updates < 2) throw new UserError(`--updates is ${updates}, but a range of rates needs 2 updates or more`);
  const factor = (HIGHEST / LOWEST) ** (1 / (updates - 1));
  const { optimizer } = run.settings;
  const settings = {
    ...run.settings,
    optimizer: { ...optimizer, values: new Map([...optimizer.values, ["lr", LOWEST]]) },
    schedule: { kind: "exponential", values: new Map([["factor", factor]]) },
    // Each has one update or more.
    epochs: updates,
  };
  const plan = { ...run, settings, data: { ...run.data, heldOut: null } };
  const model = compileForPlan(plan, target, { sources: run.sources, updates: 0 });
  const points: Point[] = [];
  try {
    if (run.beginning !== undefined) await begin(model, run.beginning);
    const over = new AbortController();
    const why = await runFit(model, plan, {
      advice: { kept: "", slower: "" },
      stopAfter: updates,
      signal: over.signal,
      hooks: {
        onUpdate: ({ update, ownLoss }) => {
          const before = points.at(-1)?.loss ?? ownLoss;
          const loss = before + NEWEST * (ownLoss - before);
          points.push({ rate: LOWEST * factor ** (update - 1), loss });
          if (loss > TOO_MUCH * lowest(points).loss) over.abort();
        },
        onMeasured: () => undefined,
        onSave: () => Promise.resolve(),
      },
    }).then(
      () => null,
      (problem: unknown) => endOf(problem, points),
    );
    out.write(`${tableOf(points, `recent ${lossName(run.model)}`)}\n`);
    const last = points.at(-1);
    if (why !== null) out.write(`then the loss was no longer finite\n`);
    else if (last !== undefined && last.rate < HIGHEST / 2) out.write(`then the loss was too large to go on\n`);
    out.write(`${suggestion(points)}\n`);
  } finally {
    model.dispose();
    run.data.close();
  }
}

/** A loss that is not finite after good ones ends the search; any other error is one. */
function endOf(problem: unknown, points: readonly Point[]): UserError {
  if (problem instanceof UserError && points.length > 0) return problem;
  throw problem;
}

function lowest(points: readonly Point[]): Point {
  return points.reduce((best, each) => (each.loss < best.loss ? each : best), points[0] ?? { rate: NaN, loss: NaN });
}

function tableOf(points: readonly Point[], title: string): string {
  const every = Math.max(1, Math.ceil(points.length / ROWS));
  const shown = points.filter((_, index) => index % every === 0 || index === points.length - 1);
  return table([["rate", title], ...shown.map(({ rate, loss }) => [shortRate(rate), loss.toPrecision(4)])]);
}

function suggestion(points: readonly Point[]): string {
  const { rate } = lowest(points);
  return `lowest at the rate ${shortRate(rate)}; a tenth of it is a good begin: --lr ${shortRate(rate / 10)}`;
}

function shortRate(rate: number): string {
  return String(Number(rate.toPrecision(2)));
}
