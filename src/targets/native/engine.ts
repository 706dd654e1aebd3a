// A memory, kernels in C that are compiled for it, and the driver that runs lists of them on threads.
import { at, fail } from "../../base/invariant.ts";
import type { NativeKernel } from "../../codegen/native/kernel.ts";
import { kernelLibraries, type LibraryText, SHARED_KERNELS, sharedLibraries } from "../../codegen/native/library.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import { Arena, type Engine } from "../../lists/engine.ts";
import { OwnHeap } from "../../lists/heap.ts";
import type { Compiler } from "./compiler.ts";
import { nativeKernels } from "./kernels.ts";
import { openLibraries, type Driver, type Library } from "./library.ts";

export interface NativeOptions {
  /** Threads that divide a program's work, including the calling thread; by default one for each core. */
  readonly threads?: number;
  /** A program with fewer floating-point operations runs on one thread. */
  readonly sharedFrom?: number;
}

const SHARED_FROM = 2e6;

export class NativeEngine implements Engine<NativeKernel> {
  readonly heap = new OwnHeap(false, "native");
  readonly kernels: Kernels<NativeKernel>;
  readonly threads: number;
  /** The driver's threads meet at words of its own. */
  readonly barrier = 0;
  readonly sharedFrom: number;
  /** Bits of a vector. */
  readonly width: number;
  readonly arena = new Arena(this.heap);
  readonly #compiler: Compiler;
  readonly #driver: Driver;
  readonly #numbers = new Map<NativeKernel, number>();
  readonly #lists = new Uint32Array(64);
  #bytes: Uint8Array = new Uint8Array(this.heap.memory.buffer);

  /** Throws a UserError if the compiler reports an error. */
  constructor(compiler: Compiler, options: NativeOptions) {
    this.#compiler = compiler;
    const texts = sharedLibraries();
    const libraries = this.#opened(texts);
    this.#driver = at(libraries, 0, "native").driver();
    this.width = this.#driver.width;
    this.kernels = nativeKernels(this.#driver);
    this.#fill(0, texts, libraries);
    this.threads = this.#driver.start(options.threads ?? process.getBuiltinModule("node:os").availableParallelism());
    this.sharedFrom = options.sharedFrom ?? SHARED_FROM;
  }

  numberOf(kernel: NativeKernel): number {
    if (kernel.kind === "shared") return SHARED_KERNELS.findIndex((name) => name === kernel.name);
    return this.#numbers.get(kernel) ?? fail("native", "a kernel is not compiled");
  }

  add(kernels: Iterable<NativeKernel>): void {
    const fresh = [...new Set(kernels)].flatMap((kernel) =>
      kernel.kind === "generated" && !this.#numbers.has(kernel) ? [kernel] : [],
    );
    if (fresh.length === 0) return;
    const first = SHARED_KERNELS.length + this.#numbers.size;
    const texts = kernelLibraries(fresh);
    this.#fill(first, texts, this.#opened(texts));
    fresh.forEach((kernel, index) => this.#numbers.set(kernel, first + index));
  }

  #opened(texts: readonly LibraryText[]): readonly Library[] {
    return openLibraries(
      texts.map(({ text }) => text),
      this.#compiler,
    );
  }

  /** Puts the kernels of libraries into the table, from `first` on. */
  #fill(first: number, texts: readonly LibraryText[], libraries: readonly Library[]): void {
    let next = first;
    libraries.forEach((library, index) => {
      const { count } = at(texts, index, "native");
      this.#driver.fill(library, next, next + count);
      next += count;
    });
  }

  run(lists: readonly number[]): void {
    this.#lists.set(lists);
    const { buffer } = this.heap.memory;
    // The memory has another buffer when it has grown.
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    this.#driver.run(this.#bytes, this.#lists, lists.length);
  }
}
