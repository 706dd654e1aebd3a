// `recurra generate DIR`: lets a trained model write.
import type { Command } from "commander";
import { decode } from "../../data/vocabulary.ts";
import { withTarget } from "../../targets/open.ts";
import { write } from "../../train/writing.ts";
import { nonNegative, wholeNumber, count } from "../numbers.ts";
import { openTrained } from "../trained.ts";

interface Options {
  readonly prompt: string;
  readonly length: number;
  readonly temperature: number;
  readonly seed: number;
  readonly target?: string;
}

export function register(program: Command): void {
  program
    .command("generate")
    .description("let a trained model write")
    .argument("<dir>", "the folder that `train --out` made")
    .option("--prompt <text>", "what the text begins with", "")
    .option("--length <n>", "how many symbols to write", count, 400)
    .option("--temperature <x>", "above 1 bolder, below 1 more careful; 0 takes the likeliest", nonNegative, 0.8)
    .option("--seed <n>", "the same seed writes the same text", wholeNumber, 1)
    .option("--target <name>", "what to run on (default: what it was trained on)")
    .addHelpText(
      "after",
      '\nExample:\n  recurra generate runs/book --prompt "Call me " --length 300 --temperature 0.7\n',
    )
    .action(async (dir: string, options: Options) => {
      const { checkpoint, model, vocabulary } = openTrained(dir);
      const between = vocabulary.kind === "word" ? " " : "";
      await withTarget(options.target ?? checkpoint.description.target, async (target) => {
        process.stdout.write(options.prompt + (options.prompt === "" ? "" : between));
        for await (const token of write(model, vocabulary, checkpoint.arrays, target, options)) {
          process.stdout.write(decode(vocabulary, [token]) + between);
        }
        process.stdout.write("\n");
      });
    });
}
