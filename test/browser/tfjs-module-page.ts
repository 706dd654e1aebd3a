// The script of a page that imports compiled modules of the format `tfjs`, and tfjs by the page's import map, as they do.
import * as tf from "@tensorflow/tfjs";
import type { Model } from "../../src/export/tfjs/runtime/model.ts";
import { resultsOf, type Asked, type AskedArray } from "../export/tfjs-results.ts";
import { trained, type Trained } from "./tfjs-module-program.ts";

async function loaded(path: string, backend: string): Promise<Model> {
  await tf.setBackend(backend);
  const { load }: { readonly load: () => Promise<Model> } = await import(path);
  return load();
}

export interface Computed {
  readonly found: readonly (readonly [string, Omit<AskedArray, "isInt">])[];
  /** How many tensors are left. */
  readonly left: number;
}

async function compute(path: string, backend: string, asked: Asked): Promise<Computed> {
  const model = await loaded(path, backend);
  const before = tf.memory().numTensors;
  const tensors = [...resultsOf(model, asked)];
  const found = await Promise.all(
    tensors.map(async ([name, each]) => [name, { shape: each.shape, data: Array.from(await each.data()) }] as const),
  );
  tf.dispose(tensors.map(([, each]) => each));
  const left = tf.memory().numTensors - before;
  model.dispose();
  return { found, left };
}

async function train(path: string, backend: string): Promise<Trained> {
  const model = await loaded(path, backend);
  const found = await trained(model);
  model.dispose();
  return found;
}

Reflect.set(globalThis, "page", { compute, train });
