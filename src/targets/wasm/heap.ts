// Memory in which tensors, constants, programs and the arena stand: blocks by powers of two and their halves, kept for reuse.
import { fail } from "../../base/invariant.ts";

const PAGE = 65536;
/** 4 GiB, what addresses of 32 bits reach. */
export const MOST_PAGES = 65536;
const SMALLEST = 64;

export interface Block {
  readonly address: number;
  readonly bytes: number;
}

export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly isShared: boolean;
  readonly #free = new Map<number, number[]>();
  /** Nothing stands at address 0: kernels take it for "none". */
  #end = 1024;
  #used = 0;

  constructor(isShared: boolean) {
    this.isShared = isShared;
    this.memory = new WebAssembly.Memory(
      isShared ? { initial: 16, maximum: MOST_PAGES, shared: true } : { initial: 16, maximum: MOST_PAGES },
    );
  }

  /** Bytes in use. */
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

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  integers(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count);
  }

  #extend(size: number): number {
    const address = this.#end;
    const missing = Math.ceil((address + size) / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (address + size > MOST_PAGES * PAGE) fail("wasm", "the program needs more than 4 GiB");
    if (missing > 0) this.memory.grow(missing);
    this.#end += size;
    return address;
  }
}

/** The next of 64, 96, 128, 192, … that holds so many bytes. */
function sizeClass(bytes: number): number {
  const power = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(Math.max(1, bytes))));
  const between = (power / 4) * 3;
  return bytes <= between && between >= SMALLEST && between % 16 === 0 ? between : power;
}
