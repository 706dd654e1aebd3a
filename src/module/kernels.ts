// The WebAssembly of a module: its kernels, which are numbered as its lists call them, and the driver that walks the lists.
import { fail } from "../base/invariant.ts";
import { driver } from "../codegen/wasm/driver.ts";
import { encode } from "../codegen/wasm/encode.ts";
import type { Func } from "../codegen/wasm/tree.ts";
import type { PairedKernel } from "./paired-kernels.ts";
import { moduleOf } from "../targets/wasm/engine.ts";

/** Numbers kernels from 1 in the order in which they are first met. */
export class KernelNumbers {
  readonly #numbers = new Map<PairedKernel, number>();

  readonly numberOf = (kernel: PairedKernel): number => {
    const number = this.#numbers.get(kernel) ?? this.#numbers.size + 1;
    this.#numbers.set(kernel, number);
    return number;
  };

  get kernels(): readonly PairedKernel[] {
    return [...this.#numbers.keys()];
  }
}

/** Kernels are named by their numbers: their own names tell what else this process has compiled. */
export function encodedKernels(kernels: readonly Func[]): Uint8Array {
  const exports = [...kernels, driver("alone")].map((kernel, index) => ({ ...kernel, name: `k${index + 1}` }));
  return withoutNames(encode(moduleOf(exports, false)));
}

/** Without the last section, which has the names of functions. */
function withoutNames(bytes: Uint8Array): Uint8Array {
  for (let at = 8; at < bytes.length;) {
    if (bytes[at] === 0) return bytes.subarray(0, at);
    let size = 0;
    let next = at + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[next++] ?? fail("module", "a section without a size");
      size += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    at = next + size;
  }
  return bytes;
}
