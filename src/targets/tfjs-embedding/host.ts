// Graphs inside a program of tfjs, on its tensors and its backend.
// On tfjs' wasm backend, our own kernels read tfjs' tensors in place, and write to memory of its allocator.
// On WebGPU, our own shaders run. On other backends, tfjs' kernels do.
import type * as Tf from "@tensorflow/tfjs";
import { UserError } from "../../base/diagnostic.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Executable } from "../target.ts";
import type { BackendName } from "../tfjs/module.ts";
import { deviceOn, plainMemory, type TensorInfo } from "../tfjs/device.ts";
import { compileFor as compileForDevice } from "../tfjs/executable.ts";
import { compileOnTensors } from "../tfjs/fused/executable.ts";
import { gpuOf, isWebgpu } from "../tfjs/fused/gpu.ts";
import { WasmEngine } from "../wasm/engine.ts";
import { compileFor } from "../../lists/executable.ts";
import { GuestHeap } from "../../lists/heap.ts";
import type { BlockTensor } from "../../lists/tensor.ts";
import type { Kind } from "../../kernel/view.ts";
import { isWasmBackend, memoryOf, type WasmBackend } from "./wasm-backend.ts";

export interface Host {
  /** The caller owns the results: each has one reference, or is already a tensor of tfjs' engine. */
  compile(graph: Graph): Executable<TensorInfo>;
  /** Bytes of the wasm backend's memory that programs and temporaries use; 0 for other backends. */
  readonly used: () => number;
}

type Tfjs = Pick<typeof Tf, "getKernel" | "engine">;

/** One host for each backend: all its graphs share kernels and the memory of temporaries. */
const hosts = new WeakMap<object, Host>();

/** Throws a UserError for an unknown backend. */
export function hostOn(tf: object, name: string, backend: object): Host {
  const host = hosts.get(backend) ?? newHost(tf, name, backend);
  hosts.set(backend, host);
  return host;
}

function newHost(tf: object, name: string, backend: object): Host {
  if (name === "wasm" && isWasmBackend(backend)) return wasmHost(backend);
  if (!isOperated(name) || !isBackend(backend) || !isTfjs(tf))
    throw new UserError(
      `the backends of tfjs that can be used are wasm, ${OPERATED.join(", ")}, but the current one is \`${name}\``,
    );
  const device = deviceOn(tf, name, backend, plainMemory(backend, name));
  if (isWebgpu(backend)) {
    const gpu = gpuOf(backend);
    return { compile: (graph) => compileOnTensors(gpu, device, graph), used: () => 0 };
  }
  return { compile: (graph) => compileForDevice(device, graph), used: () => 0 };
}

/** Backends that are used through tfjs' own interface. */
const OPERATED: readonly BackendName[] = ["cpu", "webgpu", "webgl", "tensorflow"];

function isOperated(name: string): name is BackendName {
  return OPERATED.some((each) => each === name);
}

function isBackend(backend: object): backend is Tf.KernelBackend {
  return "write" in backend && "readSync" in backend && "disposeData" in backend;
}

function isTfjs(tf: object): tf is Tfjs {
  return "getKernel" in tf && "engine" in tf;
}

/** A tensor of tfjs' wasm backend. */
interface GuestTensor extends BlockTensor {
  readonly info: TensorInfo;
}

function wasmHost(backend: WasmBackend): Host {
  const memory = memoryOf(backend);
  if (memory === undefined) throw new UserError("tfjs' wasm backend shows no memory: it needs tfjs 4");
  const heap = new GuestHeap(memory, {
    malloc: (bytes) => backend.wasm._malloc(bytes),
    free: (address) => backend.wasm._free(address),
  });
  const engine = WasmEngine.inside(heap);
  const guest = (info: TensorInfo, kind: Kind): GuestTensor => ({
    kind,
    shape: info.shape,
    address: backend.dataIdMap.get(info.dataId).memoryOffset,
    dispose: () => void backend.disposeData(info.dataId),
    info,
  });
  const make = (kind: Kind, shape: readonly number[]): GuestTensor => guest(backend.makeOutput([...shape], kind), kind);
  return {
    used: () => heap.used,
    compile: (graph) => {
      const executable = compileFor(engine, graph, make);
      return {
        run: (inputs, sizes) => {
          const given = [...inputs].map(([name, info]) => [name, guest(info, kindOf(info))] as const);
          const results = executable.run(new Map(given), sizes);
          return new Map([...results].map(([name, { info }]) => [name, info]));
        },
        dispose: () => executable.dispose(),
      };
    },
  };
}

function kindOf({ dtype }: TensorInfo): Kind {
  return dtype === "int32" ? "int32" : "float32";
}
