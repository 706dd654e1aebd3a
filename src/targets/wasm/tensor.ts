// A tensor of the wasm target: a block of its memory.
import { countOf } from "../../ops/nd.ts";
import type { Heap } from "./heap.ts";
import { BYTES, type Kind } from "../../kernel/view.ts";

export interface WasmTensor {
  readonly kind: Kind;
  readonly shape: readonly number[];
  readonly address: number;
  /** Once; its memory is used for others after that. */
  readonly dispose: () => void;
}

/** A tensor with any content. */
export function tensorOf(heap: Heap, kind: Kind, shape: readonly number[]): WasmTensor {
  const block = heap.allocate(BYTES * countOf(shape));
  let isThere = true;
  return {
    kind,
    shape,
    address: block.address,
    dispose: () => {
      if (isThere) heap.release(block);
      isThere = false;
    },
  };
}
