// `recurra train FILE --data D`: trains a model on running text or rows; `--resume` continues a run.
import { Option, type Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { OPTIMIZERS, SCHEDULES } from "../../lang/elaborate/settings.ts";
import { unrollingOn, withTarget } from "../../targets/registry.ts";
import { unrolling } from "../../targets/unrolling.ts";
import type { Unrolling } from "../../time/unroll-choice.ts";
import { inRunFolder } from "../run-folder.ts";
import { untilSignal } from "../signals.ts";
import { count, positive, unrollingOption, wholeNumber } from "../numbers.ts";
import { print } from "../output.ts";
import { includeOption, setOption } from "../select.ts";
import { beginRun, resumeRun, type BeginOptions, type Begun } from "../train-begin.ts";
import { printRateRange } from "../rate-range.ts";
import { addSeriesOptions } from "../series-options.ts";
import { embeddingsOption } from "../train-first.ts";
import { trainAndSave, type Trained } from "../train-run.ts";

interface Options extends BeginOptions {
  readonly resume?: boolean;
  readonly updates?: number;
  readonly unroll: Unrolling | "auto";
  readonly learningRateRange?: boolean;
}

const HELP = `
A .txt file is one running text; .jsonl and .csv files have rows, whose fields are the model's inputs and targets.
Ctrl-C, SIGTERM and SIGHUP save and exit; --resume continues as if the run had not stopped.

Examples:
  recurra train specs/models/charlm.rec --data book.txt --out runs/book
  recurra train specs/models/adding.rec --data adding.jsonl --set H=32 --epochs 20 --lr 0.005 --out runs/adding
  recurra train mine.rec --data book.txt --k1 32 --k2 64 --optimizer adamw --schedule cosine --updates 200
  recurra train mine.rec --data book.txt --freeze e h.layer0 --epochs 2
  recurra train specs/models/classify.rec --data reviews.csv --embeddings glove.txt --set E=100 --freeze h.embed
  recurra train mine.rec --data chapter.txt --weights runs/book/weights.safetensors --out runs/chapter
  recurra train forecast.rec --data passengers.csv --series --window 24 --horizon 12 --out runs/passengers
  recurra train mine.rec --data book.txt --learning-rate-range
  recurra train --resume --out runs/book
`;

export function register(program: Command): void {
  const command = program
    .command("train")
    .description("train a model on running text or on rows of data")
    .argument("[file]", "a spec (*.rec); not with --resume")
    .option("--data <file>", "training data: a text (UTF-8), JSON Lines (*.jsonl) or CSV (*.csv)")
    .option("--valid <file>", "validation data (default: the last tenth of the data)")
    .option("--model <name>", "the model to train (default: the first of the file)")
    .option("--target <name>", "what to run on; `recurra targets` lists the targets (default: wasm)")
    .option("--out <dir>", "the folder for checkpoints and the learning curve", "runs/latest")
    .addOption(setOption())
    .addOption(includeOption())
    .option("--seed <n>", "the same seed gives the same run", wholeNumber)
    .option("--epochs <n>", "the number of passes over the data", count)
    .option("--updates <n>", "stop after n updates in all", count)
    .option("--batch <n>", "the number of examples, or of streams of a text, in a batch", count)
    .option("--steps <n>", "an update every n steps, with gradients through n steps: sets k1 and k2", count)
    .option("--k1 <n>", "an update every n steps", count)
    .option("--k2 <n>", "gradients through n steps", count)
    .option("--truncate-each <n>", "the loss of each step goes back through n steps", count)
    .addOption(new Option("--optimizer <name>").choices(Object.keys(OPTIMIZERS)))
    .option("--lr <x>", "the learning rate", positive)
    .option("--learning-rate-range", "print losses over a range of learning rates, and save nothing")
    .addOption(new Option("--schedule <name>", "of the learning rate").choices(Object.keys(SCHEDULES)))
    .option("--warmup <n>", "updates in which the learning rate grows to its full value", wholeNumber)
    .option("--clip <x>", "clip the norm of the whole gradient", positive)
    .option("--clip-value <x>", "clip each element of the gradient", positive)
    .option("--clip-state <x>", "clip the gradient of each state at each step", positive)
    .option("--weights <file>", "begin with these weights: a safetensors file with the names of the spec")
    .addOption(embeddingsOption())
    .option("--freeze <name...>", "weights that stay as they are, by name or the beginning of it: `e` is e.table")
    .option("--patience <n>", "stop after n epochs without a better held-out loss, and keep the best", count)
    .option("--save-every <n>", "save after n updates too, not only after each epoch", count)
    .option("--min-count <n>", "rarer symbols become unknown", count)
    .option("--skip-bad", "skip bad rows and count them")
    .option("--unroll <how>", "unroll loops: none, full, auto, or N steps in each iteration", unrollingOption, "auto")
    .option("--resume", "continue the run in --out")
    .option("--changed-data", "with --resume: continue although the data have changed")
    .option("--overwrite", "replace the run that --out holds")
    .addHelpText("after", HELP);
  addSeriesOptions(command).action((file: string | undefined, options: Options) =>
    options.learningRateRange === true ? searchRate(file, options) : trainInFolder(file, options),
  );
}

function trainInFolder(file: string | undefined, options: Options): Promise<void> {
  return inRunFolder(options.out, async (lock) => {
    const run = options.resume === true ? resumeRun(file, options) : beginRun(file, options);
    const { outcome, signal } = await untilSignal((aborting) =>
      withTarget(run.target, (target) =>
        trainAndSave(
          {
            ...run,
            out: process.stdout,
            signal: aborting,
            lock,
            ...(options.updates === undefined ? {} : { stopAfter: options.updates }),
          },
          unrolling(target, unrollingFor(options.unroll, run, target.name)),
        ),
      ),
    );
    print(ending(outcome, run.folder));
    if (outcome.ending === "interrupted") process.exitCode = 128 + signal;
  });
}

/** No folder is written, so none is locked. */
async function searchRate(file: string | undefined, { resume, updates, unroll, ...options }: Options): Promise<void> {
  const useless = (["lr", "schedule", "warmup", "epochs", "patience", "saveEvery"] as const).find(
    (name) => options[name] !== undefined,
  );
  const first = resume === true ? "resume" : useless;
  if (first !== undefined)
    throw new UserError(
      `--${first === "saveEvery" ? "save-every" : first} has no effect with --learning-rate-range: leave it out`,
    );
  const run = beginRun(file, { ...options, overwrite: true });
  await withTarget(run.target, (target) =>
    printRateRange(run, unrolling(target, unrollingFor(unroll, run, target.name)), { out: process.stdout, updates }),
  );
}

/** Windows of a text have equal lengths, except the last; rows have their own lengths. */
function unrollingFor(wish: Unrolling | "auto", { model, settings }: Begun, target: string): Unrolling {
  if (wish !== "auto") return wish;
  const { truncate } = settings;
  const isFixed = model.layout === "text" && truncate !== null;
  return unrollingOn(target, isFixed ? Math.max(truncate.k1, truncate.k2) : null).choice;
}

function ending({ ending: how, standing, hasCurve }: Trained, folder: string): string {
  const saved = `saved in ${folder}: weights.safetensors, resume.safetensors, settings.json${hasCurve ? ", curve.svg" : ""}`;
  switch (how) {
    case "finished":
      return saved;
    case "stopped":
      return `stopped after ${standing.updates} updates; ${saved}. To continue: recurra train --resume --out ${folder}`;
    case "no better":
      return `stopped: ${standing.epochsSinceBest} epochs without a better held-out loss than ${(standing.best ?? NaN).toFixed(4)}, whose weights are kept; ${saved}`;
    case "interrupted":
      return `interrupted after ${standing.updates} updates; ${saved}. To continue: recurra train --resume --out ${folder}`;
  }
}
