// onnxruntime for tests: `scripts/setup-onnx.sh` installs it into .cache/onnx. Where it is not, its tests are skipped and counted.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { ShapedArray } from "../../src/library/given.ts";

const FOLDER = new URL("../../.cache/onnx/", import.meta.url);

export const HAS_ONNXRUNTIME = existsSync(new URL("node_modules/onnxruntime-node/package.json", FOLDER));

/** A Python with the package `onnx`. */
export const PYTHON = fileURLToPath(new URL("venv/bin/python", FOLDER));
export const HAS_CHECKER = existsSync(PYTHON);

interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
}

/** What these tests use of onnxruntime-node. */
interface Runtime {
  readonly InferenceSession: { create(model: Uint8Array | string, options: object): Promise<Session> };
  readonly Tensor: new (
    type: string,
    data: Float32Array | Int32Array | BigInt64Array,
    dims: readonly number[],
  ) => Tensor;
}

function isRuntime(value: unknown): value is Runtime {
  return typeof value === "object" && value !== null && "InferenceSession" in value && "Tensor" in value;
}

function runtime(): Runtime {
  const loaded: unknown = createRequire(new URL("package.json", FOLDER))("onnxruntime-node");
  return isRuntime(loaded) ? loaded : expect.fail("this is not onnxruntime-node");
}

/** Warnings are about nodes that it removes. */
const OPTIONS = { logSeverityLevel: 3, intraOpNumThreads: 1, interOpNumThreads: 1 };

/** Whole numbers as int32 where the data are an Int32Array, int64 where they are a BigInt64Array. */
export type Feeds = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array | Int32Array | BigInt64Array }
>;

export type Found = ReadonlyMap<string, ShapedArray>;

export interface OnnxSession {
  readonly inputs: readonly string[];
  run(feeds: Feeds): Promise<Found>;
}

/** A model from its bytes, or from a path where it has a file of weights. */
export async function onnxSession(model: Uint8Array | string): Promise<OnnxSession> {
  const { InferenceSession, Tensor } = runtime();
  const session = await InferenceSession.create(model, OPTIONS);
  return {
    inputs: session.inputNames,
    run: async (feeds) => {
      const tensors = [...feeds].map(([name, { shape, data }]) => {
        const type = data instanceof Float32Array ? "float32" : data instanceof Int32Array ? "int32" : "int64";
        return [name, new Tensor(type, data, shape)] as const;
      });
      const found = await session.run(Object.fromEntries(tensors));
      return new Map(
        Object.entries(found).map(([name, { dims, data }]) => [name, { shape: dims, data: Array.from(data, Number) }]),
      );
    },
  };
}
