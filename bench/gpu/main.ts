// Measures on this machine's GPU. First it checks the results, then it times updates in turn: ours fused, ours op by op, and PyTorch's.
// Results are written as JSON after each case, so a run that is stopped keeps them. See bench/gpu/README.md.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as tfjs from "@tensorflow/tfjs";
import { trainingFlops } from "../flops.ts";
import { machine } from "../machine.ts";
import { measureTogether, type Measuring } from "../measure.ts";
import { FULL, QUICK } from "../turns.ts";
import { caseName, weightsOf } from "../workload.ts";
import { CASES } from "./cases.ts";
import { characterModel, checked, questionOf } from "./check.ts";
import { openGpu } from "./dawn.ts";
import { FUSED, OPS, ourTraining } from "./ours.ts";
import { Profiler } from "./profile.ts";
import { GPU_RESULTS, type GpuResults } from "./results.ts";
import { openTorches } from "./torch.ts";

const { values: given } = parseArgs({
  options: {
    /** Where the results go; without it, to standard output at the end. */
    out: { type: "string" },
    sizes: { type: "string", default: "gpu" },
    quick: { type: "boolean", default: false },
    /** Also the milliseconds of each kernel, which needs updates of their own. */
    profile: { type: "boolean", default: false },
    /** Where PyTorch computes: `cuda`, `cpu` or `none`. */
    torch: { type: "string", default: "cuda" },
    python: { type: "string", default: "python3" },
    /** Seconds that compiling one of PyTorch's models may take. */
    patience: { type: "string", default: "120" },
    commit: { type: "string", default: "unknown" },
  },
});
const cases = CASES.get(given.sizes);
if (cases === undefined) {
  console.error(`error: there are no sizes \`${given.sizes}\`; there are ${[...CASES.keys()].join(", ")}`);
  process.exit(2);
}

/** Progress, beside what is printed. */
function tell(what: string): void {
  console.error(`${new Date().toLocaleTimeString("en-GB")}  ${what}`);
}

const profiler = given.profile ? new Profiler() : null;
const gpus = await openGpu().catch((error: unknown) => {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
tell(gpus.adapter);
const torches = await openTorches({ device: given.torch, python: given.python, patience: Number(given.patience) });
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

// A kernel that WebGPU refuses leaves old numbers behind, and is told of only here.
const MOST_TOLD = 10;
gpus.backend.device.addEventListener("uncapturederror", ({ error }) => {
  if (results.problems.length < MOST_TOLD) results.problems.push(`WebGPU: ${error.message}`);
});

function keep(): void {
  if (given.out !== undefined) writeFileSync(given.out, `${JSON.stringify(GPU_RESULTS.parse(results), null, 2)}\n`);
}

const targets = new Map([
  [FUSED, gpus.fused],
  [OPS, gpus.ops],
]);
const model = cases.checksModel ? [characterModel()] : [];
for (const question of [...cases.checked.map(questionOf), ...model]) {
  tell(`check ${question.name}`);
  results.checks.push(...(await checked(question, targets)));
}
keep();

const measuring: Measuring = {
  budget: given.quick ? QUICK : FULL,
  ceilings: [],
  ceilingRates: new Map<number, number[]>(),
  problems: results.problems,
};
for (const load of cases.trained) {
  tell(`train ${caseName(load)}`);
  const weights = weightsOf(load);
  const flops = trainingFlops(load);
  const ours = [...targets].map(([who, target]) => ourTraining(who, target, load, weights));
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
    for (const [who, target] of targets) {
      tell(`profile ${caseName(load)}, ${who}`);
      const contestant = ourTraining(who, target, load, weightsOf(load));
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
if (!isRight) console.error("error: some values are not the reference's: see `checks`");
// Problems of PyTorch's ways are told, and are none of ours.
process.exit(isRight ? 0 : 1);
