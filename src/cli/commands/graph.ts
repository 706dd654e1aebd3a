// `recurra graph FILE -o out.svg`: draws a cell or model, rolled up or unrolled in time.
import { InvalidArgumentError, type Command } from "commander";
import { UserError, type Diagnostic } from "../../base/diagnostic.ts";
import { elaborate, programOf } from "../../compile.ts";
import { dotFor, draw, DRAWN, type DrawOptions } from "../../draw/draw.ts";
import { sideBySide } from "../../draw/side-by-side.ts";
import type { Program } from "../../lang/elaborate/program.ts";
import { writeAtomically } from "../../files/files.ts";
import { chosenOrFitting, type Choice } from "../../library/choose.ts";
import { namesIn } from "../name-list.ts";
import { namedSpec } from "../named-spec.ts";
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
  readonly upTo?: readonly string[];
  readonly set: readonly Given[];
}

const HELP = `
Several specs, or one as FILE.rec:NAME several times, are drawn beside each other.
With --up-to f,i,c there is a picture for each name, with all that leads to it and to the names before: a cell, gate by gate.
Without --unroll, dashed arrows lead to the next step. If the name ends in .dot, the picture is written as Graphviz' DOT.

Examples:
  recurra graph specs/cells/lstm.rec -o lstm.svg
  recurra graph specs/models/charlm.rec -o charlm.svg --unroll 3 --set layers=2
  recurra graph specs/cells/rnn.rec:RNN specs/cells/lstm.rec:LSTM -o beside.svg
  recurra graph specs/cells/lstm.rec --cell LSTM --up-to f,i,g,c,o,h -o gates.svg
  recurra graph specs/models/translate.rec -o translate.svg --unroll 3 --fold --weights
`;

export function register(program: Command): void {
  const command = program
    .command("graph")
    .description("draw a cell or model as a picture")
    .argument("<file...>", "spec files, as FILE.rec or FILE.rec:NAME")
    .requiredOption("-o, --out <file.svg>", "the file of the picture")
    .option("--unroll <n>", "draw n steps of time beside each other", stepCount)
    .option("--fold", "draw each cell as one box", false)
    .option("--weights", "write the names of weights on arrows; the same name is the same weight", false)
    .option("--up-to <names>", "a picture for each name, of what leads to it and to those before", namesIn)
    .addOption(setOption())
    .addOption(includeOption())
    .addHelpText("after", HELP);
  addChoice(command).action(async (paths: readonly string[], options: Options) => {
    const { out } = options;
    if (!/\.(svg|dot)$/i.test(out)) throw new UserError(`${out}: a picture is an .svg or a .dot file`);
    if (paths.length > 1 && (options.cell !== undefined || options.model !== undefined))
      throw new UserError("--cell and --model choose from one file: name a definition as FILE.rec:NAME");
    if (options.upTo !== undefined && (options.unroll !== undefined || options.fold))
      throw new UserError("--up-to draws the equations of one step, so --unroll and --fold do not go with it");
    const drawings = paths.flatMap((path) => drawingsOf(path, options) ?? []);
    if (drawings.length < paths.length) return failQuietly();
    const isDot = /\.dot$/i.test(out);
    if (isDot && drawings.length > 1) throw new UserError(`${out} would hold ${drawings.length} graphs: DOT has one`);
    const pictures: string[] = [];
    for (const { program: each, drawing } of drawings)
      pictures.push(isDot ? dotFor(each, drawing) : await draw(each, drawing));
    writeAtomically(out, sideBySide(pictures));
    print(`wrote ${out}`);
  });
}

interface Drawing {
  readonly program: Program;
  readonly drawing: DrawOptions;
}

/** The pictures of one definition; null if it has errors, which are printed. */
function drawingsOf(path: string, options: Options): readonly Drawing[] | null {
  const { file, choice } = namedSpec(path, options);
  const chosen = chosenOrFitting(openSpec(file, options), { cell: options.cell, model: options.model, ...choice });
  const { definition, numbers } = withGivenCells(chosen, options.set, file, options);
  const statics = staticsFrom(definition, numbers);
  const { diagnostics } = elaborate(definition, statics, { ragged: true, training: true, states: "initial" });
  complain(diagnostics);
  if (diagnostics.some(isError)) return null;
  const program = programOf(definition, statics, DRAWN);
  const drawing = { steps: options.unroll ?? null, isFolded: options.fold, hasWeights: options.weights };
  const { upTo } = options;
  if (upTo === undefined) return [{ program, drawing }];
  return upTo.map((_, index) => ({ program, drawing: { ...drawing, upTo: upTo.slice(0, index + 1) } }));
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function stepCount(text: string): number {
  const steps = Number(text);
  if (Number.isInteger(steps) && steps >= 1 && steps <= MOST_STEPS) return steps;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MOST_STEPS}.`);
}
