// `recurra generate DIR`: writes with a trained model, from a prompt or for each row of a file.
import { Option, type Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { openCheckpoint } from "../../library/checkpoint.ts";
import { readCheckpoint } from "../../checkpoint/checkpoint.ts";
import { loadCheckpointBytes } from "../../checkpoint/checkpoint-files.ts";
import { trainedLength } from "../../library/default-length.ts";
import type { CompiledModel } from "../../library/types.ts";
import { isReadInUse } from "../../train/step-inputs.ts";
import { count, nonNegative, positive, wholeNumber } from "../numbers.ts";
import { candidateRows, writeEachRow, type WritingChoice } from "../generate-rows.ts";
import { print } from "../output.ts";
import { suggestionLine } from "../suggestions.ts";
import { openDescription, type Opened } from "../trained.ts";

export interface GenerateOptions {
  readonly prompt?: string;
  /** Rows whose fields are the model's inputs. */
  readonly input?: string;
  readonly length?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed?: number;
  /** The beam's width; without it, tokens are drawn. */
  readonly beam?: number;
  readonly best?: number;
  readonly lengthPenalty?: number;
  /** The number of likeliest symbols to print at each step of a text. */
  readonly trace?: number;
  readonly target?: string;
}

const LENGTH = 400;
const TEMPERATURE = 0.8;
const SEED = 1;

const HELP = `
With --best, a line of JSON holds all candidates of a row, each with its log-probability and its score.

Examples:
  recurra generate runs/book --prompt "Call me " --length 300 --temperature 0.7 --top-p 0.9
  recurra generate runs/book --prompt "Call me " --length 20 --trace
  recurra generate runs/translate --input rows.jsonl --temperature 0
  recurra generate runs/translate --input rows.jsonl --beam 4
  recurra generate runs/translate --input rows.jsonl --beam 8 --best 3 --length-penalty 0.6
`;

const DRAWING = ["temperature", "topK", "topP", "seed"];

export function register(program: Command): void {
  program
    .command("generate")
    .description("write a text with a trained model, or predict for each row of a file")
    .argument("<dir>", "the folder that `train --out` wrote")
    .option("--prompt <text>", "the beginning of the text")
    .option("--input <file>", "rows (JSON Lines or CSV) with the model's inputs: print a JSON line for each")
    .option(
      "--length <n>",
      `the greatest number of steps to write (default: ${LENGTH}; of numbers, as in training)`,
      count,
    )
    .option(
      "--temperature <x>",
      `above 1 more random, below 1 less; 0 takes the likeliest token (default: ${TEMPERATURE})`,
      nonNegative,
    )
    .option("--top-k <n>", "draw from the n likeliest tokens only", count)
    .option("--top-p <x>", "draw from the likeliest tokens only that together have this probability", positive)
    .option("--seed <n>", `the same seed writes the same text (default: ${SEED})`, wholeNumber)
    .addOption(
      new Option("--beam <n>", "beam search with n candidates instead of drawing").argParser(count).conflicts(DRAWING),
    )
    .option("--best <n>", "with --beam: print the n best candidates of each row, with their scores", count)
    .option(
      "--length-penalty <x>",
      "with --beam: compare log-probability / length^x; 0 favours short outputs, 1 compares means (default: 1)",
      nonNegative,
    )
    .addOption(
      new Option("--trace [n]", "print a line for each symbol, with the n likeliest ones (default: 5)")
        .argParser((text) => count(text))
        .preset("5")
        .conflicts(["beam", "input"]),
    )
    .option("--target <name>", "what to run on (default: the target of training)")
    .addHelpText("after", HELP)
    .action(generate);
}

async function generate(dir: string, options: GenerateOptions): Promise<void> {
  const { file, bytes } = loadCheckpointBytes(dir);
  const checkpoint = readCheckpoint(bytes, file);
  const opened = openDescription(checkpoint.description, file);
  const { length = trainedLength(opened.model.inference, opened.longest) ?? LENGTH } = options;
  const choice = choiceOf(options, length);
  const { target = checkpoint.description.target } = options;
  const model = await openCheckpoint(checkpoint, file, { target });
  try {
    const { prompt, trace } = options;
    const begun = { ...(prompt === undefined ? {} : { prompt }), ...choice };
    if (options.input === undefined) await continueText(opened, model, begun, trace);
    else await writeEachRow({ ...opened, compiled: model }, options.input, choice);
  } finally {
    model.dispose();
  }
}

function choiceOf(options: GenerateOptions, length: number): WritingChoice {
  const { beam, best, lengthPenalty } = options;
  if (beam === undefined && (best !== undefined || lengthPenalty !== undefined))
    throw new UserError(`--${best === undefined ? "length-penalty" : "best"} is for beam search: add --beam N`);
  if (beam !== undefined) {
    return {
      length,
      beam,
      ...(best === undefined ? {} : { best }),
      ...(lengthPenalty === undefined ? {} : { lengthPenalty }),
    };
  }
  const { temperature = TEMPERATURE, topK, topP, seed = SEED } = options;
  return {
    length,
    temperature,
    seed,
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
  };
}

/** Writes a text to standard output, token by token: after the prompt, or from nothing. */
async function continueText(
  opened: Opened,
  model: CompiledModel,
  choice: WritingChoice & { readonly prompt?: string },
  trace: number | undefined,
): Promise<void> {
  const { inference } = opened.model;
  const needed = inference.inputs.filter((input) => {
    return input.role === "input" && !isWritten(opened, input.name) && isReadInUse(inference, input);
  });
  if (needed.length > 0) {
    const names = needed.map(({ name }) => `\`${name}\``).join(", ");
    throw new UserError(`${model.name} needs ${names}: give rows with --input FILE`);
  }
  if ("beam" in choice) {
    const [candidates = []] = await model.generate(choice);
    const rows = candidateRows(opened, candidates);
    if (choice.best !== undefined) return print(JSON.stringify({ candidates: rows }));
    const [text = ""] = Object.values(rows[0] ?? {});
    return print(`${choice.prompt ?? ""}${String(text)}`);
  }
  if (trace !== undefined) {
    for await (const { text, likeliest = [] } of model.generate({ ...choice, likeliest: trace }))
      print(`${JSON.stringify(text)} of ${suggestionLine(likeliest)}`);
    return;
  }
  process.stdout.write(choice.prompt ?? "");
  for await (const { text } of model.generate(choice)) process.stdout.write(text ?? "");
  process.stdout.write("\n");
}

function isWritten({ model }: Opened, name: string): boolean {
  return model.inference.predictions.some(({ target, isAutoregressive }) => isAutoregressive && target === name);
}
