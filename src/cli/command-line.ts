// The command line as a function. Each command has a file of its own; `output.ts` has the exit codes.
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { z } from "zod";
import { loadAdvice } from "../lang/advice.ts";
import { register as cells } from "./commands/cells.ts";
import { register as check } from "./commands/check.ts";
import { register as compile } from "./commands/compile.ts";
import { register as completion } from "./commands/completion.ts";
import { register as data } from "./commands/data.ts";
import { register as emit } from "./commands/emit.ts";
import { register as evaluate } from "./commands/evaluate.ts";
import { register as explain } from "./commands/explain.ts";
import { register as flow } from "./commands/flow.ts";
import { register as fmt } from "./commands/fmt.ts";
import { register as generate } from "./commands/generate.ts";
import { register as grad } from "./commands/grad.ts";
import { register as gradcheck } from "./commands/gradcheck.ts";
import { register as graph } from "./commands/graph.ts";
import { register as importModel } from "./commands/import.ts";
import { register as newProject } from "./commands/new.ts";
import { register as ngram } from "./commands/ngram.ts";
import { register as orbits } from "./commands/orbits.ts";
import { register as predict } from "./commands/predict.ts";
import { register as run } from "./commands/run.ts";
import { register as search } from "./commands/search.ts";
import { register as showValues } from "./commands/show.ts";
import { register as suggest } from "./commands/suggest.ts";
import { register as targets } from "./commands/targets.ts";
import { register as train } from "./commands/train.ts";
import { register as verify } from "./commands/verify.ts";
import { register as words } from "./commands/words.ts";
import { endWithReader, report } from "./output.ts";
import { helpWithOptions } from "./unknown-option.ts";

const EXAMPLES = `
Examples:
  recurra new mine
  recurra check specs/models/charlm.rec
  recurra emit --stage final --cell LSTM specs/cells/lstm.rec
  recurra verify specs/cells/lstm.rec --cell LSTM --against test/fixtures/lstm.json
  recurra graph specs/models/charlm.rec -o charlm.svg --unroll 3
  recurra train specs/models/charlm.rec --data book.txt --out runs/book
  recurra predict runs/adding --input rows.jsonl -o predicted.csv
  recurra generate runs/book --prompt "Call me " --length 300

recurra COMMAND --help describes a command.
Exit codes: 0 done, 1 an error in a spec, a file or data, 2 a wrong call.
`;

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

function build(): Command {
  const program = new Command("recurra")
    .description("A compiler for recurrent sequence models: equations in, checked gradients and fast programs out.")
    .version(version())
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText("after", EXAMPLES);
  const commands = [
    newProject,
    check,
    fmt,
    explain,
    grad,
    gradcheck,
    flow,
    emit,
    verify,
    graph,
    run,
    compile,
    importModel,
    train,
    search,
    evaluate,
    predict,
    generate,
    suggest,
    showValues,
    words,
    ngram,
    data,
    orbits,
    cells,
    targets,
    completion,
  ];
  for (const register of commands) register(program);
  helpWithOptions(program);
  return program;
}

/** Does what the arguments of the process say. An error becomes a message and the exit code. */
export async function commandLine(): Promise<void> {
  endWithReader();
  try {
    await loadAdvice();
    await build().parseAsync();
  } catch (problem) {
    process.exitCode = report(problem);
  }
}
