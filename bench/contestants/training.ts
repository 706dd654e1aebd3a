// Updates on one of our targets as a contestant. It imports no target, so that a page can load it too.
import type { HostArray, Target } from "../../src/targets/target.ts";
import { DeviceState } from "../../src/train/device-state.ts";
import { Trainer } from "../../src/train/trainer.ts";
import type { UpdateSettings } from "../../src/train/update.ts";
import { COMPARED, repeated, type Contestant } from "../contestant.ts";
import { sizesOf, trainingProgramOf, type Weights, type Workload } from "../workload.ts";

/** Adam's rate and the largest norm of a gradient, for all contestants. */
export const RATE = 1e-3;
export const LARGEST_NORM = 1;

export const UPDATE: UpdateSettings = {
  optimizer: { kind: "adam", values: new Map([["lr", RATE]]) },
  clip: { norm: LARGEST_NORM },
};

export function stateOf<T>(target: Target<T>, weights: Weights): DeviceState<T> {
  const state = new DeviceState(target);
  for (const [name, array] of weights) state.put(name, array);
  return state;
}

/** Updates on a target, all on the same batch; `arrays` are the arrays of the batch. */
export function trainingOn<T>(
  { who, threads, target }: { readonly who: string; readonly threads: number; readonly target: Target<T> },
  load: Workload,
  weights: Weights,
  arrays: ReadonlyMap<string, HostArray>,
): Contestant {
  const own = stateOf(target, weights);
  const trainer = new Trainer(trainingProgramOf(load), target, {
    ...UPDATE,
    seed: 1,
    sizes: sizesOf(load),
    weights: own,
  });
  const batch = { arrays, sizes: sizesOf(load), isFresh: true, tokens: load.B * load.T };
  const dispose = (): void => {
    trainer.dispose();
    own.dispose();
  };
  return repeated({
    who,
    threads,
    once: async () => (await trainer.update(batch)).loss,
    compared: COMPARED,
    dispose,
  });
}
