// A contestant: a system that runs a case.
export interface Contestant {
  /** `recurra-wasm-2t`, `torch-native-1t`, … */
  readonly who: string;
  readonly threads: number;
  /** What is compared between contestants, made by the first repetitions: losses of the first updates, or the mean square of outputs. */
  first(): Promise<readonly number[]>;
  /** Milliseconds of so many repetitions. */
  sample(times: number): Promise<number>;
  /** Milliseconds until its idle threads sleep and leave the cores to the next. */
  readonly rest: number;
  dispose(): Promise<void>;
}

/** Of our workers, which sleep after some 100 µs, and of what has no threads. */
export const SHORT_REST = 3;
/** Of OpenBLAS' threads, which wait awake for 2^26 cycles; OpenMP's and onnxruntime's for less. */
export const LONG_REST = 35;

/** How many updates' losses are compared: the second tells of the gradient. */
export const COMPARED = 2;

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
    rest: SHORT_REST,
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
