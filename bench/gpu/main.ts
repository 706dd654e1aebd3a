// Measures on this machine's GPU. First it checks the results, then it times updates in turn: ours fused, ours op by op, and PyTorch's.
// Results are written as JSON after each case, so a run that is stopped keeps them. See bench/gpu/README.md.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as tfjs from "@tensorflow/tfjs";
import type { Contestant } from "../contestant.ts";
import { trainingFlops } from "../flops.ts";
import { machine } from "../machine.ts";
import { chosenBy, measureTogether, type Measuring } from "../measure.ts";
import { FULL, QUICK } from "../turns.ts";
import { caseName, weightsOf, type Weights, type Workload } from "../workload.ts";
import { CASES } from "./cases.ts";
import { characterModel, check, questionOf, runOn } from "./check.ts";
import { openGpu } from "./dawn.ts";
import { FUSED, OPS, ourTraining } from "./ours.ts";
import { Profiler } from "./profile.ts";
import { GPU_RESULTS, type GpuResults } from "./results.ts";
import { openTorches } from "./torch.ts";

const { values: given } = parseArgs({
  options: {
    /** The file for the results; by default they are printed at the end. */
    out: { type: "string" },
    sizes: { type: "string", default: "gpu" },
    quick: { type: "boolean", default: false },
    /** Whether to measure the milliseconds of each kernel too, in separate updates. */
    profile: { type: "boolean", default: false },
    /** The device of PyTorch: `cuda`, `cpu` or `none`. */
    torch: { type: "string", default: "cuda" },
    python: { type: "string", default: "python3" },
    /** The seconds to wait for one answer of PyTorch, with compiling. */
    timeout: { type: "string", default: "120" },
    commit: { type: "string", default: "unknown" },
  },
});
const cases = CASES.get(given.sizes);
if (cases === undefined) {
  console.error(`error: there are no sizes \`${given.sizes}\`; there are ${[...CASES.keys()].join(", ")}`);
  process.exit(2);
}

/** Prints progress on standard error. */
function report(what: string): void {
  console.error(`${new Date().toLocaleTimeString("en-GB")}  ${what}`);
}

const profiler = given.profile ? new Profiler() : null;
const gpus = await openGpu().catch((error: unknown) => {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
report(gpus.adapter);
const torches = await openTorches({ device: given.torch, python: given.python, timeout: Number(given.timeout) });
const results: GpuResults = {
  device: gpus.isSoftware ? `${gpus.adapter}: SwiftShader on the CPU, no GPU` : gpus.adapter,
  isSoftware: gpus.isSoftware,
  machine: machine(),
  commit: given.commit,
  date: new Date().toISOString().slice(0, 10),
  versions: {
    Node: process.versions.node,
    V8: process.versions.v8,
    tfjs: tfjs.version.tfjs,
    ...torches.versions,
  },
  checks: [],
  missing: [...torches.missing],
  problems: [],
  rows: [],
  profiles: [],
};

// If WebGPU refuses a kernel, its result has old numbers. Only this event reports it.
const MOST_REPORTED = 10;
gpus.backend.device.addEventListener("uncapturederror", ({ error }) => {
  if (results.problems.length < MOST_REPORTED) results.problems.push(`WebGPU: ${error.message}`);
});

function keep(): void {
  if (given.out !== undefined) writeFileSync(given.out, `${JSON.stringify(GPU_RESULTS.parse(results), null, 2)}\n`);
}

const runs = new Map([
  [FUSED, runOn(gpus.fused)],
  [OPS, runOn(gpus.ops)],
]);
/** Each of our forms makes a contestant for a workload. */
const trainings = new Map<string, (load: Workload, weights: Weights) => Contestant>([
  [FUSED, (load, weights) => ourTraining(FUSED, gpus.fused, load, weights)],
  [OPS, (load, weights) => ourTraining(OPS, gpus.ops, load, weights)],
]);
const model = cases.checksModel ? [characterModel()] : [];
for (const question of [...cases.checked.map(questionOf), ...model]) {
  report(`check ${question.name}`);
  results.checks.push(...(await check(question, runs)));
}
keep();

const measuring: Measuring = {
  budget: given.quick ? QUICK : FULL,
  chosen: chosenBy(),
  ceilings: [],
  ceilingRates: new Map(),
  problems: results.problems,
};
for (const load of cases.trained) {
  report(`train ${caseName(load)}`);
  const weights = weightsOf(load);
  const flops = trainingFlops(load);
  const ours = [...trainings.values()].map((training) => training(load, weights));
  const others = await torches.training(load, weights, (problem) => results.problems.push(problem));
  const entries = [...ours, ...others].map(
    (contestant) => ({ case: caseName(load), what: "train", contestant, flops }) as const,
  );
  try {
    results.rows.push(...(await measureTogether(entries, measuring)));
  } catch (error) {
    results.problems.push(`train ${caseName(load)}: ${error instanceof Error ? error.message : String(error)}`);
  }
  keep();
}

if (profiler !== null) {
  for (const load of cases.trained) {
    for (const [who, training] of trainings) {
      report(`profile ${caseName(load)}, ${who}`);
      const contestant = training(load, weightsOf(load));
      const kernels = await profiler.measure(gpus.backend.device, () => contestant.sample(1));
      results.profiles.push({ case: caseName(load), who, kernels });
      await contestant.dispose();
      keep();
    }
  }
}
torches.stop();
if (given.out === undefined) console.log(JSON.stringify(GPU_RESULTS.parse(results), null, 2));
const isRight = results.checks.every((check) => check.isRight);
if (!isRight) console.error("error: some values differ from those of the reference: see `checks`");
// Problems of PyTorch are reported, but do not change the exit code.
process.exit(isRight ? 0 : 1);
