// A contestant: a system that runs a case.
export interface Contestant {
  /** `recurra-wasm-2t`, `torch-native-1t`, … */
  readonly who: string;
  readonly threads: number;
  /** Runs the first repetitions. Returns the values that are compared: losses of updates, or the mean square of outputs. */
  first(): Promise<readonly number[]>;
  /** Runs `times` repetitions, and returns their milliseconds. */
  sample(times: number): Promise<number>;
  /** The milliseconds until its idle threads sleep and leave the cores to the next contestant. */
  readonly rest: number;
  dispose(): Promise<void>;
}

/** For our workers, which sleep after about 100 µs, and for contestants without threads. */
export const SHORT_REST = 3;
/** For OpenBLAS' threads, which spin for 2^26 cycles. Those of OpenMP and onnxruntime spin for less. */
export const LONG_REST = 35;

/** The number of updates whose losses are compared: the second depends on the gradient. */
export const COMPARED = 2;

export interface Repeated {
  readonly who: string;
  readonly threads: number;
  /** Runs one repetition, and returns the value that is compared. All results are complete when it resolves. */
  readonly once: () => Promise<number>;
  /** The number of first repetitions that are compared. */
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
