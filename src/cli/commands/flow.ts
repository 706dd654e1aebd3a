// `recurra flow SPEC|DIR…`: shows how gradients travel through cells or models, side by side.
import type { Command } from "commander";
import { drawFlows } from "../../draw/flow.ts";
import { writeAtomically } from "../../files/files.ts";
import { drawnInputs } from "../../flow/drawn-inputs.ts";
import type { Flow, FlowOptions } from "../../flow/flow.ts";
import type { CompiledModel } from "../../library/types.ts";
import { TARGET_CHOICES } from "../../targets/registry.ts";
import { flowText } from "../flow-text.ts";
import { arraysFor, readJsonObject } from "../json-object.ts";
import { count, positive, wholeNumber } from "../numbers.ts";
import { openForFlow } from "../open-for-flow.ts";
import { print } from "../output.ts";
import { includeOption, setOption, type Given, type Included } from "../select.ts";

interface Options extends Included {
  readonly set: readonly Given[];
  readonly inputs?: string;
  readonly steps: number;
  readonly examples: number;
  readonly seed: number;
  readonly clip?: number;
  readonly plot?: string;
  readonly matrices?: boolean;
  readonly json?: boolean;
  readonly target: string;
}

const HELP = `
A spec is that of a cell or model with its first weights: its first definition, or the one after a colon, as FILE.rec:NAME.
A folder is a model that \`train --out\` wrote: it is shown before and after training.
Sizes that nothing gives are H = 32 and 8 for inputs. Inputs that are not given are drawn: normal numbers, tokens.

The gain of ∂s[t]/∂s[t-k] is its Frobenius norm divided by √n: what is left of a change of the state s after k steps.
The half-life of an element is the number of steps after which half of a change is left in that element.
A gate is an equation whose value is a sigmoid. It is closed below 0.1, and open above 0.9.

Examples:
  recurra flow specs/cells/rnn.rec:RNN specs/cells/lstm.rec:LSTM specs/cells/gru.rec:GRU --plot flow.svg
  recurra flow specs/cells/lstm.rec:LSTM --set H=64 --steps 100 --clip 0.1
  recurra flow specs/cells/rnn.rec:RNN --set H=2 --steps 4 --matrices
  echo '{ "text": "Call me Ishmael." }' | recurra flow runs/book --inputs -
`;

export function register(program: Command): void {
  program
    .command("flow")
    .description("show how gradients travel: gains over steps, half-lives, gates that are always open or closed")
    .argument("<spec|dir...>", "spec files, as FILE.rec or FILE.rec:NAME, or folders that `train --out` wrote")
    .option("--inputs <file>", "inputs or a row of data by name, in a JSON file (`-`: standard input; default: drawn)")
    .option("--steps <n>", "the number of steps of drawn inputs", count, 50)
    .option("--examples <n>", "the number of drawn sequences", count, 1)
    .option("--seed <n>", "decides drawn inputs and first weights", wholeNumber, 1)
    .option("--clip <c>", "also show a gradient whose elements are kept between -c and c at each step", positive)
    .option("--plot <file>", "draw everything into an SVG file")
    .option("--matrices", "also print the Jacobian of each step and products of them, of the first sequence")
    .option("--json", "print JSON")
    .option("--target <name>", `what to run on: ${TARGET_CHOICES.join(", ")}`, "wasm")
    .addOption(setOption())
    .addOption(includeOption())
    .addHelpText("after", HELP)
    .action(show);
}

async function show(paths: readonly string[], options: Options): Promise<void> {
  const { flow } = await import("../../flow/flow.ts");
  const flows: (Flow & { readonly label: string })[] = [];
  for (const path of paths)
    for (const { label, open } of openForFlow(path, options)) {
      const model = await open();
      try {
        const inputs = await inputsFor(model, options);
        flows.push({ label, ...(await flow(model, inputs, flowOptions(options))) });
      } finally {
        model.dispose();
      }
    }
  if (options.plot !== undefined) writeAtomically(options.plot, await drawFlows("How gradients travel", flows));
  print(options.json === true ? JSON.stringify(flows, null, 2) : flows.map(flowText).join("\n\n"));
}

function flowOptions({ clip, matrices = false }: Options): FlowOptions {
  return { matrices, ...(clip === undefined ? {} : { clip }) };
}

async function inputsFor(
  model: CompiledModel,
  { inputs: file, steps, examples, seed }: Options,
): Promise<Parameters<CompiledModel["run"]>[0]> {
  if (file === undefined) return drawnInputs(model, { steps, examples, seed });
  return arraysFor(model, readJsonObject(file, "inputs"), file);
}
