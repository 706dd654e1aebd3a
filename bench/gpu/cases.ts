// The cases that are measured and checked on a GPU.
import type { Workload } from "../workload.ts";

const CELLS = ["LSTM", "GRU", "LEM", "PeepholeLSTM"];

function cellsAt(size: Omit<Workload, "cell" | "file">): readonly Workload[] {
  return CELLS.map((cell) => ({ cell, ...size }));
}

/** Sizes that are no multiples of a tile; the last has weights for which a loop runs by steps. */
const CHECKED: readonly Workload[] = [
  ...[...CELLS, "MGU", "MinGRU", "IndRNN"].map((cell) => ({ cell, B: 5, T: 19, I: 7, H: 33 })),
  { cell: "LSTM", B: 3, T: 4, I: 5, H: 384 },
];

export interface Cases {
  readonly checked: readonly Workload[];
  /** Whether the character model is checked too. */
  readonly checksModel: boolean;
  readonly trained: readonly Workload[];
}

const TINY: readonly Workload[] = [{ cell: "LSTM", B: 2, T: 3, I: 4, H: 5 }];

/** By the name of their sizes. */
export const CASES: ReadonlyMap<string, Cases> = new Map([
  [
    "gpu",
    {
      checked: CHECKED,
      checksModel: true,
      // Weights of the first fit what a workgroup may read at each step, those of the second do not.
      trained: [...cellsAt({ B: 64, T: 128, I: 256, H: 256 }), ...cellsAt({ B: 16, T: 1024, I: 768, H: 768 })],
    },
  ],
  // For a processor that plays a GPU.
  [
    "small",
    {
      checked: CHECKED,
      checksModel: true,
      trained: [...cellsAt({ B: 8, T: 32, I: 32, H: 32 }), ...cellsAt({ B: 16, T: 64, I: 64, H: 64 })],
    },
  ],
  // For trying the script itself.
  ["tiny", { checked: TINY, checksModel: false, trained: TINY }],
]);
