// `recurra evaluate DIR --data D`: measures how well a trained model predicts.
import type { Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { dataFile } from "../../library/data-file.ts";
import { openCheckpoint } from "../../library/checkpoint.ts";
import { readCheckpoint } from "../../checkpoint/checkpoint.ts";
import { loadCheckpointBytes } from "../../checkpoint/checkpoint-files.ts";
import { measuredLine } from "../measured-rows.ts";
import { measuresText } from "../measures.ts";
import { count } from "../numbers.ts";
import { print } from "../output.ts";
import { writeRows } from "../row-file.ts";
import { openDescription } from "../trained.ts";
import { measureWritten, writtenText } from "../written-errors.ts";

interface Options {
  readonly data: string;
  readonly batch?: number;
  readonly target?: string;
  readonly json?: boolean;
  readonly each?: boolean;
  readonly out?: string;
  readonly written?: boolean;
}

export function register(program: Command): void {
  program
    .command("evaluate")
    .description("measure a trained model: loss, perplexity, accuracy, sequences exactly right, mean absolute error")
    .argument("<dir>", "the folder that `train --out` wrote")
    .requiredOption("--data <file>", "a text (UTF-8), JSON Lines or CSV, as in training")
    .option(
      "--batch <n>",
      "cut a text into n streams, which is faster and measures a higher loss (default: 1); rows in a batch",
      count,
    )
    .option("--target <name>", "what to run on (default: the target of training)")
    .option("--each", "print the loss of each row, and of tokens the probability, in place of the means")
    .option("-o, --out <file>", "with --each: write the rows to this file, NAME.jsonl or NAME.csv, and print the means")
    .option(
      "--written",
      "for a model that reads its own predictions: let it write each row, and measure what it has written",
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  recurra evaluate runs/book --data chapter.txt\n  recurra evaluate runs/adding --data held-out.jsonl --json\n  recurra evaluate runs/adding --data held-out.jsonl --each -o losses.csv\n  recurra evaluate runs/translate --data held-out.jsonl --written\n",
    )
    .action(async (dir: string, options: Options) => {
      const { file, bytes } = loadCheckpointBytes(dir);
      const checkpoint = readCheckpoint(bytes, file);
      const { target = checkpoint.description.target } = options;
      if (options.out !== undefined && options.each !== true)
        throw new UserError("`--out` is the file of the rows that `--each` measures: give both");
      if (options.written === true && (options.each === true || options.batch !== undefined))
        throw new UserError("`--written` measures all rows together: leave out --each and --batch");
      const model = await openCheckpoint(checkpoint, file, { target });
      try {
        if (options.written === true) {
          const measured = await measureWritten(openDescription(checkpoint.description, file), model, options.data);
          print(options.json === true ? JSON.stringify(measured) : measured.map(writtenText).join("\n"));
          return;
        }
        const measures = await model.evaluate({
          data: dataFile(options.data),
          ...(options.batch === undefined ? {} : { batch: options.batch }),
          each: options.each === true,
        });
        const { rows = [], ...whole } = measures;
        if (options.each === true)
          await writeRows(
            options.out,
            rows.map((row, index) => measuredLine(row, index + 1)),
          );
        if (options.each === true && options.out === undefined) return;
        const counted = measures.predictions.reduce((most, each) => Math.max(most, each.count), 0);
        if (options.json === true) print(JSON.stringify(whole));
        else print(`${measuresText(measures)}, over ${counted} predictions`);
      } finally {
        model.dispose();
      }
    });
}
