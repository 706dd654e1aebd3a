// Threads that meet: each writes its round into its slot, and after the meeting reads every other's.
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { barrier, BARRIER_BYTES } from "../../src/codegen/wasm/barrier.ts";
import { encode } from "../../src/codegen/wasm/encode.ts";

const ROUNDS = 300;

/** A worker's JavaScript: counts what it read that was not of this round. Two meetings a round: written, read. */
const WORKER = `
const { parentPort, workerData } = require("node:worker_threads");
const { module, memory, self, parties } = workerData;
const { barrier } = new WebAssembly.Instance(module, { env: { memory } }).exports;
const slots = new Int32Array(memory.buffer, ${BARRIER_BYTES}, parties);
let wrong = 0;
for (let round = 1; round <= ${ROUNDS}; round++) {
  slots[self] = round;
  barrier(0, parties);
  for (const slot of slots) if (slot !== round) wrong++;
  barrier(0, parties);
}
parentPort.postMessage(wrong);
`;

test.each([
  ["2 threads that spin", 2, 10000],
  ["3 threads that sleep at once", 3, 1],
] as const)("%s see what the others wrote before they met", async (_, parties, spins) => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const imported = { module: "env", name: "memory", minimum: 1, maximum: 1, shared: true };
  const module = new WebAssembly.Module(encode({ memory: imported, exports: [barrier(spins)] }));
  const wrong = Array.from({ length: parties }, (__, self) => {
    const worker = new Worker(WORKER, { eval: true, workerData: { module, memory, self, parties } });
    return new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  });
  expect(await Promise.all(wrong)).toEqual(Array.from({ length: parties }, () => 0));
});
