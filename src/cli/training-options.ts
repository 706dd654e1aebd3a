// Options of training, which `train` and `search` have in common.
import { Option, type Command } from "commander";
import { OPTIMIZERS, SCHEDULES } from "../lang/elaborate/settings.ts";
import { count, positive, unrollingOption, wholeNumber } from "./numbers.ts";
import { includeOption, setOption } from "./select.ts";
import { addSeriesOptions } from "./series-options.ts";
import { embeddingsOption } from "./train-first.ts";

export function addTrainingOptions(command: Command): Command {
  command
    .option("--data <file>", "training data: a text (UTF-8), JSON Lines (*.jsonl) or CSV (*.csv)")
    .option("--valid <file>", "validation data (default: the last tenth of the data)")
    .option("--model <name>", "the model to train (default: the first of the file)")
    .option("--target <name>", "what to run on; `recurra targets` lists the targets (default: wasm)")
    .addOption(setOption())
    .addOption(includeOption())
    .option("--seed <n>", "the same seed gives the same run", wholeNumber)
    .option("--epochs <n>", "the number of passes over the data", count)
    .option("--batch <n>", "the number of examples, or of streams of a text, in a batch", count)
    .option("--steps <n>", "an update every n steps, with gradients through n steps: sets k1 and k2", count)
    .option("--k1 <n>", "an update every n steps", count)
    .option("--k2 <n>", "gradients through n steps", count)
    .option("--truncate-each <n>", "the loss of each step goes back through n steps", count)
    .addOption(new Option("--optimizer <name>").choices(Object.keys(OPTIMIZERS)))
    .option("--lr <x>", "the learning rate", positive)
    .addOption(new Option("--schedule <name>", "of the learning rate").choices(Object.keys(SCHEDULES)))
    .option("--warmup <n>", "updates in which the learning rate grows to its full value", wholeNumber)
    .option("--clip <x>", "clip the norm of the whole gradient", positive)
    .option("--clip-value <x>", "clip each element of the gradient", positive)
    .option("--clip-state <x>", "clip the gradient of each state at each step", positive)
    .option("--weights <file>", "begin with these weights: a safetensors file with the names of the spec")
    .addOption(embeddingsOption())
    .option("--freeze <name...>", "weights that stay as they are, by name or the beginning of it: `e` is e.table")
    .option("--patience <n>", "stop after n epochs without a better held-out loss, and keep the best", count)
    .option("--min-count <n>", "rarer symbols become unknown", count)
    .option("--skip-bad", "skip bad rows and count them")
    .option("--unroll <how>", "unroll loops: none, full, auto, or N steps in each iteration", unrollingOption, "auto");
  return addSeriesOptions(command);
}
