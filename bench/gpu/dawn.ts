// Dawn as the WebGPU of this process, with time stamps to the nanosecond, and tfjs' backend on it. tfjs looks for WebGPU when its
// backend is imported, so the import comes last. Bundlers find both packages here by their names.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { create, globals } from "webgpu";
import { isWebgpu } from "../../src/targets/tfjs/fused/gpu.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import type { Target } from "../../src/targets/target.ts";
import type { GpuValue } from "../../src/targets/tfjs/fused/values.ts";
import type { Tensor } from "../../src/targets/tfjs/device.ts";

export interface Gpus {
  readonly fused: Target<GpuValue>;
  /** Fused, with no loop in slices. */
  readonly whole: Target<GpuValue>;
  /** tfjs' kernels one by one. */
  readonly ops: Target<Tensor>;
  readonly backend: WebGPUBackend;
  /** The vendor and name of the device: `nvidia hopper …`, `google swiftshader …`. */
  readonly adapter: string;
  readonly isSoftware: boolean;
}

/** Throws an Error if there is no device. */
export async function openGpu(): Promise<Gpus> {
  Object.assign(globalThis, globals);
  if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: {} });
  const gpu = create(["disable-dawn-features=timestamp_quantization"]);
  Object.defineProperty(Reflect.get(globalThis, "navigator"), "gpu", { value: gpu, configurable: true });
  // The same choice as tfjs makes.
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw new Error("no GPU was found: WebGPU has no adapter on this machine");
  await import("@tensorflow/tfjs-backend-webgpu");
  const [fused, whole] = [await webgpuTarget(), await webgpuTarget({ slices: "off" })];
  const ops = await tfjsTarget("webgpu");
  const module = await import("@tensorflow/tfjs");
  const backend = (module.default ?? module).findBackend("webgpu");
  if (!isWebgpu(backend)) throw new Error("tfjs' backend `webgpu` is not the expected one");
  const { vendor, architecture, device, description } = adapter.info;
  return {
    fused,
    whole,
    ops,
    backend,
    adapter: [...new Set([vendor, architecture, device, description])].filter((word) => word !== "").join(", "),
    isSoftware: `${architecture} ${description} ${device}`.toLowerCase().includes("swiftshader"),
  };
}
