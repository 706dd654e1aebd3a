// Workers beside the main thread. All threads have the same memory and the same table of kernels, and each runs its own list.
// Workers wait for jobs inside WebAssembly and never return to their event loop. A job is a few words in memory.
import { barrier, MEETINGS, SPINS, STOPPED } from "../../codegen/wasm/barrier.ts";
import { HOST_NAMES } from "../../codegen/wasm/host-functions.ts";
import { awaitChange, driver } from "../../codegen/wasm/driver.ts";
import type { Func } from "../../codegen/wasm/tree.ts";
import { at, fail } from "../../base/invariant.ts";
import type { Heap } from "../../lists/heap.ts";
import { ofNode, ofPage } from "./host.ts";

/** Addresses in the memory below the heap: the words of a job, the barrier, and the addresses of lists. */
export const JOB = { count: 64, kind: 68, first: 72, second: 76, third: 80 } as const;
export const BARRIER = 128;
const LISTS = 256;
const MOST_THREADS = 64;
/** Why a worker stopped: the number of its bytes, then its text. Up to the heap's first address. */
const REASON = 512;
const REASON_BYTES = 500;

/** A job runs a list, or compiles a module. The words for a module: address and number of its bytes, and the first kernel's index. */
const KIND = { run: 1, compile: 2 } as const;

/** The data that a worker starts with. */
interface Beginning {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly thread: number;
  readonly threads: number;
  readonly layout: {
    readonly job: typeof JOB;
    readonly kind: typeof KIND;
    readonly barrier: number;
    readonly lists: number;
    readonly meetings: number;
    readonly stopped: number;
    readonly reason: number;
    readonly reasonBytes: number;
  };
  /** Functions of `Math` that kernels import. */
  readonly host: readonly string[];
}

/**
 * JavaScript, because a worker does not load TypeScript. In a page it posts a message before it begins to wait. After an error a worker
 * writes the reason, lets those go on who wait for it, and ends.
 */
const WORKER = `
const begin = (beginning) => {
  try {
    work(beginning);
  } catch (error) {
    const { memory, layout } = beginning;
    const words = new Int32Array(memory.buffer, 0, layout.reason / 4 + 1);
    const text = new TextEncoder().encode(String(error)).subarray(0, layout.reasonBytes);
    new Uint8Array(memory.buffer, layout.reason + 4).set(text);
    words[layout.reason / 4] = text.length;
    Atomics.store(words, layout.stopped / 4, 1);
    Atomics.add(words, layout.meetings / 4, 1);
    Atomics.notify(words, layout.meetings / 4);
  }
};
const work = ({ memory, module, thread, threads, layout, host }) => {
  const { job, kind, barrier: barrierAt, lists } = layout;
  const table = new WebAssembly.Table({ element: "anyfunc", initial: 64 });
  const env = { memory, table, ...Object.fromEntries(host.map((name) => [name, Math[name]])) };
  const { run, barrier, awaitChange } = new WebAssembly.Instance(module, { env }).exports;
  const word = (address) => Atomics.load(new Int32Array(memory.buffer, address, 1), 0);
  if (typeof require !== "function") self.postMessage("begun");
  let seen = 0;
  for (;;) {
    seen = awaitChange(job.count, seen);
    if (word(job.kind) === kind.run) run(word(lists + 4 * thread));
    else {
      const bytes = new Uint8Array(memory.buffer, word(job.first), word(job.second)).slice();
      const kernels = Object.values(new WebAssembly.Instance(new WebAssembly.Module(bytes), { env }).exports);
      const number = word(job.third);
      if (number + kernels.length > table.length) table.grow(number + 2 * kernels.length);
      kernels.forEach((kernel, index) => table.set(number + index, kernel));
      barrier(barrierAt, threads);
    }
  }
};
if (typeof require === "function") begin(require("node:worker_threads").workerData);
else self.onmessage = ({ data }) => begin(data);
`;

/** The functions that workers call, besides kernels. */
export const WORKER_FUNCTIONS: readonly Func[] = [driver("sleeping"), barrier(SPINS.sleeping), awaitChange()];

