// `recurra verify FILE --against golden.json`: compares a cell or a model with values that another system computed.
import type { Command } from "commander";
import { readText } from "../../files/files.ts";
import { readGolden, type Golden } from "../../golden/golden.ts";
import type { Comparison } from "../../golden/compare.ts";
import { verify } from "../../golden/verify.ts";
import { EXACT, SINGLE } from "../../gradcheck/check.ts";
import { chosenOrFirst, type Choice } from "../../library/choose.ts";
import { resolvedTarget, targetNamed, TARGET_CHOICES, withTarget } from "../../targets/registry.ts";
import { positive } from "../numbers.ts";
import { failQuietly, print } from "../output.ts";
import { addChoice, includeOption, openSpec, type Included } from "../select.ts";

interface Options extends Choice, Included {
  readonly against: string;
  readonly target: string;
  readonly tolerance?: number;
  readonly json?: boolean;
}

const HELP = `
For each tensor, max|a - b| must be at most the tolerance times max(max|b|, 1e-3).

Examples:
  recurra verify specs/cells/lstm.rec --cell LSTM --against test/fixtures/lstm.json
  recurra verify specs/cells/gru.rec --cell GRU --against test/fixtures/gru.json --target tfjs-wasm --tolerance 1e-5
`;

export function register(program: Command): void {
  const command = program
    .command("verify")
    .description("compare a cell or a model, with its gradients, with golden values")
    .argument("<file>", "the spec file")
    .requiredOption("--against <golden.json>", "the file of golden values")
    .option("--target <name>", `what to run on: ${TARGET_CHOICES.join(", ")}`, "reference")
    .option(
      "--tolerance <number>",
      "the greatest error of a tensor, relative to its greatest number (default: 1e-10 on reference, 1e-4 on others)",
      positive,
    )
    .addOption(includeOption())
    .option("--json", "print JSON")
    .addHelpText("after", HELP);
  addChoice(command, "the cell or model that the golden file names").action(async (path: string, options: Options) => {
    const golden = readGolden(readText(options.against), options.against);
    const definition = chosenOrFirst(openSpec(path, options), choiceOf(options, golden));
    const { numbers } = targetNamed(await resolvedTarget(options.target));
    const tolerance = options.tolerance ?? (numbers === "float64" ? EXACT : SINGLE.gradient);
    const comparisons = await withTarget(options.target, (target) => verify(definition, golden, target));
    const isWrong = comparisons.some((each) => !agrees(each, tolerance));
    print(options.json === true ? asJson(comparisons, tolerance, options.target) : asText(comparisons, tolerance));
    if (isWrong) failQuietly();
  });
}

function choiceOf({ cell, model }: Options, golden: Golden): Choice {
  if (cell !== undefined || model !== undefined) return { cell, model };
  return golden.kind === "cell" ? { cell: golden.cell } : { model: golden.model };
}

/** False if the error is NaN. */
function agrees({ error }: Comparison, tolerance: number): boolean {
  return error <= tolerance;
}

function asText(comparisons: readonly Comparison[], tolerance: number): string {
  const differing = comparisons.filter((each) => !agrees(each, tolerance));
  const lines = differing.map(({ name, error, worst }) => {
    const place = `[${worst.index.join(", ")}]`;
    return `${name}: off by ${error.toExponential(1)}, most at ${place}: got ${shown(worst.got)}, expected ${shown(worst.expected)}`;
  });
  const verdict = differing.length === 0 ? "verified" : "failed";
  return [
    ...lines,
    `${verdict}: ${comparisons.length - differing.length} of ${comparisons.length} within ${tolerance.toExponential()}`,
  ].join("\n");
}

/** Enough digits to see the difference. */
function shown(value: number): string {
  return value === 0 || !Number.isFinite(value) ? String(value) : String(Number(value.toPrecision(9)));
}

function asJson(comparisons: readonly Comparison[], tolerance: number, target: string): string {
  const tensors = comparisons.map((each) => ({ ...each, agrees: agrees(each, tolerance) }));
  const agreeing = tensors.filter((each) => each.agrees).length;
  return JSON.stringify({ target, tolerance, agreeing, total: tensors.length, tensors }, null, 2);
}
