// Measures on this machine's GPU. First it checks results, then it times cases in turn: ours fused, ours op by op, and PyTorch's; then
// it verifies golden files. Results are written as JSON after each case, so a run that is stopped keeps them. What there is no time for
// is listed. See bench/gpu/README.md.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as tfjs from "@tensorflow/tfjs";
import { runFlops, trainingFlops } from "../flops.ts";
import { machine } from "../machine.ts";
import { chosenBy, measureTogether, type Measuring } from "../measure.ts";
import { FULL, QUICK } from "../turns.ts";
import { caseName, weightsOf } from "../workload.ts";
import { CASES, type Measured } from "./cases.ts";
import { characterModel, check, questionOf } from "./check.ts";
import { clockOf, warmed } from "./clock.ts";
import { openGpu } from "./dawn.ts";
import { formsOf, measuredForms } from "./forms.ts";
import { checkGolden, goldenFiles } from "./golden.ts";
import { Profiler } from "./profile.ts";
import { GPU_RESULTS, type GpuResults } from "./results.ts";
import { openTorches } from "./torch.ts";

const { values: given } = parseArgs({
  options: {
    /** The file for the results; by default they are printed at the end. */
    out: { type: "string" },
    sizes: { type: "string", default: "gpu" },
    quick: { type: "boolean", default: false },
    /** Cases and contestants that are measured, by parts of their names between commas. */
    case: { type: "string" },
    who: { type: "string" },
    /** The minutes after which no case is begun. */
    minutes: { type: "string", default: "9" },
    /** A folder of golden files to verify. */
    golden: { type: "string" },
    /** Whether to measure the milliseconds of each kernel too, in separate updates. */
    profile: { type: "boolean", default: false },
    /** The device of PyTorch: `cuda`, `cpu` or `none`. */
    torch: { type: "string", default: "cuda" },
    python: { type: "string", default: "python3" },
    /** The seconds to wait for one answer of PyTorch. */
    timeout: { type: "string", default: "60" },
    /** Whether to measure `torch.compile` too, which takes minutes. */
    compile: { type: "boolean", default: false },
    commit: { type: "string", default: "unknown" },
  },
});
const cases = CASES.get(given.sizes);
if (cases === undefined) {
  console.error(`error: there are no sizes \`${given.sizes}\`; there are ${[...CASES.keys()].join(", ")}`);
  process.exit(2);
}

/** The seconds after the end that what has begun may still take. */
const GRACE = 45;
const end = performance.now() + 60_000 * Number(given.minutes);

const gpus = await openGpu().catch((error: unknown) => {
  console.error(`error: ${messageOf(error)}`);
  process.exit(1);
});
console.error(gpus.adapter);
const clock = clockOf(gpus.backend.device, gpus.isSoftware);
const torches = await openTorches({
  device: given.torch,
  python: given.python,
  timeout: Number(given.timeout),
  compiles: given.compile,
});
const forms = formsOf(gpus);
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
  skipped: [],
  rows: [],
  profiles: [],
};

// If WebGPU refuses a kernel, its result has old numbers. Only this event reports it.
const MOST_REPORTED = 10;
gpus.backend.device.addEventListener("uncapturederror", ({ error }) => {
  if (results.problems.length < MOST_REPORTED) results.problems.push(`WebGPU: ${error.message}`);
});

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function keep(): void {
  if (given.out !== undefined) writeFileSync(given.out, `${JSON.stringify(GPU_RESULTS.parse(results), null, 2)}\n`);
}

/** Does one piece of work, if there is time left, and writes the results. What goes wrong is reported, and the next piece follows. */
async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  if (performance.now() > end) {
    results.skipped.push(what);
    return;
  }
  // Progress is printed on standard error.
  console.error(`${new Date().toLocaleTimeString("en-GB")}  ${what}`);
  const timer = setTimeout(
    () => finish(`${what}: it did not end in time, and the run was stopped`),
    end + 1000 * GRACE - performance.now(),
  );
  await work().catch((error: unknown) => results.problems.push(`${what}: ${messageOf(error)}`));
  clearTimeout(timer);
  keep();
}

/** Writes the results and ends the process. Problems of PyTorch are reported, but do not change the exit code. */
function finish(problem?: string): never {
  if (problem !== undefined) results.problems.push(problem);
  torches.stop();
  keep();
  if (given.out === undefined) console.log(JSON.stringify(GPU_RESULTS.parse(results), null, 2));
  const isRight = results.checks.every((each) => each.isRight);
  if (!isRight) console.error("error: some values differ from those of the reference: see `checks`");
  if (problem !== undefined) console.error(`error: ${problem}`);
  process.exit(isRight && problem === undefined ? 0 : 1);
}

const runs = new Map([forms.fused, forms.whole, forms.ops].map(({ who, run }) => [who, run]));
for (const question of [...cases.checked.map(questionOf), ...(cases.checksModel ? [characterModel()] : [])])
  await attempt(`check ${question.name}`, async () => void results.checks.push(...(await check(question, runs))));

const measuring: Measuring = {
  chosen: chosenBy(given.case, given.who),
  budget: given.quick ? QUICK : FULL,
  ceilings: [],
  ceilingRates: new Map(),
  problems: results.problems,
};
const profiler = given.profile ? new Profiler() : null;

async function measure(measured: Measured): Promise<void> {
  const { what, load } = measured;
  const weights = weightsOf(load);
  const flops = what === "train" ? trainingFlops(load) : runFlops(load);
  const ours = measuredForms(forms, measured).map((form) => form.contestant(measured, weights));
  const others = await torches.open(measured, weights, (problem) => results.problems.push(problem));
  const entries = [...ours, ...others].map(
    (contestant) => ({ case: caseName(load), what, contestant: warmed(contestant, clock), flops }) as const,
  );
  results.rows.push(...(await measureTogether(entries, measuring)));
}

async function profile(measured: Measured): Promise<void> {
  if (profiler === null) return;
  const { load } = measured;
  for (const form of measuredForms(forms, measured)) {
    const contestant = form.contestant(measured, weightsOf(load));
    const kernels = await profiler.measure(gpus.backend.device, () => contestant.sample(1), clock);
    results.profiles.push({ case: caseName(load), who: form.who, kernels });
    await contestant.dispose();
  }
}

for (const measured of cases.measured.filter(({ load }) => measuring.chosen.isCase(caseName(load)))) {
  const name = `${measured.what} ${caseName(measured.load)}`;
  await attempt(name, () => measure(measured));
  if (profiler !== null && measured.what === "train") await attempt(`profile ${name}`, () => profile(measured));
}

const golden = new Map([forms.fused, forms.whole, forms.ops].map(({ who, verify }) => [who, verify]));
for (const path of given.golden === undefined ? [] : goldenFiles(given.golden))
  await attempt(`golden ${path}`, async () => void results.checks.push(...(await checkGolden(path, golden))));
finish();
