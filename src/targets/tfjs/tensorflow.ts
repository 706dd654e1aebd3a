// TensorFlow in C++ for tfjs, by the packages for Node. Their kernels register results with tfjs' engine, under its current backend.
// Here they return plain results, which the engine does not count or move.
import type * as Tf from "@tensorflow/tfjs";
import { UserError } from "../../base/diagnostic.ts";
import { fail } from "../../base/invariant.ts";
import { loadFirst, importInNode } from "../../base/optional-package.ts";
import { importTfjs, type Module } from "./module.ts";

/** The package with CUDA comes first, because it is only installed to be used. */
const PACKAGES = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"] as const;

/** Registers the backend `tensorflow`. Throws a UserError that says what is missing. */
export async function provideTensorflow(tf: Module): Promise<void> {
  if (tf.findBackendFactory("tensorflow") != null) return;
  if (typeof process === "undefined") throw new UserError("it runs in Node only");
  // Otherwise TensorFlow prints how it was built to standard error. Warnings are still printed.
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "1";
  keepRemovedFunctions();
  await loadFirst(PACKAGES, (name) => {
    // Kernels of a package that failed to load remain registered, and tfjs would print a warning for each.
    for (const { kernelName } of tf.getKernelsForBackend("tensorflow")) tf.unregisterKernel(kernelName, "tensorflow");
    return importInNode(name);
  });
}

/** The packages use two deprecated functions of Node. Node 23 has removed one of them. */
function keepRemovedFunctions(): void {
  const isNullOrUndefined = (value: unknown): boolean => value == null;
  Object.assign(process.getBuiltinModule("node:util"), { isNullOrUndefined, isArray: Array.isArray });
}

/** Null if the package computes on a GPU, or else what it computes on, as a clause. */
export async function lacksGpu(): Promise<string | null> {
  const tf = await importTfjs("tensorflow");
  const { isUsingGpuDevice }: { isUsingGpuDevice?: unknown } = Object(tf.findBackend("tensorflow"));
  return isUsingGpuDevice === true ? null : "TensorFlow computes on the CPU here";
}

/** An attribute of an op of TensorFlow. `type` is the binding's number for the type of the value. */
interface OpAttribute {
  readonly name: string;
  readonly type: unknown;
  readonly value: unknown;
}

/** The members of the packages' backend that are used, besides those of every backend. */
interface NodeBackend extends Tf.KernelBackend {
  /** Its constants are the numbers of dtypes and of attribute types. */
  readonly binding: Readonly<Record<string, unknown>>;
  readonly tensorMap: { readonly set: (dataId: object, entry: object) => void };
  readonly executeSingleOutput: (
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly (Tf.TensorInfo | undefined)[],
  ) => Tf.TensorInfo;
}

function isNodeBackend(backend: Tf.KernelBackend): backend is NodeBackend {
  return "binding" in backend && "tensorMap" in backend && "executeSingleOutput" in backend;
}

/** The binding's description of a result. */
interface Made {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: unknown;
}

type Kernel = (inputs: Tf.NamedTensorInfoMap, attributes: Tf.NamedAttrMap) => Tf.TensorInfo;

/** Returns a backend for kernels that does not call tfjs' engine, and replacements for the kernels that call it themselves. */
export function plainTensorflow(backend: Tf.KernelBackend): {
  readonly host: Tf.KernelBackend;
  readonly kernels: ReadonlyMap<string, Kernel>;
} {
  if (!isNodeBackend(backend)) return fail("tfjs", "the backend tensorflow is not that of the packages for Node");
  const { binding } = backend;
  const kinds = new Map([
    [binding["TF_FLOAT"], "float32"],
    [binding["TF_INT32"], "int32"],
    [binding["TF_BOOL"], "bool"],
  ] as const);
  const createOutputTensor = ({ id, shape, dtype }: Made): Tf.TensorInfo => {
    const dataId = {};
    backend.tensorMap.set(dataId, { id, shape, dtype, refCount: 1 });
    return { dataId, shape, dtype: kinds.get(dtype) ?? fail("tfjs", `tensorflow returned a value of type ${dtype}`) };
  };
  const host: NodeBackend = Object.create(backend, { createOutputTensor: { value: createOutputTensor } });
  const typed = (name: string, type: "TF_FLOAT" | "TF_INT32"): OpAttribute => ({
    name,
    type: binding["TF_ATTR_TYPE"],
    value: binding[type],
  });
  const gathering = [
    { name: "batch_dims", type: binding["TF_ATTR_INT"], value: 0 },
    typed("Tparams", "TF_FLOAT"),
    typed("Tindices", "TF_INT32"),
    typed("Taxis", "TF_INT32"),
  ];
  return {
    host,
    kernels: new Map<string, Kernel>([
      ["Pow", ({ a, b }) => host.executeSingleOutput("Pow", [typed("T", "TF_FLOAT")], [a, b])],
      // Rows along axis 0. The packages' own kernel first reads the indices back.
      [
        "GatherV2",
        ({ x, indices }) => {
          const axis = { dataId: backend.write(Int32Array.of(0), [], "int32"), shape: [], dtype: "int32" as const };
          const rows = host.executeSingleOutput("GatherV2", gathering, [x, indices, axis]);
          backend.disposeData(axis.dataId);
          return rows;
        },
      ],
    ]),
  };
}
