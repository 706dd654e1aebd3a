// `recurra suggest DIR --prompt TEXT`: prints what a trained model of a text expects next, with probabilities.
import type { Command } from "commander";
import { loadCheckpointBytes } from "../../checkpoint/checkpoint-files.ts";
import { readCheckpoint } from "../../checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../library/checkpoint.ts";
import { namesIn } from "../name-list.ts";
import { count } from "../numbers.ts";
import { print } from "../output.ts";
import { suggestionRows } from "../suggestions.ts";
import { table } from "../table.ts";

interface Options {
  readonly prompt?: string;
  readonly top: number;
  readonly of?: string;
  readonly json?: boolean;
  readonly target?: string;
}

const HELP = `
Symbols are characters or words, as the model reads them. Without --prompt, the prompt is the end of a line.
With --of, the probability of a longer text is the product of those of its symbols.

Examples:
  recurra suggest runs/book --prompt "Call me " --top 5
  recurra suggest runs/words --prompt "the flights the airline was canceling" --of was,were
`;

export function register(program: Command): void {
  program
    .command("suggest")
    .description("print the likeliest next symbols of a text, with their probabilities")
    .argument("<dir>", "the folder that `train --out` wrote")
    .option("--prompt <text>", "the beginning of the text")
    .option("--top <n>", "the number of symbols", count, 5)
    .option("--of <texts>", "the probabilities of these continuations: was,were")
    .option("--json", "print JSON")
    .option("--target <name>", "what to run on (default: the target of training)")
    .addHelpText("after", HELP)
    .action(suggest);
}

async function suggest(dir: string, { prompt, top, of, json, target }: Options): Promise<void> {
  const { file, bytes } = loadCheckpointBytes(dir);
  const checkpoint = readCheckpoint(bytes, file);
  const model = await openCheckpoint(checkpoint, file, { target: target ?? checkpoint.description.target });
  try {
    const found = await model.suggest({
      ...(prompt === undefined ? {} : { prompt }),
      ...(of === undefined ? { top } : { of: namesIn(of) }),
    });
    print(
      json === true ? JSON.stringify(found, null, 2) : table([["symbol", "probability"], ...suggestionRows(found)]),
    );
  } finally {
    model.dispose();
  }
}
