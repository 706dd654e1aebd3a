// A tensor in an engine's memory: a block of it.
import { countOf } from "../ops/nd.ts";
import type { Heap } from "./heap.ts";
import { BYTES, type Kind } from "../kernel/view.ts";

export interface BlockTensor {
  readonly kind: Kind;
  readonly shape: readonly number[];
  readonly address: number;
  /** Releases the memory. A second call does nothing. */
  readonly dispose: () => void;
}

/** Allocates a tensor. Its content is undefined. */
export function tensorOf(heap: Heap, kind: Kind, shape: readonly number[]): BlockTensor {
  const block = heap.allocate(BYTES * countOf(shape));
  let isAllocated = true;
  return {
    kind,
    shape,
    address: block.address,
    dispose: () => {
      if (isAllocated) heap.release(block);
      isAllocated = false;
    },
  };
}