/** The number of threads that this machine and this page allow. */
export function threadsHere(): number {
  if (typeof SharedArrayBuffer === "undefined") return 1;
  const os = ofNode("node:os");
  if (os !== undefined) return Math.min(MOST_THREADS, os.availableParallelism());
  return ofPage("crossOriginIsolated") === true ? Math.min(MOST_THREADS, ofPage("navigator").hardwareConcurrency) : 1;
}

/** A worker that has started. */
interface Begun {
  terminate(): unknown;
}

/** Starts a worker, which does not keep the process alive. Null if a page's policy forbids workers. */
async function startWorker(beginning: Beginning): Promise<Begun | null> {
  const node = ofNode("node:worker_threads");
  if (node !== undefined) {
    const worker = new node.Worker(WORKER, { eval: true, workerData: beginning });
    worker.unref();
    return worker;
  }
  // A page starts a worker only while its main thread is idle. Later the main thread waits in a busy loop, so the start is awaited.
  const PageWorker = ofPage("Worker");
  const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
  try {
    const worker = new PageWorker(url);
    const hasBegun = await new Promise<boolean>((resolve) => {
      worker.onmessage = () => resolve(true);
      // If a policy (`worker-src`, `script-src`) forbids the worker, there is an event and no exception.
      worker.onerror = () => resolve(false);
      worker.postMessage(beginning);
    });
    return hasBegun ? worker : null;
  } catch {
    // Some browsers throw instead.
    return null;
  } finally {
    URL.revokeObjectURL(url);
  }
}

export class Threads {
  readonly count: number;
  readonly #heap: Heap;
  readonly #meet: () => void;

  private constructor(heap: Heap, count: number, meet: () => void) {
    this.#heap = heap;
    this.count = count;
    this.#meet = meet;
  }

  /**
   * Starts the workers. `module` contains WORKER_FUNCTIONS, and `meet` waits at the barrier for the main thread.
   * Null if this page may not start workers.
   */
  static async start(heap: Heap, count: number, module: WebAssembly.Module, meet: () => void): Promise<Threads | null> {
    const [meetings, stopped] = [BARRIER + MEETINGS, BARRIER + STOPPED];
    const reason = { reason: REASON, reasonBytes: REASON_BYTES };
    const layout = { job: JOB, kind: KIND, barrier: BARRIER, lists: LISTS, meetings, stopped, ...reason };
    const { memory } = heap;
    const begun: Begun[] = [];
    for (let thread = 1; thread < count; thread++) {
      const worker = await startWorker({ memory, module, thread, threads: count, layout, host: HOST_NAMES });
      if (worker === null) {
        begun.forEach((each) => each.terminate());
        return null;
      }
      begun.push(worker);
    }
    return new Threads(heap, count, meet);
  }

  /** Starts the workers on their lists. `lists[0]` is the main thread's own. */
  run(lists: readonly number[]): void {
    const words = this.#heap.integers(LISTS, this.count);
    for (let thread = 1; thread < this.count; thread++) words[thread] = at(lists, thread, "wasm");
    this.#publish(KIND.run, 0, 0, 0);
  }

  /** Compiles a module on all workers. `own` does the same on the main thread. */
  compile(bytes: Uint8Array, firstNumber: number, own: () => void): void {
    const block = this.#heap.allocate(bytes.length);
    new Uint8Array(this.#heap.memory.buffer, block.address, bytes.length).set(bytes);
    this.#publish(KIND.compile, block.address, bytes.length, firstNumber);
    own();
    this.#meet();
    this.#heap.release(block);
    this.check();
  }

  /** Throws if a worker has stopped: what ran since then is not complete. */
  check(): void {
    if (this.#heap.integers(BARRIER + STOPPED, 1)[0] === 0) return;
    const [bytes = 0] = this.#heap.integers(REASON, 1);
    const text = new Uint8Array(this.#heap.memory.buffer, REASON + 4, bytes).slice();
    fail("wasm", `a thread stopped: ${new TextDecoder().decode(text)}`);
  }

  #publish(kind: number, first: number, second: number, third: number): void {
    const words = this.#heap.integers(JOB.count, 5);
    [kind, first, second, third].forEach((value, index) => Atomics.store(words, 1 + index, value));
    Atomics.add(words, 0, 1);
    Atomics.notify(words, 0);
  }
}
