// What the library offers for data: rows and texts as they are given, training on them, measuring and predicting.
import type { Measures, PredictionMeasures } from "../train/measure.ts";
import type { DataFile } from "./data.ts";
import type { Nested, NumberArray } from "./given.ts";

export type { Measures, PredictionMeasures };

/**
 * One row, as a line of JSON Lines is: by the names of inputs and targets. A `char` or `word` sequence is a text, or an array of its
 * symbols; other sequences are arrays with an item for each step; numbers with axes of their own are nested arrays `[T, …]`, of which the
 * innermost may be typed. Labels are texts, numbers or truth values. `null` says that a target is not known, at a step or at all. Fields
 * that the model does not have are passed over.
 */
export type DataRow = Readonly<Record<string, unknown>>;

/** Rows, each of its own length; one running text; or a file of either (in Node, `dataFile`), which may be larger than memory. */
export type Data = readonly DataRow[] | string | DataFile;

/** A kind with its settings, as `{ kind: "adam", lr: 0.01 }`. Without a kind, and for settings that are not given, those of the spec. */
export type Chosen = { readonly kind?: string } & Readonly<Record<string, number | string>>;

/** Each above 0. What is not given is the spec's; `Infinity` is no limit. */
export type ClipLimits = {
  /** Of the norm of the whole gradient. */
  readonly norm?: number;
  /** Of each element of the gradient. */
  readonly value?: number;
  /** Of each element of the gradient of a state, at each step. */
  readonly state?: number;
};

/** Truncated backpropagation through time, in steps of a sequence. Default: the spec's `truncate`. */
export interface TruncationOptions {
  /** An update every `k1` steps. */
  readonly k1?: number;
  /** Gradients go back through `k2` steps. */
  readonly k2?: number;
  /** Both at once. */
  readonly steps?: number;
}

export interface FitOptions extends TruncationOptions {
  /** What to learn from. A model without vocabularies gets those of these data. */
  readonly data: Data;
  /** What to measure on after each epoch; `false`: nothing. Default: the last tenth of `data`, which is then not learned from. */
  readonly valid?: Data | false;
  /** How often to read the data. Default: the spec's, else 1. */
  readonly epochs?: number;
  /** Stop when so many updates were made, also in the middle of an epoch. */
  readonly updates?: number;
  /** How many rows, or streams of a text, stand side by side. Default: the spec's, else 32. */
  readonly batch?: number;
  /** `sgd`, `momentum`, `rmsprop`, `adam` or `adamw`. Default: the spec's, else adam. Each call begins with new moments. */
  readonly optimizer?: Chosen;
  /** Of the learning rate: `constant`, `step`, `exponential` or `cosine`, each with `warmup`. Default: the spec's, else constant. */
  readonly schedule?: Chosen;
  readonly clip?: ClipLimits;
  /** Stop after so many epochs without a lower held-out loss. The model then has the weights of the best epoch. */
  readonly patience?: number;
  /** Characters and words that occur less often become unknown. Default: 1. A model that has its vocabularies keeps them. */
  readonly minCount?: number;
  /** Leave out bad rows instead of refusing them all. Default: false. */
  readonly skipBad?: boolean;
  /** Decides the order of rows, and dropout. Default: the model's, which decides the first weights. */
  readonly seed?: number;
  readonly onUpdate?: (update: UpdateReport) => void;
  /**
   * After each epoch, and where `updates` ends in the middle of one. It is awaited, and may use the model: `generate`, `run`, `checkpoint`
   * see its weights as they are then.
   */
  readonly onEpoch?: (epoch: EpochReport) => void | Promise<void>;
  /** Ends training after the update that is under way: `fit` then resolves with `ending: "interrupted"`. */
  readonly signal?: AbortSignal;
}

export interface UpdateReport {
  /** From 1. */
  readonly update: number;
  /** How many there will be. */
  readonly totalUpdates: number;
  /** From 1. */
  readonly epoch: number;
  /** Averaged over recent updates; a mean over steps, in nats for tokens. */
  readonly loss: number;
}

export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Updates that were made so far. */
  readonly updates: number;
  /** Of training, averaged over recent updates. */
  readonly loss: number;
  /** Of the held-out data; null where nothing is held out. */
  readonly measures: Measures | null;
  /** Whether no epoch had a lower held-out loss. */
  readonly isBest: boolean;
}

export interface FitResult {
  /** Whether all epochs were read, `updates` were made, `patience` was at an end, or `signal` was aborted. */
  readonly ending: "finished" | "stopped" | "no better" | "interrupted";
  readonly updates: number;
  /** The measures that were taken last; null where none were. */
  readonly measures: Measures | null;
  /** The least held-out loss of an epoch; null where none was measured. */
  readonly best: number | null;
  /** The learning curve: losses of training every ten updates (`validation` null), and those of the held-out data. */
  readonly history: readonly CurvePoint[];
}

export interface CurvePoint {
  readonly update: number;
  readonly training: number;
  readonly validation: number | null;
}

export interface EvaluateOptions {
  /** With targets. */
  readonly data: Data;
  /** As in `fit`. For rows it changes nothing but speed; a text is cut into so many streams. Default: what the model was trained with. */
  readonly batch?: number;
  /** How many steps of a text are read at once, which changes nothing but speed. Default: what the model was trained with. */
  readonly steps?: number;
}

/** Rows as the arrays of one call. */
export interface EncodedRows {
  /**
   * By the names of inputs and targets: `[B, T, …]` for a sequence, padded with 0, otherwise `[B, …]`; B is the number of rows. Nested
   * arrays if a target has `null` in it, otherwise an array with its shape.
   */
  readonly arrays: Readonly<Record<string, NumberArray | Nested>>;
  /** The number of steps of each row, `[B]`, by the names of inputs and targets that are sequences. */
  readonly lengths: Readonly<Record<string, Int32Array>>;
}

/** Rows whose targets need not be there. */
export type RowData = readonly DataRow[] | DataFile;

export interface PredictOptions {
  /** How many rows stand side by side, which changes nothing but speed. Default: 64. */
  readonly batch?: number;
}

/**
 * What is predicted of one row, by the names of predictions: a label, word or character as text (a token id where there is no vocabulary), a probability for `by binary`, a number, or an array of numbers; of a sequence an array with one of these for each step, as many as the row has. Values that the model shows by `output` stand beside them.
 */
export type PredictedRow = Readonly<Record<string, unknown>>;
