// `recurra predict DIR --input FILE`: what a trained model predicts for each row of a file, or for each step of a text.
import type { Command } from "commander";
import { readCheckpoint } from "../../checkpoint/checkpoint.ts";
import { loadCheckpointBytes } from "../../checkpoint/checkpoint-files.ts";
import { openCheckpoint } from "../../library/checkpoint.ts";
import { dataFile } from "../../library/data-file.ts";
import { namesIn } from "../name-list.ts";
import { count } from "../numbers.ts";
import { print } from "../output.ts";
import { writeRows } from "../row-file.ts";

interface Options {
  readonly input: string;
  readonly out?: string;
  readonly length?: number;
  readonly show?: string;
  readonly beam?: number;
  readonly target?: string;
}

const HELP = `
Rows need the model's inputs; targets are not read. \`predict x[t+1]\` gives for each step what follows it.
A model that reads its own predictions writes, with the likeliest token at each step; \`generate\` has more ways to write.

Examples:
  recurra predict runs/adding --input rows.jsonl
  recurra predict runs/reviews --input reviews.csv -o predicted.csv
  recurra predict runs/book --input chapter.txt -o predicted.jsonl
  recurra predict runs/translate --input rows.jsonl --show dec.a
`;

export function register(program: Command): void {
  program
    .command("predict")
    .description("print what a trained model predicts for each row of a file, or after each symbol of a text")
    .argument("<dir>", "the folder that `train --out` wrote")
    .requiredOption("--input <file>", "rows (JSON Lines or CSV) or a text, as in training")
    .option("-o, --out <file>", "write to this file, NAME.jsonl or NAME.csv (default: print lines of JSON)")
    .option("--length <n>", "for a model that writes: the greatest number of steps", count)
    .option("--show <names>", "values inside the model for each row too, by their names: `h.f,dec.a`")
    .option("--beam <n>", "for labels `by ctc`: search with n beginnings (default: the likeliest path)", count)
    .option("--target <name>", "what to run on (default: the target of training)")
    .addHelpText("after", HELP)
    .action(predict);
}

async function predict(dir: string, { input, out, length, show, beam, target }: Options): Promise<void> {
  const { file, bytes } = loadCheckpointBytes(dir);
  const checkpoint = readCheckpoint(bytes, file);
  const model = await openCheckpoint(checkpoint, file, { target: target ?? checkpoint.description.target });
  try {
    const options = {
      ...(length === undefined ? {} : { length }),
      ...(beam === undefined ? {} : { beam }),
      ...(show === undefined ? {} : { show: namesIn(show) }),
    };
    const rows = await writeRows(out, model.predictEach(dataFile(input), options));
    if (out !== undefined) print(`${out}  ${rows} ${rows === 1 ? "row" : "rows"}`);
  } finally {
    model.dispose();
  }
}
