// Our own targets as contestants.
import { nativeTarget } from "../../src/targets/native/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import type { Target } from "../../src/targets/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { Runner } from "../../src/train/runner.ts";
import { meanSquare, repeated, type Contestant } from "../contestant.ts";
import { dataOf, hiddenProgramOf, nameInBench, sizesOf, type Weights, type Workload } from "../workload.ts";
import { stateOf, trainingOn } from "./training.ts";

/** A function for targets with any type of tensor. */
export type UseTarget<R> = <T>(who: string, threads: number, target: Target<T>) => R;

/** Calls `use` with each of our targets, and returns the results. */
export async function onOurTargets<R>(use: UseTarget<R>): Promise<readonly R[]> {
  return [
    use("recurra-wasm-1t", 1, await wasmTarget({ threads: 1 })),
    use("recurra-wasm-2t", 2, await wasmTarget({ threads: 2 })),
    use("recurra-native-1t", 1, await nativeTarget({ threads: 1 })),
    use("recurra-native-2t", 2, await nativeTarget({ threads: 2 })),
    use("recurra-tfjs-wasm", 1, await tfjsTarget("wasm")),
  ];
}

export function ourTraining(load: Workload, weights: Weights): Promise<readonly Contestant[]> {
  const arrays = dataOf(load);
  return onOurTargets(<T>(who: string, threads: number, target: Target<T>) =>
    trainingOn({ who, threads, target }, load, weights, arrays),
  );
}

/** Runs the cell and downloads its outputs. */
export function ourRun(load: Workload, weights: Weights): Promise<readonly Contestant[]> {
  const program = hiddenProgramOf(load);
  const named = new Map(
    program.parameters.flatMap(({ name }) => {
      const array = weights.get(nameInBench(name));
      return array === undefined ? [] : [[name, array] as const];
    }),
  );
  const batch = { arrays: dataOf(load), sizes: sizesOf(load), isFresh: true, tokens: load.B * load.T };
  return onOurTargets(<T>(who: string, threads: number, target: Target<T>) => {
    const own = stateOf(target, named);
    const runner = new Runner(program, target, { needed: ["output"], weights: own, sizes: sizesOf(load) });
    const dispose = (): void => {
      runner.dispose();
      own.dispose();
    };
    const outputs = async () => (await runner.run(batch)).get("output")?.data ?? [];
    const contestant = repeated({ who, threads, once: async () => (await outputs()).length, compared: 0, dispose });
    return { ...contestant, first: async () => [meanSquare(await outputs())] };
  });
}
