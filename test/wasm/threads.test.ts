// Threads of the target wasm: a run is over only when no thread reads its list any more, and a thread that stops stops the others.
import { expect, test } from "vitest";
import { ENTRY } from "../../src/kernel/entry.ts";
import { WasmEngine } from "../../src/targets/wasm/engine.ts";

const THREADS = 3;

/** A list without calls, in memory of its own: it only meets the other threads, `meets` times before its end. */
function placeList(engine: WasmEngine, meets: number): { readonly address: number; readonly words: Int32Array } {
  const entries = Array.from({ length: meets + 1 }, (_, index) => [
    index === meets ? ENTRY.leave : ENTRY.meet,
    16,
    engine.barrier,
    THREADS,
  ]);
  const { address } = engine.heap.allocate(16 * entries.length);
  const words = engine.heap.integers(address, 4 * entries.length);
  words.set(entries.flat());
  return { address, words };
}

test("a list may be overwritten as soon as its run is over", async () => {
  const engine = await WasmEngine.open({ threads: THREADS });
  const lists = Array.from({ length: THREADS }, () => placeList(engine, 2));
  const entries = lists.map(({ words }) => words.slice());
  for (let round = 0; round < 3000; round++) {
    lists.forEach(({ words }, index) => words.set(entries[index] ?? []));
    engine.run(lists.map(({ address }) => address));
    // A thread that still reads would call a kernel that does not exist, which stops it.
    lists.forEach(({ words }) => words.fill(ENTRY.call));
  }
});

test("a thread that stops is an error that says why, now and later", async () => {
  const engine = await WasmEngine.open({ threads: THREADS });
  const [own, other] = [placeList(engine, 50), placeList(engine, 50)];
  const outside = engine.heap.memory.buffer.byteLength;
  const run = (): void => engine.run([own.address, other.address, outside]);
  expect(run).toThrow(/a thread stopped: RuntimeError: memory access out of bounds/);
  expect(run).toThrow(/a thread stopped/);
});
