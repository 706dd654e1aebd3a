// `recurra gradcheck FILE`: certifies a cell or a model, without golden values: its gradient, its loops, its steps, and all targets.
import { InvalidArgumentError, type Command } from "commander";
import { certify, type Certificate, type Check, type Compared } from "../../gradcheck/certify.ts";
import type { Range } from "../../gradcheck/point.ts";
import { chosenOrFirst, type Choice } from "../../library/choose.ts";
import { REFERENCE, TARGET_NAMES, targetNamed } from "../../targets/registry.ts";
import { namesIn } from "../name-list.ts";
import { failQuietly, print } from "../output.ts";
import {
  addChoice,
  dividedAssignments,
  includeOption,
  openSpec,
  setOption,
  staticsFrom,
  withGivenCells,
  type Given,
  type Included,
} from "../select.ts";
import { table } from "../table.ts";

interface Options extends Choice, Included {
  readonly set: readonly Given[];
  readonly targets: readonly string[];
  readonly range?: Range;
  readonly json?: boolean;
}

const OTHERS = TARGET_NAMES.filter((name) => name !== REFERENCE);

const HELP = `
The numbers of weights, inputs and first states are drawn. Sizes are small: H = 3, T = 4, B = 3, unless --set gives others.
An error is the largest difference of a tensor, relative to its largest element. In float64 the limits are 1e-6 for central
differences and 1e-10 for two orders of the same sums. On a target with float32 they are 1e-5 for results and 1e-4 for
gradients, or 8 times what rounding to float32 alone costs, if that is more.
The exit code is 1 if anything differs.

Examples:
  recurra gradcheck specs/cells/lstm.rec --cell PeepholeLSTM
  recurra gradcheck specs/models/charlm.rec --set T=12 --targets wasm,native
  recurra gradcheck demo/passengers.rec --range 1,2
`;

export function register(program: Command): void {
  const command = program
    .command("gradcheck")
    .description("prove a gradient by central differences, and compare loops, steps and targets")
    .argument("<file>", "the spec file")
    .option("--targets <names>", "compare these targets with the reference", targetsIn, OTHERS)
    .option("--range <low,high>", "draw the numbers of inputs and targets between these (default: -1,1)", rangeIn)
    .addOption(setOption())
    .addOption(includeOption())
    .option("--json", "print JSON: each tensor with its error")
    .addHelpText("after", HELP);
  addChoice(command).action(async (path: string, options: Options) => {
    const chosen = chosenOrFirst(openSpec(path, options), options);
    const { definition, numbers } = withGivenCells(chosen, options.set, path, options);
    const { parameters, sizes } = dividedAssignments(definition, numbers);
    const certificate = await certify({
      definition,
      statics: staticsFrom(definition, parameters),
      sizes,
      targets: options.targets,
      ...(options.range === undefined ? {} : { range: options.range }),
    });
    print(options.json === true ? asJson(certificate) : asText(certificate));
    if (certificate.checks.some(differs)) failQuietly();
  });
}

function rangeIn(text: string): Range {
  const [low = NaN, high = NaN, ...others] = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (low < high && Number.isFinite(high - low) && others.length === 0) return [low, high];
  throw new InvalidArgumentError("expected two numbers, as in 0.5,2.");
}

function targetsIn(text: string): readonly string[] {
  return namesIn(text).map((name) => targetNamed(name).name);
}

/** False for an error that is NaN. */
function agrees({ error, limit }: Compared): boolean {
  return error <= limit;
}

function differs({ compared }: Check): boolean {
  return !compared.every(agrees);
}

function verdictOf(check: Check): string {
  if (check.skipped !== null) return "not checked";
  return differs(check) ? "differs" : "agrees";
}

const UNDEFINED =
  "Some values are not numbers at the inputs that were drawn. If the model is for other numbers, as those of a logarithm are, give their --range.";

function asText({ name, sizes, checks }: Certificate): string {
  const at = Object.entries(sizes).map(([size, value]) => `${size} = ${value}`);
  const rows = checks.map((check) => {
    const worst = worstOf(check.compared);
    const [error, limit] = worst === undefined ? ["", ""] : [worst.error, worst.limit].map(shortNumber);
    return [check.name, String(check.compared.length), error ?? "", limit ?? "", verdictOf(check)];
  });
  const wrong = checks.flatMap((check) =>
    check.compared.filter((each) => !agrees(each)).map((each) => `${check.name}: ${difference(each)}`),
  );
  const skipped = checks.flatMap((check) => (check.skipped === null ? [] : [`${check.name}: ${check.skipped}`]));
  const made = checks.filter((check) => check.skipped === null);
  const right = made.filter((check) => !differs(check)).length;
  const verdict = `${right === made.length ? "certified" : "failed"}: ${right} of ${made.length} checks agree`;
  const isUndefined = checks.some(({ compared }) => compared.some(({ expected }) => Number.isNaN(expected)));
  const notes = [
    ...wrong,
    ...(isUndefined ? [UNDEFINED] : []),
    ...(skipped.length === 0 ? [] : ["Not checked:", ...skipped.map((each) => `  ${each}`)]),
  ];
  return [
    `${name}, at ${at.join(", ")}`,
    "",
    table([["check", "tensors", "largest error", "limit", ""], ...rows]),
    "",
    ...(notes.length === 0 ? [] : [...notes, ""]),
    verdict,
  ].join("\n");
}

/** The tensor that is nearest to its limit, or beyond it most. */
function worstOf(compared: readonly Compared[]): Compared | undefined {
  const share = ({ error, limit }: Compared): number => (Number.isNaN(error) ? Infinity : error / limit);
  return compared.toSorted((a, b) => share(b) - share(a))[0];
}

function difference({ name, error, where, got, expected }: Compared): string {
  return `${name} is off by ${shortNumber(error)}, most ${where.startsWith("[") ? `at ${where}` : where}: ${got} against ${expected}`;
}

function shortNumber(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}

function asJson({ name, sizes, checks }: Certificate): string {
  const made = checks.map((check) => ({
    name: check.name,
    verdict: verdictOf(check),
    reason: check.skipped,
    tensors: check.compared.map((each) => ({ ...each, agrees: agrees(each) })),
  }));
  return JSON.stringify({ name, sizes, certified: !checks.some(differs), checks: made }, null, 2);
}
