// The cases that are measured and checked on a GPU, the most important first: a run may have no time for the last.
import type { Workload } from "../workload.ts";
import { beside } from "./beside.ts";

type Size = Omit<Workload, "cell" | "file">;

const CELLS = ["LSTM", "GRU", "LEM", "PeepholeLSTM"];

function cellsAt(size: Size, cells: readonly string[] = CELLS): readonly Workload[] {
  return cells.map((cell) => ({ cell, ...size }));
}

/** Sizes that are not multiples of a tile. The last but three has so large weights that its loop runs by steps. */
const CHECKED: readonly Workload[] = [
  ...cellsAt({ B: 5, T: 19, I: 7, H: 33 }, [...CELLS, "MGU", "MinGRU", "IndRNN"]),
  { cell: "LSTM", B: 3, T: 4, I: 5, H: 384 },
  // Large tiles, sums in parts.
  { cell: "LSTM", B: 40, T: 30, I: 129, H: 131 },
  ...cellsAt({ B: 5, T: 9, I: 7, H: 17 }, ["SLSTM", "MLSTM", "LayerNormLSTM"]),
  { cell: "AttentionDecoder", B: 5, T: 9, I: 7, H: 17, S: 21 },
];

/** What is measured: an update, a forward run, or one step at B = 1. */
export interface Measured {
  readonly what: "train" | "run" | "step";
  readonly load: Workload;
}

export interface Cases {
  readonly checked: readonly Workload[];
  /** Whether the character model is checked too. */
  readonly checksModel: boolean;
  readonly measured: readonly Measured[];
}

const train = (loads: readonly Workload[]): readonly Measured[] => loads.map((load) => ({ what: "train", load }));
const run = (loads: readonly Workload[]): readonly Measured[] => loads.map((load) => ({ what: "run", load }));

/** One step at B = 1. */
const step = (loads: readonly Pick<Workload, "cell" | "H">[]): readonly Measured[] =>
  loads.map(({ cell, H }) => ({ what: "step", load: { cell, B: 1, T: 1, I: H, H } }));

const MIDDLE: Size = { B: 64, T: 128, I: 256, H: 256 };
const LARGE: Size = { B: 16, T: 1024, I: 768, H: 768 };
const at = (B: number, T: number, H: number): Size => ({ B, T, I: H, H });

/** Of the benchmark on the CPU: the cell in specs/cells has the same equations with other weights than PyTorch's form. */
const LAYER_NORM = { cell: "LayerNormLSTM", file: beside("cells/layernorm-lstm.rec") };

const ON_A_GPU: readonly Measured[] = [
  ...train([...cellsAt(MIDDLE, ["LSTM", "LEM"]), ...cellsAt(LARGE, ["LSTM", "LEM"])]),
  ...run(cellsAt(MIDDLE, ["LSTM"])),
  ...step([{ cell: "LSTM", H: 256 }]),
  ...train([...cellsAt(MIDDLE, ["GRU", "PeepholeLSTM"])]),
  // Sizes of an LSTM.
  ...train(
    [at(64, 128, 64), at(64, 128, 128), at(64, 128, 512), at(16, 256, 1024)].map((size) => ({ cell: "LSTM", ...size })),
  ),
  ...train([at(256, 128, 256), at(1, 256, 256)].map((size) => ({ cell: "LSTM", ...size }))),
  // Other cells.
  { what: "train", load: { cell: "AttentionDecoder", ...MIDDLE, S: 50 } },
  ...train([...cellsAt(MIDDLE, ["SLSTM", "MGU"]), { ...LAYER_NORM, ...MIDDLE }]),
  ...train(cellsAt(at(64, 1024, 256), ["MinGRU", "IndRNN"])),
  { what: "train", load: { cell: "MLSTM", ...at(16, 128, 64) } },
  { what: "train", load: { cell: "LSTM", ...MIDDLE, ragged: true } },
  ...run([...cellsAt(MIDDLE, ["LEM"]), ...cellsAt(LARGE, ["LSTM"])]),
  ...step([
    { cell: "LEM", H: 256 },
    { cell: "LSTM", H: 1024 },
  ]),
  ...train(cellsAt(LARGE, ["GRU", "PeepholeLSTM"])),
];

const TINY: Size = { B: 2, T: 3, I: 4, H: 5 };

/** The cases by the value of `--sizes`. */
export const CASES: ReadonlyMap<string, Cases> = new Map([
  ["gpu", { checked: CHECKED, checksModel: true, measured: ON_A_GPU }],
  // For SwiftShader.
  [
    "small",
    {
      checked: CHECKED,
      checksModel: true,
      measured: train([...cellsAt(at(8, 32, 32)), ...cellsAt(at(16, 64, 64))]),
    },
  ],
  // To try the script.
  [
    "tiny",
    {
      checked: cellsAt(TINY, ["LSTM"]),
      checksModel: false,
      measured: [
        ...train([{ cell: "LSTM", ...TINY }]),
        ...run(cellsAt(TINY, ["LSTM"])),
        ...step([{ cell: "LSTM", H: 5 }]),
      ],
    },
  ],
  // All cases of a GPU at sizes that a CPU runs, to try the whole way.
  ["shrunk", { checked: [], checksModel: false, measured: ON_A_GPU.map(shrunk) }],
]);

function shrunk({ what, load }: Measured): Measured {
  const small = (size: number, most: number): number => Math.min(size, most);
  const { B, T, I, H, S } = load;
  const sizes = {
    B: small(B, 2),
    T: small(T, 4),
    I: small(I, 6),
    H: small(H, 8),
    ...(S === undefined ? {} : { S: 3 }),
  };
  return { what, load: { ...load, ...sizes } };
}
