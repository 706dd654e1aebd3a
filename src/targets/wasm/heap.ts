// Memory in which tensors, constants, programs and the arena stand: our own, or that of a program around us.
import { UserError } from "../../base/diagnostic.ts";
import { fail } from "../../base/invariant.ts";

const PAGE = 65536;
/** 4 GiB, what addresses of 32 bits reach. */
export const MOST_PAGES = 65536;
const SMALLEST = 64;

export interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** The memory may grow at every allocation: addresses stay right, arrays on it do not. */
export abstract class Heap {
  readonly memory: WebAssembly.Memory;
  readonly isShared: boolean;

  constructor(memory: WebAssembly.Memory, isShared: boolean) {
    this.memory = memory;
    this.isShared = isShared;
  }

  /** Bytes in use. */
  abstract get used(): number;

  abstract allocate(bytes: number): Block;

  abstract release(block: Block): void;

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  integers(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }
}

/** A memory of our own: blocks by powers of two and their halves, kept for reuse. */
export class OwnHeap extends Heap {
  readonly #free = new Map<number, number[]>();
  /** Nothing stands at address 0: kernels take it for "none". */
  #end = 1024;
  #used = 0;

  constructor(isShared: boolean) {
    super(reservedMemory(isShared), isShared);
  }

  get used(): number {
    return this.#used;
  }

  allocate(bytes: number): Block {
    const size = sizeClass(bytes);
    const address = this.#free.get(size)?.pop() ?? this.#extend(size);
    this.#used += size;
    return { address, bytes: size };
  }

  release({ address, bytes }: Block): void {
    const list = this.#free.get(bytes) ?? [];
    list.push(address);
    this.#free.set(bytes, list);
    this.#used -= bytes;
  }

  /** Throws a UserError where the system gives no more. */
  #grow(pages: number): void {
    try {
      this.memory.grow(pages);
    } catch (problem) {
      if (!(problem instanceof RangeError)) throw problem;
      const megabytes = Math.ceil((pages * PAGE) / 1e6);
      throw new UserError(
        `there is no memory for ${megabytes} MB more: take fewer examples or steps at a time, or smaller sizes`,
      );
    }
  }

  #extend(size: number): number {
    const address = this.#end;
    const missing = Math.ceil((address + size) / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (address + size > MOST_PAGES * PAGE)
      throw new UserError(
        `this needs more than 4 GiB, which is all that the target \`wasm\` can address: take fewer examples or steps at a time, or smaller sizes`,
      );
    if (missing > 0) this.#grow(missing);
    this.#end += size;
    return address;
  }
}

/** Throws a UserError where the process may not reserve what the engine asks the system for: 4 GiB of addresses, and a guard. */
function reservedMemory(isShared: boolean): WebAssembly.Memory {
  const pages = { initial: 16, maximum: MOST_PAGES };
  try {
    return new WebAssembly.Memory(isShared ? { ...pages, shared: true } : pages);
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    throw new UserError(
      "the memory of this process does not allow the target `wasm`, which reserves 4 GiB of addresses or more: raise the limit (`ulimit -v unlimited`), or take the target `tfjs-cpu`",
    );
  }
}

/** How a program around us gives out parts of its memory; 0 says that there is none left. */
export interface Allocator {
  readonly malloc: (bytes: number) => number;
  readonly free: (address: number) => void;
}

/** What vectors and lines of the cache need; an allocator in C promises less. */
const ALIGNMENT = 64;

/** The memory of a program around us, in which its allocator gives us room. */
export class GuestHeap extends Heap {
  readonly #allocator: Allocator;
  /** What the allocator gave, by the aligned address within. */
  readonly #given = new Map<number, number>();
  #used = 0;

  constructor(memory: WebAssembly.Memory, allocator: Allocator) {
    super(memory, typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer);
    this.#allocator = allocator;
  }

  get used(): number {
    return this.#used;
  }

  allocate(bytes: number): Block {
    const given = this.#allocator.malloc(bytes + ALIGNMENT) >>> 0;
    if (given === 0) throw new UserError(`the memory has no room for ${bytes} bytes more`);
    const address = Math.ceil(given / ALIGNMENT) * ALIGNMENT;
    this.#given.set(address, given);
    this.#used += bytes;
    return { address, bytes };
  }

  release({ address, bytes }: Block): void {
    const given = this.#given.get(address) ?? fail("wasm", `nothing was allocated at ${address}`);
    this.#given.delete(address);
    this.#allocator.free(given);
    this.#used -= bytes;
  }
}

/** The next of 64, 96, 128, 192, … that holds so many bytes. */
function sizeClass(bytes: number): number {
  const power = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(Math.max(1, bytes))));
  const between = (power / 4) * 3;
  return bytes <= between && between >= SMALLEST && between % 16 === 0 ? between : power;
}
