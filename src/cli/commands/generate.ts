// `recurra generate DIR`: lets a trained model write, from a prompt or for each row of a file.
import type { Command } from "commander";
import { UserError } from "../../base/diagnostic.ts";
import { decodingAfter } from "../../data/vocabulary.ts";
import { withTarget } from "../../targets/open.ts";
import { vocabularyKey } from "../../train/row-model.ts";
import { Session } from "../../train/session.ts";
import { writeText, type WritingOptions } from "../../train/writing.ts";
import { count, nonNegative, positive, wholeNumber } from "../numbers.ts";
import { writeEachRow } from "../generate-rows.ts";
import { openTrained, weightsOn, type Trained } from "../trained.ts";
import type { Target } from "../../targets/target.ts";

export interface GenerateOptions extends WritingOptions {
  readonly prompt?: string;
  /** Rows whose fields are the model's inputs. */
  readonly input?: string;
  /** How many beginnings beam search keeps; without, tokens are drawn. */
  readonly beam?: number;
  readonly target?: string;
}

const HELP = `
Examples:
  recurra generate runs/book --prompt "Call me " --length 300 --temperature 0.7 --top-p 0.9
  recurra generate runs/translate --input rows.jsonl --temperature 0
  recurra generate runs/translate --input rows.jsonl --beam 4
`;

export function register(program: Command): void {
  program
    .command("generate")
    .description("let a trained model write, or predict for each row of a file")
    .argument("<dir>", "the folder that `train --out` made")
    .option("--prompt <text>", "what the text begins with")
    .option("--input <file>", "rows (JSON Lines or CSV) with the model's inputs: prints a JSON line for each")
    .option("--length <n>", "how many symbols to write at most", count, 400)
    .option("--temperature <x>", "above 1 bolder, below 1 more careful; 0 takes the likeliest", nonNegative, 0.8)
    .option("--top-k <n>", "draw only among the n likeliest", count)
    .option("--top-p <x>", "draw only among the likeliest that together have this probability", positive)
    .option("--beam <n>", "keep the n likeliest beginnings, and write the likeliest whole", count)
    .option("--seed <n>", "the same seed writes the same text", wholeNumber, 1)
    .option("--target <name>", "what to run on (default: what it was trained on)")
    .addHelpText("after", HELP)
    .action(async (dir: string, options: GenerateOptions) => {
      const trained = openTrained(dir);
      await withTarget(options.target ?? trained.checkpoint.description.target, (target) =>
        options.input === undefined
          ? goOn(trained, target, options)
          : writeEachRow(trained, target, options.input, options),
      );
    });
}

/** Writes a text to standard output as it is made. */
async function goOn<T>(trained: Trained, target: Target<T>, options: GenerateOptions): Promise<void> {
  const { checkpoint, model, vocabularies, sizes } = trained;
  if (options.beam !== undefined) throw new UserError("--beam needs rows: give them with --input");
  const prompt = options.prompt ?? "";
  const weights = weightsOn(target, checkpoint);
  const needed = model.inference.inputs.filter(({ role, name }) => role === "input" && !isWritten(trained, name));
  if (needed.length > 0) {
    const names = needed.map(({ name }) => `\`${name}\``).join(", ");
    throw new UserError(`${model.inference.name} needs ${names}: give rows with --input FILE`);
  }
  const session = new Session(model, target, weights, sizes);
  const vocabulary = vocabularies.get(vocabularyKey(session.feedback[0]?.input ?? { name: "" }));
  if (vocabulary === undefined) throw new UserError("what this model writes has no vocabulary");
  process.stdout.write(prompt);
  const next = decodingAfter(vocabulary, prompt);
  for await (const token of writeText(session, vocabulary, prompt, options)) process.stdout.write(next(token));
  process.stdout.write("\n");
  session.dispose();
  weights.dispose();
}

function isWritten({ model }: Trained, name: string): boolean {
  return model.inference.predictions.some(({ target, isAutoregressive }) => isAutoregressive && target === name);
}
