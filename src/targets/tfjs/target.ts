// The tfjs target: graphs as kernels of one of tfjs' backends, float32. Several backends may be open in one process.
import { checkCount } from "../inputs.ts";
import type { HostArray, Target } from "../target.ts";
import type { BackendName } from "./module.ts";
import { openDevice, type Device, type Tensor } from "./device.ts";
import { compileFor } from "./executable.ts";

/** On WebGPU too, tfjs' kernels run one by one. The target tfjs-webgpu runs kernels of our own (`fused/target.ts`). */
export async function tfjsTarget(backend: BackendName): Promise<Target<Tensor>> {
  const device = await openDevice(backend);
  return {
    name: `tfjs-${backend}`,
    upload: (array) => upload(device, array),
    download: async (tensor) => hostArray(tensor, await tensor.data<"float32">()),
    downloadNow: device.readsNow ? (tensor) => hostArray(tensor, tensor.dataSync<"float32">()) : null,
    shape: ({ shape }) => shape,
    dispose: (tensor) => tensor.dispose(),
    compile: (graph) => compileFor(device, graph),
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
