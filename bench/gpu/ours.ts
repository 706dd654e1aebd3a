// Our two forms on WebGPU as contestants: fused and op by op. Data are on the device, as with PyTorch.
import { lower } from "../../src/compile.ts";
import { outputsOnly } from "../../src/ops/rewrite.ts";
import { inputNodes } from "../../src/targets/bound.ts";
import type { HostArray, Target } from "../../src/targets/target.ts";
import { meanSquare, repeated, type Contestant } from "../contestant.ts";
import { trainingOn } from "../contestants/training.ts";
import { dataOf, hiddenProgramOf, nameInBench, sizesOf, type Weights, type Workload } from "../workload.ts";

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

/** Outputs of a whole run stay on the device, as with PyTorch; `settled` resolves when all that was submitted is done. */
export function ourRun<T>(
  who: string,
  target: Target<T>,
  load: Workload,
  weights: Weights,
  settled: () => Promise<unknown>,
): Contestant {
  const program = hiddenProgramOf(load);
  const executable = target.compile(
    lower(
      outputsOnly(program.graph, (name) => name === "output"),
      null,
    ),
  );
  const data = dataOf(load);
  const given = new Map<string, T>();
  for (const { name } of inputNodes(program.graph)) {
    const array = data.get(name) ?? weights.get(nameInBench(name));
    if (array !== undefined) given.set(name, target.upload(array));
  }
  const run = (): T => {
    const output = executable.run(given, sizesOf(load)).get("output");
    if (output === undefined) throw new Error("no output");
    return output;
  };
  const once = async (): Promise<number> => {
    const output = run();
    await settled();
    target.dispose(output);
    return 0;
  };
  const dispose = (): void => {
    for (const tensor of given.values()) target.dispose(tensor);
    executable.dispose();
  };
  const first = async (): Promise<readonly number[]> => {
    const output = run();
    const { data: values } = await target.download(output);
    target.dispose(output);
    return [meanSquare(values)];
  };
  return { ...repeated({ who, threads: 1, once, compared: 0, dispose }), first };
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
