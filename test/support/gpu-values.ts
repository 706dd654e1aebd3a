// What fused programs hold on the device of tfjs' WebGPU backend.
import * as tfjs from "@tensorflow/tfjs";
import { type Gpu, gpuOf, isWebgpu } from "../../src/targets/tfjs/fused/gpu.ts";

/** Throws an Error unless the backend is open. */
export function gpuHere(): Gpu {
  const backend = tfjs.findBackend("webgpu");
  if (!isWebgpu(backend)) throw new Error("no WebGPU");
  return gpuOf(backend);
}

/** The number of values, and of elements that they take. */
export function heldOnGpu(): readonly number[] {
  const { values, memory } = gpuHere();
  return [values.count, memory.taken];
}
