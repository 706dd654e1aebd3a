// The speed of the wasm target's kernels on one core and on two: an upper limit for any model.
// Run: npx tsx bench/ceiling.ts. Prints medians and the best. On a busy machine they differ more.
import { cpus } from "node:os";
import { Worker } from "node:worker_threads";
import { repeat } from "../src/codegen/wasm/arithmetic.ts";
import { barrier } from "../src/codegen/wasm/barrier.ts";
import { encode } from "../src/codegen/wasm/encode.ts";
import { gemmTransposed, transposedScratchBytes } from "../src/codegen/wasm/gemm-transposed.ts";
import { gemm } from "../src/codegen/wasm/gemm.ts";
import { packedBytes } from "../src/codegen/wasm/pack.ts";
import { madd, type Simd } from "../src/codegen/wasm/simd.ts";
import { f32x4, func, i32, local, type Memory, op, set, store } from "../src/codegen/wasm/tree.ts";
import { median } from "./median.ts";
import { allowRelaxedSimd, TILE_FLOPS, tiles } from "./tile.ts";

allowRelaxedSimd();

const PAGES = 256;
const PRODUCTS = [
  [32, 64, 512],
  [32, 128, 512],
  [1600, 64, 512],
  [32, 256, 1024],
  [1, 128, 512],
  [32, 128, 27],
] as const;
/** Rows and columns of the gradient, rows that it sums over. */
const GRADIENT = [128, 512, 1600] as const;

