// One WebAssembly memory, the kernels that were compiled for it, and the driver that runs programs of them.
import { fail } from "../../base/invariant.ts";
import { barrier, SPINS } from "../../codegen/wasm/barrier.ts";
import { driver } from "../../codegen/wasm/driver.ts";
import { encode } from "../../codegen/wasm/encode.ts";
import { madd, type Simd } from "../../codegen/wasm/simd.ts";
import { f32x4, func, type Func, laneOp, type Memory, type Module, type Table } from "../../codegen/wasm/tree.ts";
import { Heap, MOST_PAGES, type Block } from "./heap.ts";
import { ofNode } from "./host.ts";
import { BARRIER, Threads, threadsHere, WORKER_FUNCTIONS } from "./threads.ts";

export interface EngineOptions {
  readonly simd?: Simd;
  /** Threads that share out a program's work, this one among them. */
  readonly threads?: number;
  /** Floating-point operations of a program from which on threads share it: below, waking them takes longer than they save. */
  readonly sharedFrom?: number;
}

/** What kernels ask the host for, in float64. */
const HOST = { sin: Math.sin, cos: Math.cos, pow: Math.pow } as const;

const TABLE: Table = { module: "env", name: "table", minimum: 1 };
const SHARED_FROM = 5e6;

export class Engine {
  readonly heap: Heap;
  readonly simd: Simd;
  readonly #table = new WebAssembly.Table({ element: "anyfunc", initial: 64 });
  readonly #numbers = new Map<Func, number>();
  readonly #run: WebAssembly.Exported;
  readonly sharedFrom: number;
  #threads: Threads | undefined;
  #arena: Block;

  private constructor(simd: Simd, isShared: boolean, sharedFrom: number) {
    this.simd = simd;
    this.sharedFrom = sharedFrom;
    this.heap = new Heap(isShared);
    this.#arena = this.heap.allocate(64);
    const run = driver(isShared ? waiting() : "alone");
    this.#run = this.#instance(encode(moduleOf([run], isShared)))[run.name] ?? fail("wasm", "no driver");
  }

  /** Relaxed SIMD and as many threads as there are, unless told otherwise. Throws where the engine lacks what is asked for. */
  static async open(options: EngineOptions = {}): Promise<Engine> {
    const simd = options.simd ?? simdHere();
    const count = options.threads ?? threadsHere();
    const engine = new Engine(simd, count > 1, options.sharedFrom ?? SHARED_FROM);
    if (count > 1) {
      const meeting = barrier(SPINS[waiting()]);
      const meet = engine.#instance(encode(moduleOf([meeting], true)))[meeting.name] ?? fail("wasm", "no barrier");
      const module = new WebAssembly.Module(encode(moduleOf(WORKER_FUNCTIONS, true)));
      engine.#threads = await Threads.start(engine.heap, count, module, () => void meet(BARRIER, count));
    }
    return engine;
  }

  /** How many threads share out the work. */
  get threads(): number {
    return this.#threads?.count ?? 1;
  }

  /** A kernel's place in the table. */
  numberOf(kernel: Func): number {
    return this.#numbers.get(kernel) ?? fail("wasm", `the kernel ${kernel.name} is not compiled`);
  }

  /** Compiles those kernels that are new, as one module, on every thread. */
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

  /** The address of room for temporaries, which all programs share: they run one after the other. */
  arena(bytes: number): number {
    if (bytes > this.#arena.bytes) {
      this.heap.release(this.#arena);
      this.#arena = this.heap.allocate(bytes);
    }
    return this.#arena.address;
  }

  /** Runs the entries at these addresses, a thread each; one list runs here alone. */
  run(lists: readonly number[]): void {
    const [own = 0] = lists;
    if (lists.length > 1) this.#threads?.run(lists);
    this.#run(own);
  }

  #instance(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Instance["exports"] {
    const imports = { env: { memory: this.heap.memory, table: this.#table, ...HOST } };
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
  }
}

/** How this thread waits for others: a page's main thread must not sleep. */
function waiting(): keyof typeof SPINS {
  return "document" in globalThis ? "awake" : "sleeping";
}

/** A module of kernels that works on the engine's memory. */
export function moduleOf(exports: readonly Func[], isShared: boolean): Module {
  const memory: Memory = { module: "env", name: "memory", minimum: 16, maximum: MOST_PAGES, shared: isShared };
  return { memory, table: TABLE, exports };
}

/** Relaxed SIMD where the engine has it. Node 20 has it behind a flag, which may be set before the first module is made. */
function simdHere(): Simd {
  if (!hasRelaxed()) ofNode("node:v8")?.setFlagsFromString("--experimental-wasm-relaxed-simd");
  return hasRelaxed() ? "relaxed" : "plain";
}

function hasRelaxed(): boolean {
  const probe = func("probe", [], [], laneOp("f32x4.extract_lane", [0], madd("relaxed", f32x4(1), f32x4(1), f32x4(1))));
  return WebAssembly.validate(encode({ exports: [probe] }));
}
