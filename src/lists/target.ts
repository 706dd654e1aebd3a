// A target whose tensors are blocks of an engine's memory, float32.
import { countOf } from "../ops/nd.ts";
import { checkCount } from "../targets/inputs.ts";
import type { HostArray, Target } from "../targets/target.ts";
import type { Engine } from "./engine.ts";
import { compileFor } from "./executable.ts";
import { tensorOf, type BlockTensor } from "./tensor.ts";

export interface EngineTarget extends Target<BlockTensor> {
  /** Bytes in use by tensors, programs and temporaries, of all graphs that share the engine. */
  readonly used: () => number;
}

export function targetOf<K>(name: string, engine: Engine<K>): EngineTarget {
  const { heap } = engine;
  const downloadNow = ({ kind, shape, address }: BlockTensor): HostArray => {
    const count = countOf(shape);
    return kind === "int32"
      ? { dtype: "int", shape, data: heap.integers(address, count).slice() }
      : { dtype: "float", shape, data: heap.floats(address, count).slice() };
  };
  return {
    name,
    used: () => heap.used,
    upload: (array) => {
      checkCount(array);
      const { dtype, shape, data } = array;
      const tensor = tensorOf(heap, dtype === "int" ? "int32" : "float32", shape);
      const { address } = tensor;
      (dtype === "int" ? heap.integers(address, data.length) : heap.floats(address, data.length)).set(data);
      return tensor;
    },
    download: async (tensor) => downloadNow(tensor),
    downloadNow,
    shape: ({ shape }) => shape,
    dispose: (tensor) => tensor.dispose(),
    compile: (graph) => compileFor(engine, graph, (kind, shape) => tensorOf(heap, kind, shape)),
  };
}
