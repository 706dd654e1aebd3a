// The wasm target: graphs as programs of generated kernels, float32, on memory of their own.
import { UserError } from "../../base/diagnostic.ts";
import { countOf } from "../../ops/nd.ts";
import type { HostArray, Target } from "../target.ts";
import { Engine, simdHere } from "./engine.ts";
import { compileFor } from "./executable.ts";
import type { WasmTensor } from "./tensor.ts";
import { tensorOf } from "./tensor.ts";

export async function wasmTarget(): Promise<Target<WasmTensor>> {
  const engine = new Engine(await simdHere());
  const { heap } = engine;
  const downloadNow = ({ kind, shape, address }: WasmTensor): HostArray => {
    const count = countOf(shape);
    return kind === "int32"
      ? { dtype: "int", shape, data: heap.integers(address, count).slice() }
      : { dtype: "float", shape, data: heap.floats(address, count).slice() };
  };
  return {
    name: "wasm",
    upload: ({ dtype, shape, data }) => {
      if (countOf(shape) !== data.length)
        throw new UserError(`${data.length} numbers for the shape [${shape.join(", ")}]`);
      const tensor = tensorOf(heap, dtype === "int" ? "int32" : "float32", shape);
      const { address } = tensor;
      (dtype === "int" ? heap.integers(address, data.length) : heap.floats(address, data.length)).set(data);
      return tensor;
    },
    download: async (tensor) => downloadNow(tensor),
    downloadNow,
    shape: ({ shape }) => shape,
    dispose: (tensor) => tensor.dispose(),
    compile: (graph) => compileFor(engine, graph),
  };
}
