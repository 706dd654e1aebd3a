// The wasm target: graphs as programs of generated kernels, float32, in their own memory.
import { countOf } from "../../ops/nd.ts";
import { checkCount } from "../inputs.ts";
import type { HostArray, Target } from "../target.ts";
import { Engine, type EngineOptions } from "./engine.ts";
import { compileFor } from "./executable.ts";
import type { WasmTensor } from "./tensor.ts";
import { tensorOf } from "./tensor.ts";

/** Engines by their options. All graphs of a process with the same options share one memory and one set of workers. */
const engines = new Map<string, Promise<Engine>>();

function engineFor(options: EngineOptions): Promise<Engine> {
  const key = JSON.stringify(options);
  const existing = engines.get(key);
  if (existing !== undefined) return existing;
  const engine = Engine.open(options);
  engines.set(key, engine);
  // An engine that cannot open for lack of memory may open later.
  engine.catch(() => engines.delete(key));
  return engine;
}

export interface WasmTarget extends Target<WasmTensor> {
  /** Bytes in use by tensors, programs and temporaries, of all graphs that share the engine. */
  readonly used: () => number;
}

/** The default options are the best instructions that WebAssembly has here, and a thread for each core. */
export async function wasmTarget(options: EngineOptions = {}): Promise<WasmTarget> {
  const engine = await engineFor(options);
  const { heap } = engine;
  const downloadNow = ({ kind, shape, address }: WasmTensor): HostArray => {
    const count = countOf(shape);
    return kind === "int32"
      ? { dtype: "int", shape, data: heap.integers(address, count).slice() }
      : { dtype: "float", shape, data: heap.floats(address, count).slice() };
  };
  return {
    name: "wasm",
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
