// `recurra evaluate DIR --data D`: how well a trained model predicts a text.
import type { Command } from "commander";
import { cutStreams } from "../../data/text.ts";
import { readText } from "../../module/files.ts";
import { withTarget } from "../../targets/open.ts";
import { encodeText, measure, sizesFor } from "../../train/text-model.ts";
import { print } from "../output.ts";
import { openTrained } from "../trained.ts";

interface Options {
  readonly data: string;
  readonly target?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command("evaluate")
    .description("measure a trained model on a text: loss and perplexity")
    .argument("<dir>", "the folder that `train --out` made")
    .requiredOption("--data <file>", "a text file (UTF-8)")
    .option("--target <name>", "what to run on (default: what it was trained on)")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  recurra evaluate runs/book --data chapter.txt\n")
    .action(async (dir: string, options: Options) => {
      const { checkpoint, model, vocabulary, settings } = openTrained(dir);
      const tokens = encodeText(model, vocabulary, readText(options.data), options.data);
      const steps = settings.truncate.k1;
      const batch = Math.max(1, Math.min(settings.batch, Math.floor(tokens.length / (2 * steps))));
      const streams = cutStreams(tokens, batch, options.data);
      const loss = await withTarget(options.target ?? checkpoint.description.target, (target) =>
        measure(model, target, checkpoint.arrays, { streams, steps, sizes: sizesFor(model, vocabulary) }),
      );
      const predicted = streams.batch * (streams.length - 1);
      if (options.json === true) print(JSON.stringify({ loss, perplexity: Math.exp(loss), predicted }));
      else
        print(`loss ${loss.toFixed(4)} nats, perplexity ${Math.exp(loss).toFixed(3)}, over ${predicted} predictions`);
    });
}