/** Twelve independent chains of multiply-adds: the most that the vector units do. */
function peak(simd: Simd) {
  const n = local("n", "i32");
  const sums = Array.from({ length: 12 }, (_, index) => local(`sum${index}`, "v128"));
  const half = local("half", "v128");
  const steps = sums.map((sum) => set(sum, madd(simd, sum, half, half)));
  const first = sums[0] ?? half;
  const all = sums.slice(1).reduce((total, sum) => op("f32x4.add", total, sum), op("f32x4.add", first, first));
  return func("peak", [n], [set(half, f32x4(0.5)), repeat("next", n, steps), store("v128.store", i32(0), all)]);
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

/** GFLOP/s of something done over and over: the median and the best of 40 samples of about 2 ms, after V8 has optimised. */
async function measure(flops: number, run: () => void): Promise<string> {
  const times = Math.max(1, Math.round(1e8 / flops));
  const sample = (): number => {
    const before = performance.now();
    for (let time = 0; time < times; time++) run();
    return (flops * times) / (performance.now() - before) / 1e6;
  };
  for (let warm = 0; warm < 15; warm++) {
    sample();
    await pause();
  }
  const rates = Array.from({ length: 40 }, sample);
  return `${median(rates).toFixed(1).padStart(6)} ${Math.max(...rates)
    .toFixed(1)
    .padStart(6)}`;
}

/** Reads like a line of a table. */
const say = (what: string, rates: string): void => console.log(`  ${what.padEnd(44)}${rates}`);

async function oneCore(simd: Simd): Promise<void> {
  const memory = new WebAssembly.Memory({ initial: PAGES });
  const imported: Memory = { module: "env", name: "memory", minimum: PAGES };
  const [rows, columns, depth] = GRADIENT;
  const gradient = gemmTransposed(simd, rows % 16, columns % 16);
  const products = PRODUCTS.map((size) => gemm(simd, size[2] % 16));
  const exports = [peak(simd), tiles(simd), gradient, ...new Set(products)];
  const bytes = encode({ memory: imported, exports });
  const kernels = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
  const kernel = (name: string): WebAssembly.Exported => kernels[name] ?? (() => NaN);
  new Float32Array(memory.buffer).forEach((_, index, floats) => (floats[index] = Math.sin(index)));

  console.log(`\n${simd} SIMD, one core: GFLOP/s${"median   best".padStart(33)}`);
  say("multiply-adds in registers", await measure(12 * 8 * 1e5, () => kernel("peak")(1e5)));
  say("tile of 2 x 16, 128 steps, in L1", await measure(TILE_FLOPS * 100, () => kernel("tiles")(100)));
  for (const [index, [m, k, n]] of PRODUCTS.entries()) {
    const [a, b] = [65536, 65536 + 4 * m * k];
    const c = b + packedBytes(k, n);
    const product = kernel(products[index]?.name ?? "");
    const rates = await measure(2 * m * k * n, () => product(a, 4 * k, b, c, 4 * n, 0, 0, m, n, k));
    say(`C [${m}, ${n}] = A [${m}, ${k}] · B [${k}, ${n}]`, rates);
  }
  const [a, b] = [65536, 65536 + 4 * rows * depth];
  const c = b + 4 * columns * depth;
  const operands = [a, 4 * rows, b, 4 * columns, c, 4 * columns, 0, 0, rows, columns, depth, c + 4 * rows * columns];
  const needed = c + 4 * rows * columns + transposedScratchBytes(rows);
  if (needed > memory.buffer.byteLength) throw new Error("the gradient does not fit the memory");
  const rates = await measure(2 * rows * columns * depth, () => kernel(gradient.name)(...operands));
  say(`C [${rows}, ${columns}] = Aᵀ · B over ${depth} rows`, rates);
}

/** A worker's JavaScript: products on half of the batch, each followed by a meeting, as a model's steps would be. */
const WORKER = `
const { parentPort, workerData } = require("node:worker_threads");
const { module, memory, self, parties, size: [m, k, n], meetings } = workerData;
const { gemm, barrier } = new WebAssembly.Instance(module, { env: { memory } }).exports;
const a = 65536 + self * 4 * m * k, b = 65536 * 16, c = 65536 * 64 + self * 4 * m * n;
const run = (times) => {
  for (let time = 0; time < times; time++) {
    gemm(a, 4 * k, b, c, 4 * n, 0, 0, m, n, k);
    if (meetings) barrier(0, parties);
  }
};
const rates = [];
for (let sample = -15; sample < 40; sample++) {
  barrier(0, parties);
  const before = performance.now();
  run(50);
  barrier(0, parties);
  if (sample >= 0) rates.push((2 * m * k * n * 50 * parties) / (performance.now() - before) / 1e6);
  if (sample < 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}
parentPort.postMessage(rates);
`;

/** GFLOP/s of so many workers together. */
async function workers(module: WebAssembly.Module, parties: number, meetings: boolean): Promise<readonly number[]> {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
  const results = Array.from({ length: parties }, (_, self) => {
    const workerData = { module, memory, self, parties, size: [16, 128, 512], meetings };
    const worker = new Worker(WORKER, { eval: true, workerData });
    return new Promise<readonly number[]>((resolve, reject) => worker.once("message", resolve).once("error", reject));
  });
  const [rates = []] = await Promise.all(results);
  return rates;
}

async function threads(): Promise<void> {
  const imported: Memory = { module: "env", name: "memory", minimum: PAGES, maximum: PAGES, shared: true };
  const bytes = encode({ memory: imported, exports: [gemm("relaxed", 0), barrier(10000)] });
  const module = new WebAssembly.Module(bytes);
  console.log(
    "\nworkers with a shared memory, each C [16, 512] = A [16, 128] · B, GFLOP/s together: the median, the best",
  );
  for (const meetings of [false, true]) {
    const [one, two] = [await workers(module, 1, meetings), await workers(module, 2, meetings)];
    const compared = (of: (rates: readonly number[]) => number): string => {
      return `one ${of(one).toFixed(1)}, two ${of(two).toFixed(1)}: ${(of(two) / of(one)).toFixed(2)} times`;
    };
    const best = compared((rates) => Math.max(...rates));
    say(meetings ? "a meeting after each product" : "a meeting after 50 products", `${compared(median)}; best ${best}`);
  }
}

console.log(`${cpus()[0]?.model.trim() ?? "unknown"}, Node ${process.versions.node}, V8 ${process.versions.v8}`);
await oneCore("relaxed");
await oneCore("plain");
await threads();
