// One WebAssembly memory, the kernels that were compiled for it, and the driver that runs programs of them.
import { fail } from "../../base/invariant.ts";
import { driver } from "../../codegen/wasm/driver.ts";
import { encode } from "../../codegen/wasm/encode.ts";
import { madd, type Simd } from "../../codegen/wasm/simd.ts";
import { f32x4, func, type Func, laneOp, type Memory, type Module, type Table } from "../../codegen/wasm/tree.ts";
import { erf } from "../../scalar/erf.ts";
import { Heap, type Block } from "./heap.ts";

/** What kernels ask the host for, in float64. */
export const HOST = { sin: Math.sin, cos: Math.cos, erf, pow: Math.pow } as const;

const TABLE: Table = { module: "env", name: "table", minimum: 1 };

export class Engine {
  readonly heap: Heap;
  readonly simd: Simd;
  readonly #table = new WebAssembly.Table({ element: "anyfunc", initial: 64 });
  readonly #numbers = new Map<Func, number>();
  readonly #run: WebAssembly.Exported;
  #arena: Block;
  /** Counts how often the arena moved. */
  #generation = 0;

  constructor(simd: Simd) {
    this.simd = simd;
    this.heap = new Heap(false);
    this.#arena = this.heap.allocate(64);
    const run = driver("alone");
    this.#run = this.#instance([run]).exports[run.name] ?? fail("wasm", "no driver");
  }

  get generation(): number {
    return this.#generation;
  }

  /** A kernel's place in the table. */
  numberOf(kernel: Func): number {
    return this.#numbers.get(kernel) ?? fail("wasm", `the kernel ${kernel.name} is not compiled`);
  }

  /** Compiles those kernels that are new, as one module. */
  add(kernels: Iterable<Func>): void {
    const fresh = [...new Set(kernels)].filter((kernel) => !this.#numbers.has(kernel));
    if (fresh.length === 0) return;
    const { exports } = this.#instance(fresh);
    const first = this.#numbers.size + 1;
    if (first + fresh.length > this.#table.length) this.#table.grow(first + 2 * fresh.length);
    fresh.forEach((kernel, index) => {
      this.#table.set(first + index, exports[kernel.name] ?? fail("wasm", `no ${kernel.name}`));
      this.#numbers.set(kernel, first + index);
    });
  }

  /** The address of room for temporaries, which all programs share: they run one after the other. */
  arena(bytes: number): number {
    if (bytes > this.#arena.bytes) {
      this.heap.release(this.#arena);
      this.#arena = this.heap.allocate(bytes);
      this.#generation += 1;
    }
    return this.#arena.address;
  }

  /** Runs the entries at an address. */
  run(address: number): void {
    this.#run(address);
  }

  #instance(exports: readonly Func[]): WebAssembly.Instance {
    const module = new WebAssembly.Module(encode(moduleOf(exports, this.heap.isShared)));
    return new WebAssembly.Instance(module, { env: { memory: this.heap.memory, table: this.#table, ...HOST } });
  }
}

/** A module of kernels that works on the engine's memory. */
export function moduleOf(exports: readonly Func[], isShared: boolean): Module {
  const memory: Memory = { module: "env", name: "memory", minimum: 16, maximum: 65536, shared: isShared };
  return { memory, table: TABLE, exports };
}

/** Relaxed SIMD where the engine has it. Node 20 has it behind a flag, which may be set before the first module is made. */
export async function simdHere(): Promise<Simd> {
  if (hasRelaxed()) return "relaxed";
  if (typeof process === "object" && process.versions?.node !== undefined) {
    const { setFlagsFromString } = await import("node:v8");
    setFlagsFromString("--experimental-wasm-relaxed-simd");
  }
  return hasRelaxed() ? "relaxed" : "plain";
}

function hasRelaxed(): boolean {
  const probe = func("probe", [], [], laneOp("f32x4.extract_lane", [0], madd("relaxed", f32x4(1), f32x4(1), f32x4(1))));
  return WebAssembly.validate(encode({ exports: [probe] }));
}
