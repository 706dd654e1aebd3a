// `recurra grad FILE --cell X`: prints the gradient of a cell as equations, to check by hand or to publish.
import type { Command } from "commander";
import { gradientEquations, modelEquations, type GradientEquations } from "../../analyse/equations.ts";
import { equationsAsLatex, equationsAsText } from "../../analyse/notation.ts";
import { throughTimeAsLatex, throughTimeAsText } from "../../analyse/through-time.ts";
import { UserError } from "../../base/diagnostic.ts";
import { chosenOrFirst, type Choice } from "../../library/choose.ts";
import { shownQuantity } from "../../lang/elaborate/outline.ts";
import type { Node } from "../../graph/node.ts";
import type { ScopedDefinition } from "../../lang/scope.ts";
import type { GradientTerms } from "../../flow/terms.ts";
import { REFERENCE } from "../../targets/registry.ts";
import { numbersIn, readJsonObject } from "../json-object.ts";
import { openSpecOrFolder } from "../open-spec-or-folder.ts";
import { termsText } from "../terms-text.ts";
import { programToExplain } from "../explained.ts";
import { print } from "../output.ts";
import {
  addChoice,
  includeOption,
  openSpec,
  setOption,
  type Assignment,
  type Given,
  type Included,
  withGivenCells,
} from "../select.ts";

interface Options extends Choice, Included {
  readonly set: readonly Given[];
  readonly latex?: boolean;
  readonly throughTime?: boolean;
  readonly terms?: boolean;
  readonly inputs?: string;
  readonly weights?: string;
  readonly json?: boolean;
}

type Printer = (equations: GradientEquations) => string;
const TEXT: readonly [Printer, Printer] = [equationsAsText, throughTimeAsText];
const LATEX: readonly [Printer, Printer] = [equationsAsLatex, throughTimeAsLatex];

const HELP = `
δv is the gradient of the loss with respect to v at this step. * is element-wise, @ is the matrix product, ᵀ is the transpose.
+= adds to a sum: for weights, over all steps and examples. a_f is the argument of the function in the equation of f.
Of a model, the equations lead up to the loss L, of a step or of an example. They stand by where they hold: at each step of a
sequence, or once. h[t+1] is the state of a loop that runs from the last step to the first; enc[:] has a row for each step of enc.
A term of --terms is what L[t] adds to the gradient of a weight through its use at step k; the gradient of the loss is the sum of
all terms divided by the number of steps. Of one loss for a sequence, it is the sum of the terms.

Examples:
  recurra grad specs/cells/lstm.rec --cell LSTM
  recurra grad specs/cells/gru.rec --cell GRU --latex
  recurra grad specs/models/charlm.rec --through-time
  recurra grad specs/models/translate.rec
  recurra grad test/inside/elman.rec --terms --inputs test/inside/hello.json
`;

export function register(program: Command): void {
  const command = program
    .command("grad")
    .description("print the gradient of a cell or a model as equations, one step backwards in time")
    .argument("<file>", "the spec file")
    .option("--latex", "print LaTeX (amsmath)")
    .option("--through-time", "also print the gradient of each weight as a sum over steps")
    .option("--terms", "print the numbers of that sum for one example, which --inputs gives")
    .option("--inputs <file>", "with --terms: the inputs and targets by name, in a JSON file (`-`: standard input)")
    .option("--weights <file>", "with --terms: weights by name, JSON or safetensors")
    .option("--json", "with --terms: print JSON, with all numbers in place of norms")
    .addOption(setOption())
    .addOption(includeOption())
    .addHelpText("after", HELP);
  addChoice(command).action(async (path: string, options: Options) => {
    if (options.terms === true) return printTerms(path, options);
    const lone = (["inputs", "weights", "json"] as const).find((name) => options[name] !== undefined);
    if (lone !== undefined) throw new UserError(`--${lone} belongs to --terms`);
    const chosen = chosenOrFirst(openSpec(path, options), options);
    const { definition, numbers } = withGivenCells(chosen, options.set, path, options);
    const equations = equationsOf(definition, numbers);
    const [once, time] = options.latex === true ? LATEX : TEXT;
    print(options.throughTime === true ? `${once(equations)}\n\n${time(equations)}` : once(equations));
  });
}

/** Of a model on `reference`. */
async function printTerms(path: string, { inputs: file, json, ...options }: Options): Promise<void> {
  if (file === undefined) throw new UserError("--terms needs the inputs and targets of an example: --inputs FILE");
  const { gradientTerms } = await import("../../flow/terms.ts");
  const inputs = readJsonObject(file, "inputs and targets");
  const model = await openSpecOrFolder(path, { ...options, target: REFERENCE });
  try {
    const found = await gradientTerms(model, numbersIn(inputs, file, "inputs and targets"));
    print(json === true ? JSON.stringify(plain(found), null, 2) : termsText(found));
  } finally {
    model.dispose();
  }
}

/** Arrays of numbers, which JSON can hold. */
function plain({ losses, weights }: GradientTerms): object {
  const entries = weights.map(({ name, terms }) => [
    name,
    terms.map((each) => each.map(({ shape, data }) => ({ shape, data: Array.from(data) }))),
  ]);
  return { losses, weights: Object.fromEntries(entries) };
}

/** Of a cell by everything, of a model by its weights. Throws a UserError for one that has no single step. */
function equationsOf(definition: ScopedDefinition, numbers: readonly Assignment[]): GradientEquations {
  const { name, kind } = definition.definition;
  const { graph, outline } = programToExplain(definition, numbers);
  const written = outline.flatMap((body) =>
    body.quantities.flatMap(({ names }) => names.map((own) => shownQuantity(body, own))),
  );
  if (kind === "model") {
    const found = modelEquations(graph, ({ input }) => input?.kind === "weight", written);
    if (typeof found !== "string") return found;
    throw new UserError(`\`${name.name}\` has no single step to print: ${found}`);
  }
  const isVariable = ({ type, input }: Node): boolean => type.dtype === "float" && input?.kind !== "random";
  const found = gradientEquations(graph, isVariable, written);
  if (found !== null) return found;
  throw new UserError(`\`${name.name}\` is not one loop over time, so it has no single step to print`);
}
