// The tfjs target: graphs as kernels of one of tfjs' backends, float32. Several backends may be open in one process.
import type { SliceLimits } from "../../codegen/wgsl/slices.ts";
import { checkCount } from "../inputs.ts";
import type { HostArray, Target } from "../target.ts";
import type { BackendName } from "./module.ts";
import { openDevice, type Device, type Tensor } from "./device.ts";
import { compileFor } from "./executable.ts";
import { compileFused } from "./fused/executable.ts";
import { gpuOf, isWebgpu } from "./fused/gpu.ts";
import { NO_SLICES, slicingOn } from "./fused/slicing.ts";

export interface TfjsOptions {
  /** On WebGPU: whether groups and loops run as our own kernels (the default), or tfjs' kernels run one by one. */
  readonly fused?: boolean;
  /** Loops in slices: `auto` (the default) where the probe allows them, or with these limits on any device, for tests. */
  readonly slices?: "auto" | "off" | SliceLimits;
}

export async function tfjsTarget(
  backend: BackendName,
  { fused = true, slices = "auto" }: TfjsOptions = {},
): Promise<Target<Tensor>> {
  const device = await openDevice(backend);
  const gpu = fused && isWebgpu(device.backend) ? gpuOf(device.backend) : null;
  const slicing = gpu === null ? NO_SLICES : await slicingOn(gpu, slices);
  return {
    name: `tfjs-${backend}`,
    upload: (array) => upload(device, array),
    download: async (tensor) => hostArray(tensor, await tensor.data<"float32">()),
    downloadNow: device.readsNow ? (tensor) => hostArray(tensor, tensor.dataSync<"float32">()) : null,
    shape: ({ shape }) => shape,
    dispose: (tensor) => tensor.dispose(),
    compile: (graph) => (gpu === null ? compileFor(device, graph) : compileFused(gpu, device, graph, slicing)),
  };
}

function upload(device: Device, array: HostArray): Tensor {
  checkCount(array);
  const { dtype, shape, data } = array;
  const kind = dtype === "int" ? "int32" : "float32";
  const values = kind === "int32" ? Int32Array.from(data) : Float32Array.from(data);
  return device.toTensor({ dataId: device.backend.write(values, [...shape], kind), shape: [...shape], dtype: kind });
}

function hostArray({ shape }: Tensor, data: Float32Array | Int32Array | Uint8Array): HostArray {
  if (data instanceof Int32Array) return { dtype: "int", shape: [...shape], data: data.slice() };
  return { dtype: "float", shape: [...shape], data: Float32Array.from(data) };
}
