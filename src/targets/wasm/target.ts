// The wasm target: graphs as programs of generated kernels, float32, in their own memory.
import { targetOf, type EngineTarget } from "../../lists/target.ts";
import { WasmEngine, type EngineOptions } from "./engine.ts";

/** Engines by their options. All graphs of a process with the same options share one memory and one set of workers. */
const engines = new Map<string, Promise<WasmEngine>>();

function engineFor(options: EngineOptions): Promise<WasmEngine> {
  const key = JSON.stringify(options);
  const existing = engines.get(key);
  if (existing !== undefined) return existing;
  const engine = WasmEngine.open(options);
  engines.set(key, engine);
  // An engine that cannot open for lack of memory may open later.
  engine.catch(() => engines.delete(key));
  return engine;
}

/** The default options are the best instructions that WebAssembly has here, and a thread for each core. */
export async function wasmTarget(options: EngineOptions = {}): Promise<EngineTarget> {
  return targetOf("wasm", await engineFor(options));
}
