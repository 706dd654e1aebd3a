// `recurra explain FILE`: prints how a cell or model can be scheduled and why, what would make it cheaper, and the cost of a step.
import type { Command } from "commander";
import { type ExplainedLoop, loopLines } from "../../codegen/wgsl/explain-loops.ts";
import type { ExplainedScan } from "../../analyse/explain.ts";
import { DEFAULT_TARGET, resolvedTarget } from "../../targets/registry.ts";
import { chosenOrFirst, type Choice } from "../../library/choose.ts";
import {
  explain,
  explainLoopsOn,
  explainUnrolling,
  predictTime,
  type Explained,
  type ExplainedUnrolling,
  type PredictedTime,
} from "../explained.ts";
import { count } from "../numbers.ts";
import { print } from "../output.ts";
import { addChoice, includeOption, openSpec, setOption, type Given, type Included, withGivenCells } from "../select.ts";

interface Options extends Choice, Included {
  readonly set: readonly Given[];
  readonly target: string;
  readonly length?: number;
  readonly json?: boolean;
  readonly measure?: boolean;
}

const HELP = `
Classes, by how a step uses the state:
  A  linearly, with coefficients that do not depend on it: all steps run at once, by an associative scan
  B  through element-wise functions only: the loop over time stays in registers
  C  through one stage of matrix products: one kernel for each step
  D  through several stages of products, each of which needs the one before: several kernels for each step

Sizes that are not given are 128, and the batch is 1. A product of m x k by k x n takes 2*m*n*k operations, and every other
op one for each element. Bytes are what each op reads and writes without fusion, 4 for each number. The time is predicted
from speeds that are measured on the target. JSON has this time only with --measure: without it, the same spec gives the
same JSON on every machine.

Examples:
  recurra explain specs/cells/gru.rec --cell ResetBeforeGRU
  recurra explain specs/cells/lstm.rec --target tfjs-cpu --length 3
  recurra explain specs/cells/lstm.rec --set H=256 --set I=64 --set B=32 --json --measure
`;

export function register(program: Command): void {
  const command = program
    .command("explain")
    .description("explain how a cell or model can be scheduled, and what a step costs")
    .argument("<file>", "the spec file")
    .addOption(setOption())
    .addOption(includeOption())
    .option("--target <name>", "the target of the predicted time and of `--unroll auto`", DEFAULT_TARGET)
    .option("--length <n>", "the length of every sequence, for `--unroll auto` (default: lengths differ)", count)
    .option("--json", "print JSON, without the predicted time")
    .option("--measure", "with --json: measure the target, and predict the time of a step")
    .addHelpText("after", HELP);
  addChoice(command).action(async (path: string, options: Options) => {
    const chosen = chosenOrFirst(openSpec(path, options), options);
    const { definition, numbers } = withGivenCells(chosen, options.set, path, options);
    const explained = explain(definition, numbers);
    const target = await resolvedTarget(options.target);
    const unrolling = explainUnrolling(target, options.length ?? null);
    const loops = explainLoopsOn(target, definition, numbers, options.length ?? null);
    const isMeasured = options.json !== true || options.measure === true;
    const predicted = isMeasured ? await predictTime(explained, unrolling.target) : null;
    const text = (): string =>
      [
        asText(explained),
        ...(predicted === null ? [] : [predictionText(predicted)]),
        ...loopsText(target, loops ?? []),
        ...unrollingText(explained, unrolling),
      ].join("\n");
    print(
      options.json === true
        ? JSON.stringify({ ...explained, unrolling, predicted, ...(loops === null ? {} : { loops }) }, null, 2)
        : text(),
    );
  });
}

function asText({ name, class: worst, scans, weights, cost, sizes }: Explained): string {
  const at = Object.entries(sizes).map(([size, value]) => `${size} = ${value}`);
  const rows = [
    ["", "operations", "bytes"],
    ["forward", grouped(cost.forward.flops), grouped(cost.forward.bytes)],
    ...(cost.backward === null ? [] : [["backward", grouped(cost.backward.flops), grouped(cost.backward.bytes)]]),
  ];
  return [
    `${name}: class ${worst}`,
    ...scans.flatMap((scan) => scanText(scan, scans.length > 1)),
    "",
    `weights: ${grouped(weights.total)}`,
    `a step, at ${at.join(", ")}:`,
    ...rows.map(
      ([what = "", flops = "", bytes = ""]) => `  ${what.padEnd(8)}  ${flops.padStart(14)}  ${bytes.padStart(14)}`,
    ),
  ].join("\n");
}

function predictionText({ target, rates, forward, backward }: PredictedTime): string {
  const times = [
    `forward ${microseconds(forward)}`,
    ...(backward === null ? [] : [`backward ${microseconds(backward)}`]),
  ];
  const speeds = [
    `products at ${significant(rates.products / 1e9)} GFLOP/s`,
    `the rest at ${significant(rates.elements / 1e9)}`,
  ];
  return `  predicted on ${target}: ${times.join(", ")} (${speeds.join(", ")}, as measured here now)`;
}

function microseconds(value: number): string {
  return `${significant(value)} µs`;
}

/** Two significant digits. */
function significant(value: number): string {
  return String(Number(value.toPrecision(2)));
}

function loopsText(target: string, loops: readonly ExplainedLoop[]): readonly string[] {
  if (loops.length === 0) return [];
  return ["", `loops on ${target}, with the gradient's:`, ...loopLines(loops)];
}

/** Empty if there is no loop. */
function unrollingText({ scans }: Explained, { target, choice, why }: ExplainedUnrolling): readonly string[] {
  if (scans.length === 0) return [];
  return ["", `unrolling on ${target}: ${choice}`, `  ${why}`];
}

function scanText({ time, direction, parts }: ExplainedScan, hasOthers: boolean): readonly string[] {
  const heading = hasOthers ? ["", `over ${time}${direction === "backward" ? ", from its end" : ""}:`] : [];
  if (parts.length === 0) return [...heading, "  no state: all steps at once"];
  const lines = parts.flatMap((part) => [
    `  ${part.states.join(", ")}: class ${part.class}`,
    `    ${part.why}`,
    ...(part.class === "A" && part.stepwise !== "B" ? [`    one step after the other: class ${part.stepwise}`] : []),
    ...(part.cheaper === null ? [] : [`    cheaper: ${part.cheaper}`]),
  ]);
  return [...heading, ...lines];
}

/** `131 584`. */
function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
}
