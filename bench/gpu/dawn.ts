// Dawn as the WebGPU of this process, with time stamps to the nanosecond, and tfjs' backend on it. tfjs looks for WebGPU when its
// backend is imported, so the import comes last. Bundlers find both packages here by their names.
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { create, globals } from "webgpu";
import { isWebgpu } from "../../src/targets/tfjs/fused/gpu.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import type { Target } from "../../src/targets/target.ts";
import type { Tensor } from "../../src/targets/tfjs/device.ts";

export interface Gpus {
  readonly fused: Target<Tensor>;
  /** tfjs' kernels one by one. */
  readonly ops: Target<Tensor>;
  readonly backend: WebGPUBackend;
  /** Who made the device, and what it is called: `nvidia hopper …`, `google swiftshader …`. */
  readonly adapter: string;
  readonly isSoftware: boolean;
}

/** Throws a UserError where there is no device. */
export async function openGpu(): Promise<Gpus> {
  Object.assign(globalThis, globals);
  if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: {} });
  const gpu = create(["disable-dawn-features=timestamp_quantization"]);
  Object.defineProperty(Reflect.get(globalThis, "navigator"), "gpu", { value: gpu, configurable: true });
  // Chosen as tfjs chooses.
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw new Error("no GPU was found: WebGPU has no adapter on this machine");
  await import("@tensorflow/tfjs-backend-webgpu");
  const [fused, ops] = [await tfjsTarget("webgpu"), await tfjsTarget("webgpu", { fused: false })];
  const module = await import("@tensorflow/tfjs");
  const backend = (module.default ?? module).findBackend("webgpu");
  if (!isWebgpu(backend)) throw new Error("tfjs' backend webgpu is not the one that is meant");
  const { vendor, architecture, device, description } = adapter.info;
  return {
    fused,
    ops,
    backend,
    adapter: [...new Set([vendor, architecture, device, description])].filter((word) => word !== "").join(", "),
    isSoftware: `${architecture} ${description} ${device}`.toLowerCase().includes("swiftshader"),
  };
}
