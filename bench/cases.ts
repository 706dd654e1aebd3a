// The measured cases. Cases of one list are measured in turn.
import { join } from "node:path";
import type { Workload } from "./workload.ts";

const HERE = import.meta.dirname;
const CUSTOM: readonly Pick<Workload, "cell" | "file">[] = [
  { cell: "MGU" },
  { cell: "LEM" },
  { cell: "PeepholeLSTM" },
  { cell: "SLSTM", file: join(HERE, "../test/cells/slstm.rec") },
  { cell: "LayerNormLSTM", file: join(HERE, "cells/layernorm-lstm.rec") },
];

const SMALL = { B: 32, T: 50, I: 64, H: 128 };
const MIDDLE = { B: 32, T: 100, I: 128, H: 256 };
const LARGE = { B: 64, T: 50, I: 256, H: 512 };

/** Cells with a product in the loop, in three sizes; cells without one over long sequences, beside an LSTM of the same size. */
export const TRAINED: readonly (readonly Workload[])[] = [
  [{ cell: "LSTM" }, { cell: "GRU" }, ...CUSTOM].map((each) => ({ ...each, ...SMALL })),
  [{ cell: "LSTM", ...MIDDLE }],
  [{ cell: "GRU", ...MIDDLE }],
  [{ cell: "LSTM", ...LARGE }],
  [{ cell: "GRU", ...LARGE }],
  ...[16, 128].map((I) => ["LSTM", "MinGRU", "IndRNN"].map((cell) => ({ cell, B: 32, T: 784, I, H: 128 }))),
];

export const RUN: readonly (readonly Workload[])[] = [SMALL, MIDDLE, LARGE].map((size) => [
  { cell: "LSTM", ...size },
  { cell: "GRU", ...size },
]);

/** Hidden sizes of the character model that is stepped. */
export const STEPPED: readonly number[] = [128, 512];

/** Lengths of sequences between which compile time must not differ. */
export const COMPILED: readonly number[] = [50, 5000];

/** Whose kernels are counted: weights that a workgroup may read at each step, and more than that. */
export const LAUNCHED: readonly Workload[] = [
  { cell: "LSTM", B: 4, T: 128, I: 16, H: 32 },
  { cell: "LSTM", B: 1, T: 128, I: 16, H: 384 },
];
