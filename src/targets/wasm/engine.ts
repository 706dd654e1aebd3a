// A WebAssembly memory, the kernels that are compiled for it, and the driver that runs programs.
import { fail } from "../../base/invariant.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import { barrier, SPINS } from "../../codegen/wasm/barrier.ts";
import { driver } from "../../codegen/wasm/driver.ts";
import { encode } from "../../codegen/wasm/encode.ts";
import { hostFunctions } from "../../codegen/wasm/host-functions.ts";
import { madd, type Simd } from "../../codegen/wasm/simd.ts";
import { f32x4, func, type Func, laneOp, type Memory, type Module, type Table } from "../../codegen/wasm/tree.ts";
import { Arena, type Engine } from "../../lists/engine.ts";
import { MOST_PAGES, OwnHeap, type Heap } from "../../lists/heap.ts";
import { ofNode } from "./host.ts";
import { wasmKernels } from "./kernels.ts";
import { BARRIER, Threads, threadsHere, WORKER_FUNCTIONS } from "./threads.ts";

export interface EngineOptions {
  readonly simd?: Simd;
  /** Threads that divide a program's work, including the main thread. */
  readonly threads?: number;
  /** A program with fewer floating-point operations runs on one thread: waking the others would take longer than they save. */
  readonly sharedFrom?: number;
}

const TABLE: Table = { module: "env", name: "table", minimum: 1 };
const SHARED_FROM = 5e6;

export class WasmEngine implements Engine<Func> {
  readonly heap: Heap;
  readonly kernels: Kernels<Func>;
  readonly barrier = BARRIER;
  readonly #table = new WebAssembly.Table({ element: "anyfunc", initial: 64 });
  readonly #numbers = new Map<Func, number>();
  readonly #run: WebAssembly.Exported;
  readonly sharedFrom: number;
  readonly arena: Arena;
  #threads: Threads | undefined;

  private constructor(simd: Simd, heap: Heap, threads: Parameters<typeof driver>[0], sharedFrom: number) {
    this.kernels = wasmKernels(simd);
    this.sharedFrom = sharedFrom;
    this.heap = heap;
    this.arena = new Arena(heap);
    const run = driver(threads);
    this.#run = this.#instance(encode(moduleOf([run], heap.isShared)))[run.name] ?? fail("wasm", "no driver");
  }

  /** An engine with one thread, on a memory that others use too. Throws if WebAssembly has no SIMD here. */
  static inside(heap: Heap): WasmEngine {
    return new WasmEngine(simdHere(), heap, "alone", SHARED_FROM);
  }

  /**
   * An engine with its own memory. The default is relaxed SIMD if it exists, and all threads of the machine. There is only one thread
   * if the page's policy forbids workers. Throws if an option is not supported here.
   */
  static async open(options: EngineOptions = {}): Promise<WasmEngine> {
    const simd = options.simd ?? simdHere();
    const count = options.threads ?? threadsHere();
    const heap = new OwnHeap(count > 1);
    const engine = new WasmEngine(simd, heap, count > 1 ? waiting() : "alone", options.sharedFrom ?? SHARED_FROM);
    if (count > 1) {
      const meeting = barrier(SPINS[waiting()]);
      const meet = engine.#instance(encode(moduleOf([meeting], true)))[meeting.name] ?? fail("wasm", "no barrier");
      const module = new WebAssembly.Module(encode(moduleOf(WORKER_FUNCTIONS, true)));
      const threads = await Threads.start(engine.heap, count, module, () => void meet(BARRIER, count));
      if (threads === null) return WasmEngine.open({ ...options, threads: 1 });
      engine.#threads = threads;
    }
    return engine;
  }

  /** The number of threads that divide the work. */
  get threads(): number {
    return this.#threads?.count ?? 1;
  }

  /** The index of a kernel in the table. */
  numberOf(kernel: Func): number {
    return this.#numbers.get(kernel) ?? fail("wasm", `the kernel ${kernel.name} is not compiled`);
  }

  /** Compiles the kernels that are new, as one module, on all threads. */
  add(kernels: Iterable<Func>): void {
    const fresh = [...new Set(kernels)].filter((kernel) => !this.#numbers.has(kernel));
    if (fresh.length === 0) return;
    const bytes = encode(moduleOf(fresh, this.heap.isShared));
    const first = this.#numbers.size + 1;
    const own = (): void => {
      const exports = this.#instance(bytes);
      if (first + fresh.length > this.#table.length) this.#table.grow(first + 2 * fresh.length);
      fresh.forEach((kernel, index) => {
        this.#table.set(first + index, exports[kernel.name] ?? fail("wasm", `no ${kernel.name}`));
        this.#numbers.set(kernel, first + index);
      });
    };
    if (this.#threads === undefined) own();
    else this.#threads.compile(bytes, first, own);
  }

  /** Runs the lists at these addresses, one on each thread. A single list runs on this thread. */
  run(lists: readonly number[]): void {
    const [own = 0] = lists;
    if (lists.length > 1) this.#threads?.run(lists);
    this.#run(own);
    if (lists.length > 1) this.#threads?.check();
  }

  #instance(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Instance["exports"] {
    const imports = { env: { memory: this.heap.memory, table: this.#table, ...hostFunctions() } };
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
  }
}

/** How this thread waits for others. The main thread of a page must not sleep. */
function waiting(): keyof typeof SPINS {
  return "document" in globalThis ? "awake" : "sleeping";
}

/** A module of kernels on the engine's memory. Only a shared memory must declare its maximum. */
export function moduleOf(exports: readonly Func[], isShared: boolean): Module {
  const place = { module: "env", name: "memory", minimum: 16 } as const;
  const memory: Memory = isShared ? { ...place, maximum: MOST_PAGES, shared: true } : place;
  return { memory, table: TABLE, exports };
}

/** Relaxed SIMD if WebAssembly has it here. Node 20 needs a flag for it, which is set before the first module is compiled. */
function simdHere(): Simd {
  if (!hasRelaxed()) ofNode("node:v8")?.setFlagsFromString("--experimental-wasm-relaxed-simd");
  return hasRelaxed() ? "relaxed" : "plain";
}

function hasRelaxed(): boolean {
  const probe = func("probe", [], [], laneOp("f32x4.extract_lane", [0], madd("relaxed", f32x4(1), f32x4(1), f32x4(1))));
  return WebAssembly.validate(encode({ exports: [probe] }));
}
