// The script of a page that computes on its GPU for Node: printed graphs on one target, and a training run.
import * as tfjs from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-webgpu";
import { UserError } from "../../src/base/diagnostic.ts";
import { readGraph } from "../../src/ops/read.ts";
import { isWebgpu } from "../../src/targets/tfjs/fused/gpu.ts";
import { targetNamed } from "../../src/targets/registry.ts";
import { limitsOf } from "../support/default-limits.ts";
import { resultsOn } from "../../src/gradcheck/run.ts";
import { outputs, type Outputs, type Settings } from "./program.ts";
import type { Asked, Found, SentArray } from "./sent.ts";

type Run = (asked: Asked) => Promise<Found>;

/** Opens the target; what it gives runs there. */
async function open(name: string): Promise<Run> {
  const row = targetNamed(name);
  const lack = row.lacks();
  if (lack !== null) throw new UserError(lack);
  return row.open(async (target) => async ({ graph, inputs, sizes }) => {
    const arrays = inputs.map(([input, { shape, data }]) => [input, { shape, data: Float64Array.from(data) }] as const);
    const results = await resultsOn(target, readGraph(graph), new Map(arrays), new Map(sizes));
    return [...results].map(([output, array]) => [output, sent(array)] as const);
  });
}

function sent({
  dtype,
  shape,
  data,
}: {
  readonly dtype: SentArray["dtype"];
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}): SentArray {
  return { dtype, shape, data: Array.from(data) };
}

const runs = new Map<string, Promise<Run>>();

function opened(name: string): Promise<Run> {
  const run = runs.get(name) ?? open(name);
  runs.set(name, run);
  return run;
}

async function compute(name: string, asked: Asked): Promise<Found> {
  return (await opened(name))(asked);
}

/** What tfjs and the backend hold: tensors, their data, the backend's own. */
function held(backend: string): readonly number[] {
  const { numTensors, numDataBuffers } = tfjs.memory();
  return [numTensors, numDataBuffers, tfjs.findBackend(backend).numDataIds()];
}

export interface Trained extends Outputs {
  /** What was held after each update. */
  readonly held: readonly (readonly number[])[];
}

async function train(settings: Settings): Promise<Trained> {
  const counts: (readonly number[])[] = [];
  const found = await outputs(settings, () => counts.push(held(backendOf(settings.target))));
  return { ...found, held: counts };
}

function backendOf(target: string): string {
  return target.replace("tfjs-", "");
}

/** The limits of the device that are in question. */
function limits(): ReturnType<typeof limitsOf> | null {
  const backend = tfjs.findBackend("webgpu");
  return isWebgpu(backend) ? limitsOf(backend.device) : null;
}

Reflect.set(globalThis, "recurra", { compute, train, limits });
