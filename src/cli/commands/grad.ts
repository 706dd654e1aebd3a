// `recurra grad FILE --cell X`: prints the gradient of a cell as equations, to check by hand or to publish.
import type { Command } from "commander";
import { gradientEquations } from "../../analyse/equations.ts";
import { equationsAsLatex, equationsAsText } from "../../analyse/notation.ts";
import { UserError } from "../../base/diagnostic.ts";
import { chosenOrFirst } from "../../library/choose.ts";
import { programToExplain } from "../explained.ts";
import { print } from "../output.ts";
import { addCell, includeOption, openSpec, setOption, type Given, type Included, withGivenCells } from "../select.ts";

interface Options extends Included {
  readonly cell?: string;
  readonly set: readonly Given[];
  readonly latex?: boolean;
}

const HELP = `
δv is the gradient of the loss with respect to v at this step. * is element-wise, @ is the matrix product, ᵀ is the transpose.
+= adds to a sum: for weights, over all steps and examples. a_f is the argument of the function in the equation of f.

Examples:
  recurra grad specs/cells/lstm.rec --cell LSTM
  recurra grad specs/cells/gru.rec --cell GRU --latex
`;

export function register(program: Command): void {
  const command = program
    .command("grad")
    .description("print the gradient of a cell as equations, one step backwards in time")
    .argument("<file>", "the spec file")
    .option("--latex", "print LaTeX (amsmath)")
    .addOption(setOption())
    .addOption(includeOption())
    .addHelpText("after", HELP);
  addCell(command).action((path: string, options: Options) => {
    const chosen = chosenOrFirst(openSpec(path, options), options);
    const { definition, numbers } = withGivenCells(chosen, options.set, path, options);
    const { name, kind } = definition.definition;
    if (kind === "model") throw new UserError(`\`${name.name}\` is a model: choose a cell with --cell`);
    const program = programToExplain(definition, numbers);
    const equations = gradientEquations(
      program.graph,
      ({ type, input }) => type.dtype === "float" && input?.kind !== "random",
    );
    if (equations === null)
      throw new UserError(`\`${name.name}\` is not one loop over time, so it has no single step to print`);
    print(options.latex === true ? equationsAsLatex(equations) : equationsAsText(equations));
  });
}
