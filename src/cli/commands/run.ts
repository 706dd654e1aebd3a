// `recurra run SPEC|DIR --inputs FILE`: runs a cell or a model on given numbers and prints each named value at each step.
import type { Command } from "commander";
import { drawQuantities } from "../../draw/quantities.ts";
import { writeAtomically } from "../../files/files.ts";
import type { Choice } from "../../library/choose.ts";
import { TARGET_CHOICES } from "../../targets/registry.ts";
import { arraysFor, readJsonObject, readNumbers } from "../json-object.ts";
import { namesIn } from "../name-list.ts";
import { openSpecOrFolder } from "../open-spec-or-folder.ts";
import { print } from "../output.ts";
import { addChoice, includeOption, setOption, type Given, type Included } from "../select.ts";
import { asJson, asTable, drawn } from "../traced.ts";

interface Options extends Choice, Included {
  readonly inputs: string;
  readonly weights?: string;
  readonly state?: string;
  readonly show?: string;
  readonly table?: boolean;
  readonly plot?: string;
  readonly target: string;
  readonly set: readonly Given[];
}

const HELP = `
Inputs are JSON: { "x": [[1, 0], [0, 1]] } is a sequence of two steps. A batch has one more pair of brackets.
With text they are a row of data, as in training: { "source": "abc" }.
Without --show, all equations of the spec are printed, in their order. Names of values inside others, as \`h.z\`, can be given too.
Weights that are not given are the first weights of the spec, as \`compile\` writes them.

Examples:
  recurra run specs/cells/gru.rec --cell GRU --set H=2 --inputs x.json --table
  recurra run specs/cells/lstm.rec --cell LSTM --set H=2 --inputs x.json --weights w.json --state first.json --show f,i,c
  echo '{ "x": [[1], [0], [0]] }' | recurra run specs/cells/gru.rec --cell GRU --set H=3 --inputs - --plot gru.svg
`;

export function register(program: Command): void {
  const command = program
    .command("run")
    .description("run a cell or a model on given numbers, and print each named value at each step")
    .argument("<spec|dir>", "a spec file, or the folder that `train --out` wrote")
    .requiredOption("--inputs <file>", "the inputs by name, in a JSON file (`-`: standard input)")
    .option("--weights <file>", "weights for a spec by name: JSON or safetensors")
    .option("--state <file>", "first states by name, in a JSON file (default: as the spec says)")
    .option("--show <names>", "only these values, by their names: `f,c,h.z`")
    .option("--table", "print a table, one line for each number, beside the equations (default: JSON)")
    .option("--plot <file>", "draw the values over the steps of the first example into an SVG file")
    .option("--target <name>", `what to run on: ${TARGET_CHOICES.join(", ")}`, "reference")
    .addOption(setOption())
    .addOption(includeOption())
    .addHelpText("after", HELP);
  addChoice(command).action(run);
}

async function run(
  path: string,
  { inputs: file, state: first, show, table, plot, ...options }: Options,
): Promise<void> {
  const inputs = readJsonObject(file, "inputs");
  const state = first === undefined ? {} : readNumbers(first, "states");
  const model = await openSpecOrFolder(path, options);
  try {
    const arrays = await arraysFor(model, inputs, file);
    const found = await model.trace(arrays, {
      state,
      ...(show === undefined ? {} : { show: namesIn(show) }),
    });
    if (plot !== undefined) writeAtomically(plot, await drawQuantities(model.name, drawn(found)));
    if (table === true) print(asTable(found));
    else print(plot ?? asJson(found));
  } finally {
    model.dispose();
  }
}
