// The tfjs target: graphs as kernels of one of tfjs' backends, float32. Both backends may be open in one process.
import { UserError } from "../../base/diagnostic.ts";
import { countOf } from "../../ops/nd.ts";
import type { HostArray, Target } from "../target.ts";
import { openDevice, type BackendName, type Device, type Tensor } from "./device.ts";
import { compileFor } from "./executable.ts";

export async function tfjsTarget(backend: BackendName): Promise<Target<Tensor>> {
  const device = await openDevice(backend);
  return {
    name: `tfjs-${backend}`,
    upload: (array) => upload(device, array),
    download: async (tensor) => {
      const data = await tensor.data();
      const shape = [...tensor.shape];
      if (data instanceof Int32Array) return { dtype: "int", shape, data: data.slice() };
      return { dtype: "float", shape, data: Float32Array.from(data) };
    },
    shape: ({ shape }) => shape,
    dispose: (tensor) => tensor.dispose(),
    compile: (graph) => compileFor(device, graph),
  };
}

function upload(device: Device, { dtype, shape, data }: HostArray): Tensor {
  if (countOf(shape) !== data.length) throw new UserError(`${data.length} numbers for the shape [${shape.join(", ")}]`);
  const kind = dtype === "int" ? "int32" : "float32";
  const values = kind === "int32" ? Int32Array.from(data) : Float32Array.from(data);
  return device.toTensor({ dataId: device.backend.write(values, [...shape], kind), shape: [...shape], dtype: kind });
}
