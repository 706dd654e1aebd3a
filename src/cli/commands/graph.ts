// `recurra graph FILE -o out.svg`: draws a cell or model, rolled up or unrolled in time.
import { InvalidArgumentError, type Command } from "commander";
import { UserError, type Diagnostic } from "../../base/diagnostic.ts";
import { elaborate, programOf } from "../../compile.ts";
import { dotFor, draw, DRAWN } from "../../draw/draw.ts";
import { writeAtomically } from "../../files/files.ts";
import { chosenOrFitting, type Choice } from "../../library/choose.ts";
import { complain, failQuietly, print } from "../output.ts";
import {
  addChoice,
  includeOption,
  openSpec,
  setOption,
  staticsFrom,
  withGivenCells,
  type Given,
  type Included,
} from "../select.ts";

/** A picture of more steps cannot be read. */
const MOST_STEPS = 50;

interface Options extends Choice, Included {
  readonly out: string;
  readonly unroll?: number;
  readonly fold: boolean;
  readonly weights: boolean;
  readonly set: readonly Given[];
}

const HELP = `
Without --unroll, dashed arrows lead to the next step. If the name ends in .dot, the picture is written as Graphviz' DOT.

Examples:
  recurra graph specs/cells/lstm.rec -o lstm.svg
  recurra graph specs/models/charlm.rec -o charlm.svg --unroll 3 --set layers=2
  recurra graph specs/models/translate.rec -o translate.svg --unroll 3 --fold --weights
`;

export function register(program: Command): void {
  const command = program
    .command("graph")
    .description("draw a cell or model as a picture")
    .argument("<file>", "the spec file")
    .requiredOption("-o, --out <file.svg>", "the file of the picture")
    .option("--unroll <n>", "draw n steps of time beside each other", stepCount)
    .option("--fold", "draw each cell as one box", false)
    .option("--weights", "write the names of weights on arrows; the same name is the same weight", false)
    .addOption(setOption())
    .addOption(includeOption())
    .addHelpText("after", HELP);
  addChoice(command).action(async (path: string, options: Options) => {
    if (!/\.(svg|dot)$/i.test(options.out)) throw new UserError(`${options.out}: a picture is an .svg or a .dot file`);
    const chosen = chosenOrFitting(openSpec(path, options), options);
    const { definition, numbers } = withGivenCells(chosen, options.set, path, options);
    const statics = staticsFrom(definition, numbers);
    const { diagnostics } = elaborate(definition, statics, { ragged: true, training: true, states: "initial" });
    complain(diagnostics);
    if (diagnostics.some(isError)) {
      failQuietly();
      return;
    }
    const program = programOf(definition, statics, DRAWN);
    const drawing = { steps: options.unroll ?? null, isFolded: options.fold, hasWeights: options.weights };
    writeAtomically(options.out, /\.dot$/i.test(options.out) ? dotFor(program, drawing) : await draw(program, drawing));
    print(`wrote ${options.out}`);
  });
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function stepCount(text: string): number {
  const steps = Number(text);
  if (Number.isInteger(steps) && steps >= 1 && steps <= MOST_STEPS) return steps;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MOST_STEPS}.`);
}
