// The number of kernels that an update starts on WebGPU: ours fused, ours as tfjs' kernels one by one, and tfjs-layers'. The number is the
// same on a driver that runs on the CPU.
import "../../test/support/swiftshader.ts";
import { UserError } from "../../src/base/diagnostic.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import type { Target } from "../../src/targets/target.ts";
import { LAUNCHED } from "../cases.ts";
import { trainingOn } from "../contestants/training.ts";
import { layersFit } from "../contestants/tfjs-layers-fit.ts";
import { launchesOf } from "../launches.ts";
import { commit } from "../machine.ts";
import type { Launches } from "../results.ts";
import { caseName, dataOf, weightsOf, type Workload } from "../workload.ts";

const INSTALL = "npm i webgpu @tensorflow/tfjs-backend-webgpu && apt-get install -y chromium libvulkan1";

/** Its name in the list of missing peers. */
export const COUNTING = "launches";

export interface Counted {
  /** Null if there is no WebGPU. */
  readonly launches: Launches | null;
  readonly missing: readonly { readonly who: string; readonly install: string }[];
}

export async function countLaunches(
  report: (what: string) => void,
  loads: readonly Workload[] = LAUNCHED,
): Promise<Counted> {
  const rows: Launches["rows"] = [];
  try {
    for (const load of loads) {
      report(`launches ${caseName(load)}`);
      for (const [who, launches] of [
        ...(await ourLaunches(load)),
        ["tfjs-layers-webgpu", await layersLaunches(load)] as const,
      ])
        rows.push({ case: caseName(load), who, launches });
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { launches: null, missing: [{ who: `${COUNTING} (${error.message})`, install: INSTALL }] };
  }
  return { launches: { commit: commit(), date: new Date().toISOString().slice(0, 10), rows }, missing: [] };
}

/** Counts the kernels of a second update: the first also creates constants and buffers. */
async function ourLaunches(load: Workload): Promise<readonly (readonly [string, number])[]> {
  const count = async <T>(who: string, target: Target<T>): Promise<readonly [string, number]> => {
    const contestant = trainingOn({ who, threads: 1, target }, load, weightsOf(load), dataOf(load));
    await contestant.sample(1);
    const launches = await launchesOf(() => contestant.sample(1));
    await contestant.dispose();
    return [who, launches];
  };
  return [
    await count("recurra-webgpu-fused", await webgpuTarget()),
    await count("recurra-webgpu-ops", await tfjsTarget("webgpu")),
  ];
}

async function layersLaunches(load: Workload): Promise<number> {
  const module = await import("@tensorflow/tfjs");
  const tf = module.default ?? module;
  const before = tf.getBackend();
  await tf.setBackend("webgpu");
  const fitted = layersFit(tf, load);
  await fitted.once();
  const launches = await launchesOf(fitted.once);
  fitted.dispose();
  if (before !== undefined && before !== "") await tf.setBackend(before);
  return launches;
}
