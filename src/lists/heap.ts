// The memory of tensors, constants, programs and the arena: our own, or that of a host program.
import { UserError } from "../base/diagnostic.ts";
import { fail } from "../base/invariant.ts";
import { ALIGNMENT, aligned } from "../kernel/first-fit.ts";

const PAGE = 65536;
/** 4 GiB, the limit of addresses of 32 bits. */
export const MOST_PAGES = 65536;
const SMALLEST = 64;

export interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** The memory may grow at every allocation. Addresses remain valid then, but typed arrays on the memory do not. */
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

/** Our own memory. The sizes of blocks are powers of two and 1.5 times those, and free blocks are reused. */
export class OwnHeap extends Heap {
  readonly #free = new Map<number, number[]>();
  /** Address 0 is never allocated: it means "none" for kernels. */
  #end = 1024;
  readonly #target: string;
  #used = 0;

  /** `target` is the one that errors name. */
  constructor(isShared: boolean, target = "wasm") {
    super(reservedMemory(isShared, target), isShared);
    this.#target = target;
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
    const list = this.#free.get(bytes);
    if (list === undefined) this.#free.set(bytes, [address]);
    else list.push(address);
    this.#used -= bytes;
  }

  /** Throws a UserError if the system has no more memory. */
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
        `this needs more than 4 GiB, which is all that the target \`${this.#target}\` can address: take fewer examples or steps at a time, or smaller sizes`,
      );
    if (missing > 0) this.#grow(missing);
    this.#end += size;
    return address;
  }
}

/** Throws a UserError if the process may not reserve the addresses that WebAssembly needs: 4 GiB and a guard region. */
function reservedMemory(isShared: boolean, target: string): WebAssembly.Memory {
  const pages = { initial: 16, maximum: MOST_PAGES };
  try {
    return new WebAssembly.Memory(isShared ? { ...pages, shared: true } : pages);
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    throw new UserError(
      `the memory of this process does not allow the target \`${target}\`, which reserves 4 GiB of addresses or more: raise the limit (\`ulimit -v unlimited\`), or take the target \`tfjs-cpu\``,
    );
  }
}

/** The allocator of a host program. `malloc` returns 0 if there is no memory left. */
export interface Allocator {
  readonly malloc: (bytes: number) => number;
  readonly free: (address: number) => void;
}

/** The memory of a host program. Blocks come from its allocator, which guarantees less than lines of the cache. */
export class GuestHeap extends Heap {
  readonly #allocator: Allocator;
  /** The addresses that the allocator returned, by the aligned addresses within. */
  readonly #unaligned = new Map<number, number>();
  #used = 0;

  constructor(memory: WebAssembly.Memory, allocator: Allocator) {
    super(memory, typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer);
    this.#allocator = allocator;
  }

  get used(): number {
    return this.#used;
  }

  allocate(bytes: number): Block {
    const unaligned = this.#allocator.malloc(bytes + ALIGNMENT) >>> 0;
    if (unaligned === 0) throw new UserError(`the memory has no room for ${bytes} bytes more`);
    const address = aligned(unaligned);
    this.#unaligned.set(address, unaligned);
    this.#used += bytes;
    return { address, bytes };
  }

  release({ address, bytes }: Block): void {
    const unaligned = this.#unaligned.get(address) ?? fail("lists", `nothing was allocated at ${address}`);
    this.#unaligned.delete(address);
    this.#allocator.free(unaligned);
    this.#used -= bytes;
  }
}

/** The least of 64, 128, 192, 256, 384, … that is not below `bytes`: all blocks begin at lines of the cache. */
function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST;
  // From the number of bits, and up to 1 GiB by a shift: logarithms and powers were 5 % of the time of a small step.
  const power = bytes <= 2 ** 30 ? 1 << (32 - Math.clz32(bytes - 1)) : 2 ** Math.ceil(Math.log2(bytes));
  const between = (power / 4) * 3;
  return bytes <= between && between % ALIGNMENT === 0 ? between : power;
}
