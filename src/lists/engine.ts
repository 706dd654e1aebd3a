// What programs of lists need of a target: a memory, kernels, and threads that walk lists.
import type { Kernels } from "../kernel/kernels.ts";
import type { Heap } from "./heap.ts";

/** `K` is the type of its kernels. */
export interface Engine<K> {
  readonly heap: Heap;
  readonly kernels: Kernels<K>;
  /** The number of threads that divide the work. */
  readonly threads: number;
  /** The address of the words at which threads meet. */
  readonly barrier: number;
  /** A program with fewer floating-point operations runs on one thread: waking the others would take longer than they save. */
  readonly sharedFrom: number;
  readonly arena: Arena;
  /** Compiles the kernels that are new. */
  add(kernels: Iterable<K>): void;
  /** The number by which lists call a kernel. */
  numberOf(kernel: K): number;
  /** Runs the lists at these addresses, one on each thread. A single list runs on the calling thread. */
  run(lists: readonly number[]): void;
}

/** The temporaries that all programs of an engine share, because they run one after the other. */
export class Arena {
  readonly #heap: Heap;
  #block: ReturnType<Heap["allocate"]> | undefined;
  #programs = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** The address of at least so many bytes. */
  atLeast(bytes: number): number {
    if (this.#block === undefined || bytes > this.#block.bytes) {
      this.#release();
      this.#block = this.#heap.allocate(Math.max(64, bytes));
    }
    return this.#block.address;
  }

  /** Counts a new program. */
  enter(): void {
    this.#programs += 1;
  }

  /** Counts a released program. The memory is released with the last one. */
  leave(): void {
    this.#programs -= 1;
    if (this.#programs === 0) this.#release();
  }

  #release(): void {
    if (this.#block !== undefined) this.#heap.release(this.#block);
    this.#block = undefined;
  }
}
