// Our two forms on WebGPU as contestants: fused and op by op. Data are on the device, as with PyTorch.
import type { HostArray, Target } from "../../src/targets/target.ts";
import type { Contestant } from "../contestant.ts";
import { trainingOn } from "../contestants/recurra.ts";
import { dataOf, type Weights, type Workload } from "../workload.ts";

export const FUSED = "recurra-fused";
export const OPS = "recurra-ops";

/** The loss and the norm are read after each update, so it is finished. */
export function ourTraining<T>(who: string, target: Target<T>, load: Workload, weights: Weights): Contestant {
  const arrays = dataOf(load);
  const kept = keeping(target, new Set(arrays.values()));
  const contestant = trainingOn({ who, threads: 1, target: kept.target }, load, weights, arrays);
  const dispose = async (): Promise<void> => {
    await contestant.dispose();
    kept.release();
  };
  return { ...contestant, dispose };
}

/** Wraps a target so that it uploads these arrays once, and keeps them until `release`. */
function keeping<T>(target: Target<T>, arrays: ReadonlySet<HostArray>): { target: Target<T>; release: () => void } {
  const kept = new Map<HostArray, T>();
  const upload = (array: HostArray): T => {
    if (!arrays.has(array)) return target.upload(array);
    const tensor = kept.get(array) ?? target.upload(array);
    kept.set(array, tensor);
    return tensor;
  };
  const isKept = (tensor: T): boolean => [...kept.values()].includes(tensor);
  return {
    target: { ...target, upload, dispose: (tensor) => (isKept(tensor) ? undefined : target.dispose(tensor)) },
    release: () => kept.forEach((tensor) => target.dispose(tensor)),
  };
}
