// The parts of tfjs' wasm backend that are used: its memory, its allocator, the addresses of its tensors.
// The package is not imported, because the backend comes from the user's copy of tfjs.
import type { TensorInfo } from "@tensorflow/tfjs";

export interface WasmBackend {
  readonly wasm: {
    _malloc(bytes: number): number;
    _free(address: number): void;
    /** Only the threaded build has it. */
    readonly wasmMemory?: unknown;
    readonly asm?: { readonly memory?: unknown };
  };
  /** Fetches data that another backend holds. */
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  /** Allocates a tensor with one reference. Its content is undefined. */
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
