// `recurra evaluate DIR --data D`: how well a trained model predicts.
import type { Command } from "commander";
import { fileData } from "../../data/data-file.ts";
import { withTarget } from "../../targets/open.ts";
import { labelledAs } from "../../train/model.ts";
import { Meter } from "../../train/measure.ts";
import { openMeasuredData } from "../../train/open-data.ts";
import { measuresText } from "../measures.ts";
import { print } from "../output.ts";
import { openTrained, weightsOn } from "../trained.ts";

interface Options {
  readonly data: string;
  readonly target?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command("evaluate")
    .description("measure a trained model: loss, perplexity, accuracy, sequences exactly right, mean absolute error")
    .argument("<dir>", "the folder that `train --out` made")
    .requiredOption("--data <file>", "a text (UTF-8), or JSON Lines or CSV, as it was trained on")
    .option("--target <name>", "what to run on (default: what it was trained on)")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  recurra evaluate runs/book --data chapter.txt\n  recurra evaluate runs/adding --data held-out.jsonl --json\n",
    )
    .action(async (dir: string, options: Options) => {
      const { checkpoint, model, vocabularies, sizes, settings } = openTrained(dir);
      const data = openMeasuredData(model, fileData(options.data), settings, { vocabularies, sizes });
      try {
        const measures = await withTarget(options.target ?? checkpoint.description.target, async (target) => {
          const weights = weightsOn(target, checkpoint);
          const meter = new Meter(labelledAs(model, data.isPartlyLabelled).inference, target, weights, sizes);
          const found = await meter.measure(data.source);
          meter.dispose();
          weights.dispose();
          return found;
        });
        const count = measures.predictions.reduce((most, each) => Math.max(most, each.count), 0);
        if (options.json === true) print(JSON.stringify(measures));
        else print(`${measuresText(measures)}, over ${count} predictions`);
      } finally {
        data.close();
      }
    });
}
