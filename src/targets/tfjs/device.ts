// Direct access to a backend of tfjs: its kernels as functions and, if the host sees its memory, values as typed arrays.
// A call such as `tf.add` goes through tfjs' engine and takes several times as long as a small kernel. Direct calls also work while
// another backend is tfjs' current one. The backend counts references, one for each owner.
import type * as Tf from "@tensorflow/tfjs";
import { UserError } from "../../base/diagnostic.ts";
import { fail } from "../../base/invariant.ts";
import { provideBackend, type BackendName, type Module } from "./backends.ts";
import { plainTensorflow } from "./tensorflow.ts";

export type Tensor = Tf.Tensor;
export type TensorInfo = Tf.TensorInfo;
export type Kind = "float32" | "int32" | "bool";
export type Cells = Float32Array | Int32Array | Uint8Array;

export interface Device {
  readonly name: BackendName;
  readonly backend: Tf.KernelBackend;
  kernel(name: string): (inputs: Tf.NamedTensorInfoMap, attributes: Tf.NamedAttrMap) => TensorInfo;
  /** Concatenates along `axis`. No part may be empty. */
  join(parts: readonly TensorInfo[], axis: number): TensorInfo;
  /** The memory of a value, valid until the next allocation. Null if the host cannot see the memory: then kernels must copy. */
  readonly view: ((value: TensorInfo) => Cells) | null;
  /** Whether a value can be read synchronously. */
  readonly readsNow: boolean;
  /** Allocates a value with one reference. Its content is undefined. */
  allocate(shape: readonly number[], kind: Kind): TensorInfo;
  retain(value: TensorInfo): void;
  release(value: TensorInfo): void;
  /** Hands a reference over to tfjs' engine. */
  toTensor(value: TensorInfo): Tensor;
}

export function isGpu({ name }: Device): boolean {
  return name === "webgpu" || name === "webgl";
}

/** The import takes 0.4 s, so it is done when a target needs it. In Node the module is CommonJS, in `default`. */
async function importTfjs(): Promise<Module> {
  const module = await import("@tensorflow/tfjs");
  return module.default ?? module;
}

let lastOpening: Promise<unknown> = Promise.resolve();

/**
 * Opens a backend. Afterwards tfjs' current backend is the same as before, because the program may use tfjs itself.
 * Backends are opened one after the other: tfjs starts a backend only by making it the current one.
 */
export async function openDevice(name: BackendName): Promise<Device> {
  const opening = lastOpening.then(() => openAlone(name));
  lastOpening = opening.catch(() => undefined);
  return opening;
}

async function openAlone(name: BackendName): Promise<Device> {
  const tf = await importTfjs();
  const current = tf.getBackend();
  await withoutErrorHandlers(() => provideBackend(tf, name));
  if (!(await withoutErrorHandlers(() => tf.setBackend(name))))
    throw new UserError(`the backend ${name} of TensorFlow.js does not start`);
  const backend = tf.backend();
  writeFirstQuietly(tf, backend);
  if (current !== undefined && current !== "") await tf.setBackend(current);
  return deviceOn(tf, name, backend, await memoryOf(backend, name));
}

/** A device on an open backend of any copy of tfjs. */
export function deviceOn(
  tf: Pick<Module, "getKernel" | "engine">,
  name: BackendName,
  backend: Tf.KernelBackend,
  memory: Memory,
): Device {
  const { host, kernels } = name === "tensorflow" ? plainTensorflow(backend) : { host: backend, kernels: null };
  const kernelNamed = (kernelName: string): Tf.KernelFunc =>
    tf.getKernel(kernelName, name)?.kernelFunc ?? fail("tfjs", `${name} has no kernel ${kernelName}`);
  return {
    name,
    backend,
    kernel: (kernelName) => {
      const own = kernels?.get(kernelName);
      if (own !== undefined) return own;
      const found = kernelNamed(kernelName);
      return (inputs, attrs) => single(found({ inputs, backend: host, attrs }));
    },
    // This kernel takes an array, although its type says otherwise.
    join: (parts, axis) =>
      single(kernelNamed("Concat")({ inputs: Object([...parts]), backend: host, attrs: { axis } })),
    ...memory,
    readsNow: memory.view !== null || name === "tensorflow",
    retain: (value) => backend.incRef(value.dataId),
    release: (value) => void backend.disposeData(value.dataId),
    toTensor: (value) => tf.engine().makeTensorFromTensorInfo(value, backend),
  };
}

type Memory = Pick<Device, "view" | "allocate">;

/** The memory of a backend other than tfjs' wasm. Values of `cpu` are JavaScript's typed arrays. */
export function plainMemory(backend: Tf.KernelBackend, name: BackendName): Memory {
  return {
    view: name === "cpu" ? (value) => cells(backend.readSync(value.dataId)) : null,
    allocate: (shape, kind) => writeNew(backend, shape, kind),
  };
}

async function memoryOf(backend: Tf.KernelBackend, name: BackendName): Promise<Memory> {
  if (name !== "wasm") return plainMemory(backend, name);
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  const Wasm = wasm.BackendWasm ?? wasm.default.BackendWasm;
  if (!(backend instanceof Wasm)) return plainMemory(backend, "cpu");
  return {
    view: (value) => cells(backend.typedArrayFromHeap(value)),
    allocate: (shape, kind) => backend.makeOutput([...shape], kind),
  };
}

/** In Node the wasm backend adds handlers for uncaught errors, which print a part of its code. They are removed again. */
async function withoutErrorHandlers<R>(start: () => Promise<R>): Promise<R> {
  if (typeof process === "undefined" || typeof process.listeners !== "function") return start();
  const exceptions = process.listeners("uncaughtException");
  const rejections = process.listeners("unhandledRejection");
  const result = await start();
  for (const added of process.listeners("uncaughtException").filter((each) => !exceptions.includes(each)))
    process.removeListener("uncaughtException", added);
  for (const added of process.listeners("unhandledRejection").filter((each) => !rejections.includes(each)))
    process.removeListener("unhandledRejection", added);
  return result;
}

function single(result: TensorInfo | TensorInfo[]): TensorInfo {
  return Array.isArray(result) ? fail("tfjs", "a kernel with several results") : result;
}

function cells(values: Tf.backend_util.BackendValues | Tf.backend_util.TypedArray): Cells {
  if (values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array) return values;
  return fail("tfjs", "a value is not an array of numbers");
}

function writeNew(backend: Tf.KernelBackend, shape: readonly number[], kind: Kind): TensorInfo {
  const count = shape.reduce((a, b) => a * b, 1);
  const values =
    kind === "float32" ? new Float32Array(count) : kind === "int32" ? new Int32Array(count) : new Uint8Array(count);
  return { dataId: backend.write(values, [...shape], kind), shape: [...shape], dtype: kind };
}

/** At its first write, tfjs' cpu backend prints an advertisement for another package, except in production mode. */
function writeFirstQuietly(tf: Module, backend: Tf.KernelBackend): void {
  const before = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  backend.disposeData(backend.write(new Float32Array(1), [1], "float32"));
  tf.env().set("PROD", before);
}
