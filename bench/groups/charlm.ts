// The demo's model on the demo's book: updates in turn, in characters per second, and one whole epoch.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mobyDickText } from "../../src/datasets/moby-dick.ts";
import { beginRun } from "../../src/cli/train-begin.ts";
import { writeAtomically } from "../../src/files/files.ts";
import type { Target } from "../../src/targets/target.ts";
import { trainingProgram } from "../../src/train/model.ts";
import type { Epoch } from "../../src/train/source.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { COMPARED, repeated, type Contestant } from "../contestant.ts";
import { onOurTargets } from "../contestants/recurra.ts";
import { gradientFlops } from "../flops.ts";
import { ceilingOf, measureTogether, rowOf, type Entry, type Measuring } from "../measure.ts";
import { median } from "../median.ts";
import type { Row } from "../results.ts";

const SPEC = join(import.meta.dirname, "../../specs/models/charlm.rec");
const CASE = "charlm-demo";

/** `wholeEpochs`: whether a whole epoch is also measured, on the targets wasm and native. */
export async function measureCharLM(
  wholeEpochs: boolean,
  measuring: Measuring,
  report: (what: string) => void,
): Promise<readonly Row[]> {
  if (!measuring.chosen.isCase(CASE)) return [];
  report(`train ${CASE}`);
  const folder = mkdtempSync(join(tmpdir(), "recurra-bench-"));
  const book = join(folder, "book.txt");
  writeAtomically(book, mobyDickText());
  const { model, settings, data } = beginRun(SPEC, { data: book, out: folder, set: [] });
  try {
    const epoch = await data.training.epoch(0);
    const batch = await epoch.batch(1);
    const program = trainingProgram(model, settings.truncate);
    const flops = gradientFlops(program, new Map([...data.sizes, ...batch.sizes]));
    const { optimizer, clip, seed } = settings;
    const reading = (whole: boolean): Promise<readonly Contestant[]> =>
      onOurTargets(<T>(who: string, threads: number, target: Target<T>) =>
        reader(new Trainer(program, target, { optimizer, clip, seed, sizes: data.sizes }), epoch, {
          who,
          threads,
          whole,
        }),
      );
    const entry = (contestant: Contestant): Entry => {
      return { case: CASE, what: "train", contestant, flops, characters: batch.tokens };
    };
    const rows = await measureTogether((await reading(false)).map(entry), measuring);
    return wholeEpochs ? [...rows, ...(await epochRows(await reading(true), epoch, entry, measuring))] : rows;
  } finally {
    data.close();
    rmSync(folder, { recursive: true });
  }
}

/** Updates on the batches in order. A repetition is one update, or all updates of an epoch. */
function reader<T>(
  trainer: Trainer<T>,
  epoch: Epoch,
  { who, threads, whole }: { readonly who: string; readonly threads: number; readonly whole: boolean },
): Contestant {
  let index = 0;
  const update = async (): Promise<number> => (await trainer.update(await epoch.batch(index++ % epoch.updates))).loss;
  const all = async (): Promise<number> => {
    let loss = NaN;
    for (let done = 0; done < epoch.updates; done++) loss = await update();
    return loss;
  };
  return repeated({ who, threads, once: whole ? all : update, compared: COMPARED, dispose: () => trainer.dispose() });
}

/** Measures one epoch, from the beginning, of each contestant on the targets wasm and native. */
async function epochRows(
  contestants: readonly Contestant[],
  epoch: Epoch,
  entry: (contestant: Contestant) => Entry,
  { ceilingRates, chosen }: Measuring,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const contestant of contestants) {
    if (/^recurra-(wasm|native)/.test(contestant.who) && chosen.isContestant(contestant.who)) {
      const { flops, characters = 0, ...rest } = entry(contestant);
      const whole: Entry = {
        ...rest,
        what: "epoch",
        flops: flops * epoch.updates,
        characters: characters * epoch.updates,
      };
      const reached = median(ceilingRates.get(ceilingOf(contestant)) ?? []);
      rows.push(rowOf(whole, [await contestant.sample(1)], reached));
    }
    await contestant.dispose();
  }
  return rows;
}
