// tfjs' wasm backend as seen from outside: its memory, its allocator, where its tensors stand. Nothing of it is imported: the backend is
// the one of the program around us, whichever copy of tfjs that has.
import type { TensorInfo } from "@tensorflow/tfjs";

export interface WasmBackend {
  readonly wasm: {
    _malloc(bytes: number): number;
    _free(address: number): void;
    /** Of the threaded build. */
    readonly wasmMemory?: unknown;
    readonly asm?: { readonly memory?: unknown };
  };
  /** Fetches data that another backend holds. */
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  /** A tensor with any content and one reference. */
  makeOutput(shape: number[], kind: "float32" | "int32"): TensorInfo;
  disposeData(dataId: object): boolean;
}

export function isWasmBackend(backend: object): backend is WasmBackend {
  return "wasm" in backend && "dataIdMap" in backend && "makeOutput" in backend && memoryIn(backend.wasm) !== undefined;
}

export function memoryOf({ wasm }: WasmBackend): WebAssembly.Memory | undefined {
  return memoryIn(wasm);
}

function memoryIn(wasm: unknown): WebAssembly.Memory | undefined {
  const { wasmMemory, asm }: { wasmMemory?: unknown; asm?: unknown } = Object(wasm);
  const { memory }: { memory?: unknown } = Object(asm);
  return [wasmMemory, memory].find((each) => each instanceof WebAssembly.Memory);
}
