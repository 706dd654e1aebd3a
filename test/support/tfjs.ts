// What the tests of models inside tfjs share: backends, tensors of arrays, and a count of what tfjs' wasm allocator has given out.
import * as tf from "@tensorflow/tfjs";
import { expect } from "vitest";
import type { NumberArray } from "../../src/index.ts";
import { openDevice } from "../../src/targets/tfjs/device.ts";
import { HAS_WEBGPU } from "./swiftshader.ts";

export const BACKENDS = ["wasm", "cpu", ...(HAS_WEBGPU ? (["webgpu"] as const) : [])] as const;
export type Backend = (typeof BACKENDS)[number];

/** Makes a backend the current one of the program, which is the test. */
export async function use(backend: Backend): Promise<void> {
  await openDevice(backend);
  await tf.setBackend(backend);
}

export function tensorOf({ shape, data }: NumberArray): tf.Tensor {
  return tf.tensor(Float32Array.from(data), [...shape], "float32");
}

export function tokensOf({ shape, data }: NumberArray): tf.Tensor {
  return tf.tensor(Int32Array.from(data), [...shape], "int32");
}

export async function arrayOf(tensor: tf.Tensor | undefined): Promise<NumberArray> {
  if (tensor === undefined) return expect.fail("there is no such tensor");
  return { shape: [...tensor.shape], data: Float32Array.from(await tensor.data()) };
}

interface Allocations {
  /** Sizes of what is given out, by address. */
  readonly out: Map<number, number>;
  readonly stop: () => void;
}

/** Watches tfjs' allocator from now on. The wasm backend is the current one. */
export function watchAllocator(): Allocations {
  const { wasm }: { wasm: { _malloc: (bytes: number) => number; _free: (address: number) => void } } = Object(
    tf.backend(),
  );
  const { _malloc: malloc, _free: free } = wasm;
  const out = new Map<number, number>();
  wasm._malloc = (bytes) => {
    const address = malloc(bytes);
    out.set(address, bytes);
    return address;
  };
  wasm._free = (address) => {
    out.delete(address);
    free(address);
  };
  return { out, stop: () => Object.assign(wasm, { _malloc: malloc, _free: free }) };
}

/** tfjs' memory, in words. */
export function wordsOfMemory(): Int32Array {
  const { wasm }: { wasm: { HEAPU8: Uint8Array } } = Object(tf.backend());
  return new Int32Array(wasm.HEAPU8.buffer);
}

export function addressOf(tensor: tf.Tensor): number {
  const { dataIdMap }: { dataIdMap: { get(id: object): { memoryOffset: number } } } = Object(tf.backend());
  return dataIdMap.get(tensor.dataId).memoryOffset;
}
