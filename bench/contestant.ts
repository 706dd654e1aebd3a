// One of those that are compared on one case.
export interface Contestant {
  /** `recurra-wasm-2t`, `torch-native-1t`, … */
  readonly who: string;
  readonly threads: number;
  /** What is compared between contestants, made by the first repetitions: losses of the first three updates, or the mean square of outputs. */
  first(): Promise<readonly number[]>;
  /** Milliseconds of so many repetitions. */
  sample(times: number): Promise<number>;
  dispose(): Promise<void>;
}

/** How many updates' losses are compared: the second and third tell of the gradient. */
export const COMPARED = 3;

export interface Repeated {
  readonly who: string;
  readonly threads: number;
  /** One repetition; gives what is compared. Finished, results and all, when it resolves. */
  readonly once: () => Promise<number>;
  /** How many first repetitions are compared. */
  readonly compared: number;
  readonly dispose: () => void;
}

/** A contestant that runs in this process. */
export function repeated({ who, threads, once, compared, dispose }: Repeated): Contestant {
  return {
    who,
    threads,
    first: async () => {
      const values: number[] = [];
      for (let time = 0; time < compared; time++) values.push(await once());
      return values;
    },
    sample: async (times) => {
      const before = performance.now();
      for (let time = 0; time < times; time++) await once();
      return performance.now() - before;
    },
    dispose: async () => dispose(),
  };
}

export function meanSquare(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += (values[index] ?? 0) ** 2;
  return sum / values.length;
}
