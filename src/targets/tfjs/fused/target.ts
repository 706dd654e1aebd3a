// The target tfjs-webgpu: groups and loops as kernels of our own, on the device of tfjs' WebGPU backend, float32.
import type { SliceLimits } from "../../../codegen/wgsl/slices.ts";
import { fail } from "../../../base/invariant.ts";
import { checkCount } from "../../inputs.ts";
import type { Target } from "../../target.ts";
import { openDevice } from "../device.ts";
import { compileFused } from "./executable.ts";
import { gpuOf, isWebgpu } from "./gpu.ts";
import { slicingOn } from "./slicing.ts";
import type { GpuValue } from "./values.ts";

export interface WebgpuOptions {
  /** Loops in slices: `auto` (the default) where the probe allows them, or with these limits on any device, for tests. */
  readonly slices?: "auto" | "off" | SliceLimits;
}

/** tfjs' own kernels run one by one instead on `tfjsTarget("webgpu")`, for comparison. */
export async function webgpuTarget({ slices = "auto" }: WebgpuOptions = {}): Promise<Target<GpuValue>> {
  const { backend } = await openDevice("webgpu");
  const gpu = isWebgpu(backend) ? gpuOf(backend) : fail("webgpu", "tfjs' backend is not the expected one");
  const slicing = await slicingOn(gpu, slices);
  const { values } = gpu;
  return {
    name: "tfjs-webgpu",
    upload: (array) => {
      checkCount(array);
      return values.upload(array.dtype === "int" ? "int32" : "float32", array.shape, array.data);
    },
    download: async (value) => {
      const data = await values.read(value);
      return { dtype: data instanceof Int32Array ? "int" : "float", shape: value.shape, data };
    },
    downloadNow: null,
    shape: ({ shape }) => shape,
    dispose: (value) => values.dispose(value),
    compile: (graph) => compileFused(gpu, graph, slicing),
  };
}
