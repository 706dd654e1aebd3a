// Workers beside the main thread, each with the same memory, the same kernels under the same numbers, and a list of its own to
// run. They wait for jobs inside WebAssembly and never return to their event loop: a job is a few words in memory.
import { barrier, SPINS } from "../../codegen/wasm/barrier.ts";
import { HOST_NAMES } from "../../codegen/wasm/host-functions.ts";
import { awaitChange, driver } from "../../codegen/wasm/driver.ts";
import type { Func } from "../../codegen/wasm/tree.ts";
import { at } from "../../base/invariant.ts";
import type { Heap } from "./heap.ts";
import { ofNode, ofPage } from "./host.ts";

/** Where threads talk, in the memory that the heap leaves free: words of a job, the barrier, and the lists' addresses. */
export const JOB = { count: 64, kind: 68, first: 72, second: 76, third: 80 } as const;
export const BARRIER = 128;
const LISTS = 256;
const MOST_THREADS = 64;

/** A job is to run a list, or to compile a module: its bytes' address and number, and the first kernel's number. */
const KIND = { run: 1, compile: 2 } as const;

/** What a worker needs to begin. */
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
  };
  /** Functions of `Math` that kernels import. */
  readonly host: readonly string[];
}

/** JavaScript, because a worker does not load TypeScript. In a page it says when it begins to wait. */
const WORKER = `
const begin = ({ memory, module, thread, threads, layout, host }) => {
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

/** The functions that workers call beside kernels. */
export const WORKER_FUNCTIONS: readonly Func[] = [driver("sleeping"), barrier(SPINS.sleeping), awaitChange()];

/** How many threads this machine and this page can have. */
export function threadsHere(): number {
  if (typeof SharedArrayBuffer === "undefined") return 1;
  const os = ofNode("node:os");
  if (os !== undefined) return Math.min(MOST_THREADS, os.availableParallelism());
  return ofPage("crossOriginIsolated") === true ? Math.min(MOST_THREADS, ofPage("navigator").hardwareConcurrency) : 1;
}

/** A worker that has begun, and can be ended. */
interface Begun {
  terminate(): unknown;
}

/** Starts a worker, which is no reason for the process to stay; null where a page's policy forbids it. */
async function startWorker(beginning: Beginning): Promise<Begun | null> {
  const node = ofNode("node:worker_threads");
  if (node !== undefined) {
    const worker = new node.Worker(WORKER, { eval: true, workerData: beginning });
    worker.unref();
    return worker;
  }
  // A page starts a worker only while its main thread is idle: later that thread looks without a pause.
  const PageWorker = ofPage("Worker");
  const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
  try {
    const worker = new PageWorker(url);
    const hasBegun = await new Promise<boolean>((resolve) => {
      worker.onmessage = () => resolve(true);
      // What a policy forbids (`worker-src`, `script-src`) is told by an event, not by an exception.
      worker.onerror = () => resolve(false);
      worker.postMessage(beginning);
    });
    return hasBegun ? worker : null;
  } catch {
    // Some browsers throw where others tell by an event.
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

  /** `module` has WORKER_FUNCTIONS; `meet` is the main thread's way to the barrier. Null where this page may not start workers. */
  static async start(heap: Heap, count: number, module: WebAssembly.Module, meet: () => void): Promise<Threads | null> {
    const layout = { job: JOB, kind: KIND, barrier: BARRIER, lists: LISTS };
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

  /** Makes the workers begin to run their lists; `lists[0]` is the main thread's own. */
  run(lists: readonly number[]): void {
    const words = this.#heap.integers(LISTS, this.count);
    for (let thread = 1; thread < this.count; thread++) words[thread] = at(lists, thread, "wasm");
    this.#publish(KIND.run, 0, 0, 0);
  }

  /** Makes the workers compile a module, and does `own` meanwhile. */
  compile(bytes: Uint8Array, firstNumber: number, own: () => void): void {
    const block = this.#heap.allocate(bytes.length);
    new Uint8Array(this.#heap.memory.buffer, block.address, bytes.length).set(bytes);
    this.#publish(KIND.compile, block.address, bytes.length, firstNumber);
    own();
    this.#meet();
    this.#heap.release(block);
  }

  #publish(kind: number, first: number, second: number, third: number): void {
    const words = this.#heap.integers(JOB.count, 5);
    [kind, first, second, third].forEach((value, index) => Atomics.store(words, 1 + index, value));
    Atomics.add(words, 0, 1);
    Atomics.notify(words, 0);
  }
}
