// The wasm target: graphs as programs of generated kernels, float32, on memory of their own.
import { countOf } from "../../ops/nd.ts";
import { checkCount } from "../inputs.ts";
import type { HostArray, Target } from "../target.ts";
import { Engine, type EngineOptions } from "./engine.ts";
import { compileFor } from "./executable.ts";
import type { WasmTensor } from "./tensor.ts";
import { tensorOf } from "./tensor.ts";

/** Engines by their options: one memory and one set of workers serves all that is compiled in a process. */
const engines = new Map<string, Promise<Engine>>();

function engineFor(options: EngineOptions): Promise<Engine> {
  const key = JSON.stringify(options);
  const known = engines.get(key);
  if (known !== undefined) return known;
  const engine = Engine.open(options);
  engines.set(key, engine);
  // What fails for lack of memory may succeed later.
  engine.catch(() => engines.delete(key));
  return engine;
}

export interface WasmTarget extends Target<WasmTensor> {
  /** Bytes of tensors, programs and temporaries that are in use, of all that share the engine. */
  readonly used: () => number;
}

/** Without options: the best instructions that this engine has, and a thread for each core. */
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
