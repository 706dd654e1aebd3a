// The machine's ceiling: the best tile of a product, repeated with packed operands in the first-level cache, on one or several threads.
// It is measured in turn with the contestants.
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { repeat } from "../src/codegen/wasm/arithmetic.ts";
import { encode } from "../src/codegen/wasm/encode.ts";
import type { Simd } from "../src/codegen/wasm/simd.ts";
import { tile } from "../src/codegen/wasm/tile.ts";
import { call, func, type Func, i32, local, type Memory } from "../src/codegen/wasm/tree.ts";
import { SHORT_REST, type Contestant } from "./contestant.ts";

/** Rows and columns of the tile, and the steps of its sums. */
const [ROWS, COLUMNS, DEPTH] = [2, 16, 128] as const;
export const TILE_FLOPS = 2 * ROWS * COLUMNS * DEPTH;
/** Pages that the tile's operands take. */
const PAGES = 2;

/** Node 20 has relaxed SIMD behind a flag, which must be set before the first module is compiled. */
export function allowRelaxedSimd(): void {
  if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");
}

/** `tiles(n)` runs the tile n times with its operands in L1: A at 64 KiB, then B and C. */
export function tiles(simd: Simd): Func {
  const n = local("n", "i32");
  const [a, b, c] = [i32(65536), i32(65536 + 2048), i32(65536 + 16384)];
  const [aStride, cStride] = [i32(4 * DEPTH), i32(4 * COLUMNS)];
  const once = call(tile(simd, "rows", ROWS, COLUMNS), a, aStride, b, c, cStride, c, cStride, i32(DEPTH));
  return func("tiles", [n], [repeat("next", n, [once])]);
}

const REPETITION = 10_000;
/** The floating-point operations of one repetition on one thread. */
const FLOPS = REPETITION * TILE_FLOPS;

/** A worker's JavaScript: it receives the number of repetitions, and returns their milliseconds. */
const WORKER = `
const { parentPort, workerData: { module, pages, repetition } } = require("node:worker_threads");
const memory = new WebAssembly.Memory({ initial: pages });
const { tiles } = new WebAssembly.Instance(module, { env: { memory } }).exports;
parentPort.on("message", (times) => {
  const before = performance.now();
  for (let time = 0; time < times; time++) tiles(repetition);
  parentPort.postMessage(performance.now() - before);
});
`;

export interface Ceiling {
  /** The code that it bounds: WebAssembly, whose vectors have 128 bits, or all other code on the processor. */
  readonly kind: "wasm" | "native";
  readonly contestant: Contestant;
  /** The operations of one repetition. */
  readonly flops: number;
}

/** `ceiling-1t`, `ceiling-2t`, …: the tile on `threads` threads at the same time. */
export function ceilingOn(threads: number): Ceiling {
  allowRelaxedSimd();
  const memory: Memory = { module: "env", name: "memory", minimum: PAGES };
  const module = new WebAssembly.Module(encode({ memory, exports: [tiles("relaxed")] }));
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(WORKER, { eval: true, workerData: { module, pages: PAGES, repetition: REPETITION } });
    worker.unref();
    return worker;
  });
  const timed = (worker: Worker, times: number): Promise<number> =>
    new Promise((resolve, reject) => {
      worker.once("error", reject).once("message", (ms: number) => {
        worker.off("error", reject);
        resolve(ms);
      });
      worker.postMessage(times);
    });
  const contestant: Contestant = {
    who: `ceiling-${threads}t`,
    threads,
    rest: SHORT_REST,
    first: async () => [],
    sample: async (times) => Math.max(...(await Promise.all(workers.map((worker) => timed(worker, times))))),
    dispose: async () => void (await Promise.all(workers.map((worker) => worker.terminate()))),
  };
  return { kind: "wasm", contestant, flops: threads * FLOPS };
}
