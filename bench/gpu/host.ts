// What the host does for an update on WebGPU: its calls, how long they take, and the milliseconds until kernels are submitted. Counts are
// the same on every device. Without a GPU, times are those of a driver on the CPU.
// `node --import tsx bench/gpu/host.ts [CELL B T I H]`
import "../../test/support/swiftshader.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import { hostWorkOf, type HostWork } from "../launches.ts";
import { median } from "../median.ts";
import { caseName, weightsOf } from "../workload.ts";
import { ourTraining } from "./ours.ts";

/** Updates before the first that counts: plans, pipelines and memory are made in them. */
const FIRST = 50;
const COUNTED = 49;

const [cell = "LSTM", ...sizes] = process.argv.slice(2);
const [B = 4, T = 128, I = 16, H = 128] = sizes.map(Number);
const load = { cell, B, T, I, H };
const training = ourTraining("recurra-fused", await webgpuTarget(), load, weightsOf(load));
await training.sample(FIRST);
const works: HostWork[] = [];
for (let update = 0; update < COUNTED; update++) works.push(await hostWorkOf(() => training.sample(1)));
await training.dispose();
const inMedian = (of: (work: HostWork) => number): string => median(works.map(of)).toFixed(3);
const least = Math.min(...works.map(({ untilSubmit }) => untilSubmit)).toFixed(3);
const until = inMedian(({ untilSubmit }) => untilSubmit);
console.log(`${caseName(load)}: ${until} ms until kernels are submitted, ${least} at least`);
for (const [method, { count }] of works.at(-1)?.calls ?? [])
  console.log(`${method} ${count}, ${inMedian(({ calls }) => calls.get(method)?.ms ?? 0)} ms`);
process.exit(0);
