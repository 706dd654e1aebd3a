// A tensor of the wasm target: a block of the memory.
import { countOf } from "../../ops/nd.ts";
import type { Heap } from "./heap.ts";
import { BYTES, type Kind } from "../../kernel/view.ts";

export interface WasmTensor {
  readonly kind: Kind;
  readonly shape: readonly number[];
  readonly address: number;
  /** Releases the memory. A second call does nothing. */
  readonly dispose: () => void;
}

/** Allocates a tensor. Its content is undefined. */
export function tensorOf(heap: Heap, kind: Kind, shape: readonly number[]): WasmTensor {
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
