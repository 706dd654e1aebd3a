// `recurra train FILE --data D`: trains a model on running text or rows; `--resume` continues a run.
import type { Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { withTarget } from "../../targets/registry.ts";
import { unrolling } from "../../targets/unrolling.ts";
import { untilSignal } from "../signals.ts";
import { count } from "../numbers.ts";
import { print } from "../output.ts";
import { beginRun } from "../train-begin.ts";
import { printRateRange } from "../rate-range.ts";
import { trainInFolder, unrollingFor, type FolderOptions } from "../train-in-folder.ts";
import type { Trained } from "../train-run.ts";
import { addTrainingOptions } from "../training-options.ts";

interface Options extends FolderOptions {
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
  addTrainingOptions(
    program
      .command("train")
      .description("train a model on running text or on rows of data")
      .argument("[file]", "a spec (*.rec); not with --resume"),
  )
    .option("--out <dir>", "the folder for checkpoints and the learning curve", "runs/latest")
    .option("--updates <n>", "stop after n updates in all", count)
    .option("--learning-rate-range", "print losses over a range of learning rates, and save nothing")
    .option("--save-every <n>", "save after n updates too, not only after each epoch", count)
    .option("--resume", "continue the run in --out")
    .option("--changed-data", "with --resume: continue although the data have changed")
    .option("--overwrite", "replace the run that --out holds")
    .addHelpText("after", HELP)
    .action((file: string | undefined, options: Options) =>
      options.learningRateRange === true ? searchRate(file, options) : train(file, options),
    );
}

async function train(file: string | undefined, options: Options): Promise<void> {
  const { outcome, signal } = await untilSignal((aborting) => trainInFolder(file, options, aborting));
  print(ending(outcome, options.out));
  if (outcome.ending === "interrupted") process.exitCode = 128 + signal;
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
