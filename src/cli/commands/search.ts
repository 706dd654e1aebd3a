// `recurra search FILE --data D --over lr=0.01,0.003 --over H=64,128`: trains a model with each combination of values, and compares them.
import { join } from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import { combinations } from "../../base/combinations.ts";
import { UserError } from "../../base/diagnostic.ts";
import { fail } from "../../base/invariant.ts";
import { RunawayError } from "../../train/runaway.ts";
import { namesIn } from "../name-list.ts";
import { count } from "../numbers.ts";
import { print } from "../output.ts";
import { readGiven } from "../select.ts";
import { untilSignal } from "../signals.ts";
import { table } from "../table.ts";
import { trainInFolder, type FolderOptions } from "../train-in-folder.ts";
import { addTrainingOptions } from "../training-options.ts";

/** What is tried: an option of training by its name, or else a parameter of the spec, and its values as they are written. */
interface Over {
  readonly name: string;
  readonly values: readonly string[];
}

interface Options extends Omit<FolderOptions, "resume"> {
  readonly over: readonly Over[];
}

/** Options that name files or say what is measured are the same in all runs. */
const TRIED = [
  "seed",
  "epochs",
  "batch",
  "steps",
  "k1",
  "k2",
  "truncate-each",
  "optimizer",
  "lr",
  "schedule",
  "warmup",
  "clip",
  "clip-value",
  "clip-state",
  "min-count",
  "embeddings",
  "window",
] as const;

/** More runs than that are a mistake. */
const MOST_RUNS = 1000;

const HELP = `
--over takes an option of training (${TRIED.join(", ")}), or a parameter of the spec.
Every combination is trained in a folder of its own in --out, and can be used as any trained model.
The held-out loss decides. Ctrl-C ends the search after it has saved the run; what is done is compared.

Examples:
  recurra search specs/models/charlm.rec --data book.txt --over lr=0.01,0.003 --over H=64,128 --epochs 1
  recurra search specs/models/charlm.rec --data book.txt --over steps=4,8,16,32 --updates 200 --out runs/truncation
  recurra search specs/models/adding.rec --data adding.jsonl --over Cell=RNN,GRU,LSTM --over seed=1,2,3
`;

export function register(program: Command): void {
  const command = addTrainingOptions(
    program
      .command("search")
      .description("train a model with each combination of some values, and compare the held-out losses")
      .argument("<file>", "a spec (*.rec)")
      .addOption(
        new Option("--over <name=values>", "the values to try: `lr=0.01,0.003`, `H=64,128`; may be repeated")
          .argParser(readOver)
          .default([], "none"),
      ),
  )
    .option("--out <dir>", "the folder that gets a folder for each run", "runs/search")
    .option("--updates <n>", "stop each run after n updates", count)
    .option("--overwrite", "replace the runs that --out holds")
    .addHelpText("after", HELP);
  command.action((file: string, options: Options) => search(command, file, options));
}

function readOver(text: string, before: readonly Over[]): readonly Over[] {
  const [, name, values] = /^\s*([\p{L}][\p{L}\p{N}_-]*)\s*=(.+)$/u.exec(text) ?? [];
  if (name === undefined || values === undefined)
    throw new InvalidArgumentError("expected NAME=VALUE,VALUE, such as lr=0.01,0.003.");
  if (before.some((each) => each.name === name)) throw new InvalidArgumentError(`${name} is tried twice.`);
  return [...before, { name, values: namesIn(values) }];
}

/** One value for each name. */
type Choice = ReadonlyMap<string, string>;

interface Ended {
  readonly choice: Choice;
  readonly folder: string;
  /** The lowest held-out loss; a message if the run failed. */
  readonly loss: number | string;
  readonly seconds: number;
}

async function search(command: Command, file: string, { over, ...options }: Options): Promise<void> {
  if (over.length === 0) throw new UserError("nothing to try: add --over NAME=VALUES, such as --over lr=0.01,0.003");
  const choices = combinations(over.map(({ name, values }) => [name, values] as const));
  if (choices.length > MOST_RUNS)
    throw new UserError(`these are ${choices.length} combinations, and a search may have ${MOST_RUNS} at most`);
  const runs = choices.map((choice) => ({ choice, own: withChoice(command, options, choice) }));
  const ended: Ended[] = [];
  const { signal } = await untilSignal(async (aborting) => {
    for (const [index, { choice, own }] of runs.entries()) {
      print(`${index === 0 ? "" : "\n"}run ${index + 1} of ${runs.length}: ${labelOf(choice)}`);
      const run = await trained(file, own, choice, aborting);
      if (aborting.aborted) return;
      ended.push(run);
    }
  });
  if (ended.length > 0) print(`\n${comparison(over, ended)}`);
  if (signal !== 0) process.exitCode = 128 + signal;
}

function labelOf(choice: Choice): string {
  return [...choice].map(([name, value]) => `${name}=${value}`).join(",");
}

/** The options of one run. A value is read as if it stood behind its option. */
function withChoice(command: Command, options: Omit<Options, "over">, choice: Choice): FolderOptions {
  const own: Record<string, unknown> = {};
  const set = [...options.set];
  for (const [name, value] of choice) {
    const known = TRIED.find((each) => each === name);
    const option = known === undefined ? undefined : optionNamed(command, known);
    try {
      if (option === undefined) set.push(...readGiven(`${name}=${value}`, []));
      else own[option.attributeName()] = option.parseArg?.(value, undefined);
    } catch (problem) {
      if (problem instanceof InvalidArgumentError)
        throw new UserError(`--over ${name}: \`${value}\` is wrong: ${problem.message}`);
      throw problem;
    }
  }
  // A cell of a file has a path.
  return { ...options, ...own, set, out: join(options.out, labelOf(choice).replaceAll(/[/\\:]/g, "_")) };
}

function optionNamed({ options }: Command, name: string): Option {
  return options.find(({ long }) => long === `--${name}`) ?? fail("search", `no option --${name}`);
}

/** Trains in a folder. Only a run that goes astray leaves the search going on. */
async function trained(file: string, options: FolderOptions, choice: Choice, aborting: AbortSignal): Promise<Ended> {
  const begun = performance.now();
  const end = (loss: Ended["loss"]): Ended => {
    const seconds = (performance.now() - begun) / 1000;
    return { choice, folder: options.out, loss, seconds };
  };
  try {
    const { measures, standing } = await trainInFolder(file, options, aborting);
    if (measures === null) throw new UserError("nothing is held out, so runs cannot be compared: add --valid FILE");
    return end(standing.best ?? measures.loss);
  } catch (problem) {
    if (!(problem instanceof RunawayError)) throw problem;
    print(problem.message);
    return end(problem.message);
  }
}

/** The best run first, and those without a loss last. */
function comparison(over: readonly Over[], ended: readonly Ended[]): string {
  const lossOf = ({ loss }: Ended): number => (typeof loss === "number" ? loss : Infinity);
  const sorted = ended.toSorted((a, b) => lossOf(a) - lossOf(b) || 0);
  const rows = sorted.map(({ choice, loss, seconds }) => [
    ...choice.values(),
    typeof loss === "number" ? loss.toFixed(4) : "went astray",
    `${seconds.toFixed(1)} s`,
  ]);
  const [best] = sorted;
  const where = best === undefined || typeof best.loss === "string" ? "" : `\nbest: ${best.folder}`;
  return `${table([[...over.map(({ name }) => name), "held-out loss", "time"], ...rows])}${where}`;
}
