// `recurra orbits SPEC|DIR`: follows a cell from first states until its states repeat.
import { InvalidArgumentError, type Command } from "commander";
import { drawOrbits } from "../../draw/orbits.ts";
import { writeAtomically } from "../../files/files.ts";
import type { Choice } from "../../library/choose.ts";
import { orbits } from "../../orbits/orbits.ts";
import { TARGET_CHOICES } from "../../targets/registry.ts";
import { readNumbers } from "../json-object.ts";
import { nonNegative } from "../numbers.ts";
import { openSpecOrFolder } from "../open-spec-or-folder.ts";
import { drawnOrbits, orbitsJson, orbitsText } from "../orbits-text.ts";
import { firstPlaces, movesOf } from "../orbit-states.ts";
import { print } from "../output.ts";
import { addChoice, includeOption, setOption, type Given, type Included } from "../select.ts";

interface Options extends Choice, Included {
  readonly values: readonly number[];
  readonly state?: string;
  readonly inputs?: string;
  readonly weights?: string;
  readonly energy?: string;
  readonly tolerance: number;
  readonly plot?: string;
  readonly json?: boolean;
  readonly target: string;
  readonly set: readonly Given[];
}

const HELP = `
First states are all that have the numbers of --values, or those of --state: { "y": [[-1, 1], [1, 1]] }.
Inputs of numbers are 0, unless --inputs gives one step of them, which is the same at each step: { "x": [0.5, 0] }.
An input of tokens that is not given has each of its values at each step, so a state has several ways on.

A fixed point leads to itself, whatever the tokens are. A cycle is never left. "only" counts the first states that lead nowhere else.
With --plot and --energy, states stand at the height of their energy.

Examples:
  recurra orbits specs/cells/hopfield.rec --cell Hopfield --weights w.json --energy energy --plot landscape.svg
  recurra orbits specs/cells/hopfield.rec --cell SynchronousHopfield --weights w.json
  recurra orbits mine.rec --cell Continuous --state first.json --tolerance 1e-3
`;

export function register(program: Command): void {
  const command = program
    .command("orbits")
    .description("follow a cell from first states until they repeat: fixed points and cycles, as a list and a picture")
    .argument("<spec|dir>", "a spec file, or the folder that `train --out` wrote")
    .option("--values <numbers>", "the numbers of which first states are made", numbers, [-1, 1])
    .option("--state <file>", "first states by name, in a JSON file, one or several")
    .option("--inputs <file>", "the inputs of one step and memories by name, in a JSON file")
    .option("--weights <file>", "weights for a spec by name: JSON or safetensors")
    .option("--energy <name>", "also give the value of this equation in each state")
    .option("--tolerance <x>", "fixed points whose numbers differ by no more are one", nonNegative, 1e-4)
    .option("--plot <file>", "draw states and steps into an SVG file")
    .option("--json", "print JSON")
    .option("--target <name>", `what to run on: ${TARGET_CHOICES.join(", ")}`, "reference")
    .addOption(setOption())
    .addOption(includeOption())
    .addHelpText("after", HELP);
  addChoice(command).action(follow);
}

function numbers(text: string): readonly number[] {
  const found = text.split(",").map(Number);
  if (found.length > 0 && found.every(Number.isFinite)) return found;
  throw new InvalidArgumentError("expected numbers, as -1,1.");
}

async function follow(path: string, options: Options): Promise<void> {
  const { values, state, inputs, energy, tolerance, plot, json, ...opened } = options;
  const model = await openSpecOrFolder(path, opened);
  try {
    const given = state === undefined ? null : readNumbers(state, "states");
    const moves = movesOf(model, inputs === undefined ? {} : readNumbers(inputs, "inputs"), given);
    const first = firstPlaces(moves, given, values);
    const found = await orbits(moves, first, { tolerance, ...(energy === undefined ? {} : { energy }) });
    const named = { ...found, name: model.name, parts: moves.parts, ...(energy === undefined ? {} : { energy }) };
    if (plot !== undefined) writeAtomically(plot, await drawOrbits(drawnOrbits(named)));
    print(json === true ? orbitsJson(named) : orbitsText(named));
  } finally {
    model.dispose();
  }
}
