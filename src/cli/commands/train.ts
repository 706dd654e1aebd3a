// `recurra train FILE --data D`: trains a model on running text.
import type { Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { open } from "../../compile.ts";
import { splitHeldOut } from "../../data/text.ts";
import type { TrainSettings } from "../../lang/elaborate/settings.ts";
import { OPTIMIZERS } from "../../lang/elaborate/settings.ts";
import { recording } from "../../module/checkpoint.ts";
import { readText } from "../../module/files.ts";
import { loadFromDisk } from "../../module/library.ts";
import { withTarget } from "../../targets/open.ts";
import { resolveSettings } from "../../train/settings.ts";
import { textModel, vocabularyFor } from "../../train/text-model.ts";
import { count, positive, wholeNumber } from "../numbers.ts";
import { print } from "../output.ts";
import { chooseModel, readSpecFile, setOption, staticsFrom, type Assignment } from "../select.ts";
import { trainAndSave } from "../train-text.ts";

interface Options {
  readonly data: string;
  readonly valid?: string;
  readonly model?: string;
  readonly target: string;
  readonly out: string;
  readonly set: readonly Assignment[];
  readonly seed?: number;
  readonly epochs?: number;
  readonly updates?: number;
  readonly batch?: number;
  readonly steps?: number;
  readonly optimizer?: string;
  readonly lr?: number;
  readonly clip?: number;
  readonly minCount: number;
}

/** The share of the data that is held out where no validation data are given. */
const HELD_OUT = 0.1;

export function register(program: Command): void {
  program
    .command("train")
    .description("train a model on running text")
    .argument("<file>", "a spec (*.rec)")
    .requiredOption("--data <file>", "a text file (UTF-8) to train on")
    .option("--valid <file>", "a text file to validate on (default: the last tenth of the data)")
    .option("--model <name>", "which model of the file (default: its first)")
    .option("--target <name>", "what to run on: reference, tfjs-wasm, tfjs-cpu", "tfjs-wasm")
    .option("--out <dir>", "the folder for the checkpoint and the learning curve", "runs/latest")
    .addOption(setOption())
    .option("--seed <n>", "the same seed gives the same run", wholeNumber)
    .option("--epochs <n>", "how often to read the data", count)
    .option("--updates <n>", "stop after this many updates", count)
    .option("--batch <n>", "how many streams are read side by side", count)
    .option("--steps <n>", "an update every n steps, gradients through as many (k1 = k2)", count)
    .option("--optimizer <name>", `one of ${Object.keys(OPTIMIZERS).join(", ")}`)
    .option("--lr <x>", "the learning rate", positive)
    .option("--clip <x>", "clip the norm of the whole gradient", positive)
    .option("--min-count <n>", "rarer symbols become unknown", count, 1)
    .addHelpText(
      "after",
      "\nExamples:\n  recurra train specs/models/charlm.rec --data book.txt --out runs/book\n  recurra train mine.rec --data book.txt --set H=256 --epochs 3 --lr 0.005 --updates 200\n",
    )
    .action(async (file: string, options: Options) => {
      const source = readSpecFile(file);
      const loader = recording(loadFromDisk);
      const scope = open(source, loader.load);
      const definition = chooseModel(scope, options.model);
      const model = textModel(definition, staticsFrom(definition, options.set));
      const settings = resolveSettings(model.training.settings, overrides(options, model.training.settings));
      const { training, validation } = readData(options);
      const vocabulary = vocabularyFor(model, training, options.minCount);
      const sources = [{ name: source.name, asked: source.name, text: source.text }, ...loader.used()];
      await withTarget(options.target, (target) =>
        trainAndSave(
          {
            model,
            vocabulary,
            training,
            validation,
            settings,
            ...(options.updates === undefined ? {} : { mostUpdates: options.updates }),
          },
          target,
          { folder: options.out, sources, out: process.stdout },
        ),
      );
      print(`saved in ${options.out}: weights.safetensors, settings.json, curve.svg`);
    });
}

function readData({ data, valid }: Options): { readonly training: string; readonly validation: string } {
  const text = readText(data);
  if (text === "") throw new UserError(`${data}: this file is empty`);
  if (valid !== undefined) return { training: text, validation: readText(valid) };
  print("no --valid: the last tenth of the data is held out");
  const { training, heldOut } = splitHeldOut(text, HELD_OUT);
  return { training, validation: heldOut };
}

function overrides(options: Options, spec: TrainSettings): TrainSettings {
  const { optimizer, lr, steps, batch, epochs, seed, clip } = options;
  if (optimizer !== undefined && OPTIMIZERS[optimizer] === undefined) {
    throw new UserError(`there is no optimizer \`${optimizer}\`; there is ${Object.keys(OPTIMIZERS).join(", ")}`);
  }
  const isSame = optimizer === undefined || optimizer === spec.optimizer?.kind;
  const kind = optimizer ?? spec.optimizer?.kind ?? "adam";
  const values = new Map([
    ...(isSame ? (spec.optimizer?.values ?? []) : []),
    ...(lr === undefined ? [] : [["lr", lr] as const]),
  ]);
  return {
    ...(optimizer === undefined && lr === undefined ? {} : { optimizer: { kind, values } }),
    ...(steps === undefined ? {} : { truncate: { k1: steps, k2: steps } }),
    ...(batch === undefined ? {} : { batch }),
    ...(epochs === undefined ? {} : { epochs }),
    ...(seed === undefined ? {} : { seed }),
    ...(clip === undefined ? {} : { clip: { ...spec.clip, norm: clip } }),
  };
}
