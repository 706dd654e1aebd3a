// `recurra evaluate DIR --data D`: measures how well a trained model predicts.
import type { Command } from "commander";
import { dataFile } from "../../library/data-file.ts";
import { openCheckpoint } from "../../library/checkpoint.ts";
import { readCheckpoint } from "../../checkpoint/checkpoint.ts";
import { loadCheckpointBytes } from "../../checkpoint/checkpoint-files.ts";
import { measuresText } from "../measures.ts";
import { count } from "../numbers.ts";
import { print } from "../output.ts";

interface Options {
  readonly data: string;
  readonly batch?: number;
  readonly target?: string;
  readonly json?: boolean;
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
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  recurra evaluate runs/book --data chapter.txt\n  recurra evaluate runs/adding --data held-out.jsonl --json\n",
    )
    .action(async (dir: string, options: Options) => {
      const { file, bytes } = loadCheckpointBytes(dir);
      const checkpoint = readCheckpoint(bytes, file);
      const { target = checkpoint.description.target } = options;
      const model = await openCheckpoint(checkpoint, file, { target });
      try {
        const measures = await model.evaluate({
          data: dataFile(options.data),
          ...(options.batch === undefined ? {} : { batch: options.batch }),
        });
        const counted = measures.predictions.reduce((most, each) => Math.max(most, each.count), 0);
        if (options.json === true) print(JSON.stringify(measures));
        else print(`${measuresText(measures)}, over ${counted} predictions`);
      } finally {
        model.dispose();
      }
    });
}
