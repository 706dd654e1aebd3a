// Types of data, and of `fit`, `evaluate`, `predict` and `encode`.
import type { Measures, PredictionMeasures } from "../train/measure.ts";
import type { DataFile } from "./data.ts";
import type { Nested, NumberArray } from "./given.ts";

export type { Measures, PredictionMeasures };

/**
 * One row, like a line of JSON Lines: values by the names of inputs and targets. A `char` or `word` sequence is a text, or an array of its
 * symbols. Other sequences are arrays with an item for each step. Numbers with axes of their own are nested arrays `[T, …]`, of which the
 * innermost may be typed. Labels are texts, numbers or booleans. `null` means that a target is not known, at one step or in the whole row.
 * Other fields are ignored.
 */
export type DataRow = Readonly<Record<string, unknown>>;

/** Rows, each of its own length; one running text; or a file of either (in Node, `dataFile`), which may be larger than memory. */
export type Data = readonly DataRow[] | string | DataFile;

/** A kind with its settings, as `{ kind: "adam", lr: 0.01 }`. The kind and settings of the spec are the defaults. */
export type Chosen = { readonly kind?: string } & Readonly<Record<string, number | string>>;

/** Limits above 0. Defaults are those of the spec; `Infinity` means no limit. */
export type ClipLimits = {
  /** For the norm of the whole gradient. */
  readonly norm?: number;
  /** For each element of the gradient. */
  readonly value?: number;
  /** For each element of the gradient of a state, at each step. */
  readonly state?: number;
};

/** Truncated backpropagation through time, in steps of a sequence. Default: the spec's `truncate`. */
export interface TruncationOptions {
  /** An update every `k1` steps. */
  readonly k1?: number;
  /** Gradients go back through `k2` steps. */
  readonly k2?: number;
  /** Sets both. */
  readonly steps?: number;
  /**
   * The loss of each step goes back through this number of steps, its own among them, within its window. Without the others, rows are
   * read whole, with one update for each batch. Costs as many backward passes. `truncate each` of a spec.
   */
  readonly truncateEach?: number;
}

/** How rows of time steps become examples. */
export interface SeriesOptions {
  /** The number of steps in an example; one begins at every step. Default: a whole series is one example. */
  readonly window?: number;
  /** The number of steps after the window that are predicted, for a target with a time of its own. Default for one value: 1. */
  readonly horizon?: number;
  /** The column whose values tell series apart. Default: all rows are one series. */
  readonly group?: string;
  /** The column with the dates, which give the order. Default: the first column of dates that is not a field, in a file of CSV. */
  readonly date?: string;
  /** Columns by the names of inputs and targets, if they have other names: one column, or one for each number of a vector. */
  readonly columns?: Readonly<Record<string, string | readonly string[]>>;
}

export interface FitOptions extends TruncationOptions {
  /** The training data. A model without vocabularies gets those of these data. */
  readonly data: Data;
  /** Data to measure after each epoch; `false`: none. Default: the last tenth of `data`, which is then not used for training. */
  readonly valid?: Data | false;
  /**
   * For rows that are the time steps of series: `true`, or how they are cut into examples. The end of each series is held out. The model
   * keeps it for `evaluate` and `predict`. Default: each row is an example.
   */
  readonly series?: SeriesOptions | true;
  /** How often to read the data. Default: that of the spec, otherwise 1. */
  readonly epochs?: number;
  /** Stop after this number of updates, even in the middle of an epoch. */
  readonly updates?: number;
  /** The number of rows, or of streams of a text, in a batch. Default: that of the spec, otherwise 32. */
  readonly batch?: number;
  /** `sgd`, `momentum`, `rmsprop`, `adam` or `adamw`. Default: that of the spec, otherwise adam. Each call starts with new moments. */
  readonly optimizer?: Chosen;
  /** For the learning rate: `constant`, `step`, `exponential` or `cosine`, each with `warmup`. Default: that of the spec, otherwise constant. */
  readonly schedule?: Chosen;
  readonly clip?: ClipLimits;
  /**
   * Weights that stay as they are, by their names or the beginnings of their names: `["e"]` is `e.table` and all others under `e`. The norm
   * of the gradient does not count them. Default: none.
   */
  readonly freeze?: readonly string[];
  /**
   * Vectors of words for tables of `embed`, by the names of the weights: `{ "e.table": dataFile("glove.txt") }`. Each word of the vocabulary
   * gets its row before training, or the row of its form in small letters; words without a vector keep their rows. A file is a text as
   * word2vec and GloVe write it.
   */
  readonly embeddings?: Embeddings;
  /** Stop after this number of epochs without a lower held-out loss. The model then has the weights of the best epoch. */
  readonly patience?: number;
  /** Characters and words that occur less often become unknown. Default: 1. Has no effect on a model with vocabularies. */
  readonly minCount?: number;
  /** Skip bad rows. Otherwise a bad row is an error. Default: false. */
  readonly skipBad?: boolean;
  /** Decides the order of rows, and dropout. Default: that of the model, which decides the first weights. */
  readonly seed?: number;
  readonly onUpdate?: (update: UpdateReport) => void;
  /**
   * Called after each epoch, and at the end if `updates` ends in the middle of one. It is awaited and may use the model: `generate`, `run`
   * and `checkpoint` see the weights of that moment.
   */
  readonly onEpoch?: (epoch: EpochReport) => void | Promise<void>;
  /** Ends training after the current update: `fit` then resolves with `ending: "interrupted"`. */
  readonly signal?: AbortSignal;
}

/** Vectors by the name of the table that gets them: a file from `dataFile`, or a map from words. */
export type Embeddings = Readonly<Record<string, DataFile | ReadonlyMap<string, ArrayLike<number>>>>;

/** How many words of a vocabulary have got vectors. */
export interface EmbeddedWords {
  /** The name of the weight. */
  readonly table: string;
  /** The number of words with a vector, including `lowerCase`. */
  readonly found: number;
  /** The number of words that got the vector of their form in small letters. */
  readonly lowerCase: number;
  /** The number of words in the vocabulary, without special tokens. */
  readonly words: number;
}

export interface UpdateReport {
  /** From 1. */
  readonly update: number;
  /** The number of updates in all. */
  readonly totalUpdates: number;
  /** From 1. */
  readonly epoch: number;
  /** The mean loss of a step, averaged over recent updates; in nats for tokens. */
  readonly loss: number;
}

export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** The number of updates so far. */
  readonly updates: number;
  /** The training loss, averaged over recent updates. */
  readonly loss: number;
  /** Measures of the held-out data; null if nothing is held out. */
  readonly measures: Measures | null;
  /** Whether no epoch had a lower held-out loss. */
  readonly isBest: boolean;
}

export interface FitResult {
  /** All epochs were read, the limit `updates` or `patience` was reached, or `signal` was aborted. */
  readonly ending: "finished" | "stopped" | "no better" | "interrupted";
  readonly updates: number;
  /** The last measures; null if there are none. */
  readonly measures: Measures | null;
  /** What `embeddings` found, table by table; empty if it was not given. */
  readonly embedded: readonly EmbeddedWords[];
  /** The lowest held-out loss of an epoch; null if none was measured. */
  readonly best: number | null;
  /** The learning curve: training losses every ten updates (`validation` null), and losses of the held-out data. */
  readonly history: readonly CurvePoint[];
}

export interface CurvePoint {
  readonly update: number;
  readonly training: number;
  readonly validation: number | null;
}

export interface EvaluateOptions {
  /** Data with targets. */
  readonly data: Data;
  /**
   * For rows it only changes speed; default: that of the training. A text is cut into this number of streams, which are faster, but each
   * begins without what was before it, so the loss is higher; default: 1, which predicts every symbol but the first.
   */
  readonly batch?: number;
  /** The number of steps of a text that are read at once, which only changes speed. Default: that of the training. */
  readonly steps?: number;
  /** Whether each row is measured by itself too, as `rows` of the result. Default: false. */
  readonly each?: boolean;
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

export interface PredictOptions {
  /** The number of rows in a batch, which only changes speed. Default: 64. */
  readonly batch?: number;
  /** For a model that writes: the greatest number of steps. Default: as in `generate`. */
  readonly length?: number;
  /**
   * For labels that are predicted by ctc: how many beginnings a search keeps, which adds up the paths that read as the same labels. Default:
   * no search, the labels of the likeliest path.
   */
  readonly beam?: number;
  /** Values inside the model that each row has too, by their names, as `show` of `run`: `["h.f"]`. Default: none. */
  readonly show?: readonly string[];
}

/**
 * The predictions for one row, by name: a label, word or character as text (a token id if there is no vocabulary), a probability for
 * `by binary`, a number, or nested arrays of numbers, as the rows have them. For a sequence, an array with one of these for each step of the
 * row; what a model writes is a text. Of a running text there is one for each symbol: what is predicted after it. Values that the model shows
 * by `output` are included.
 */
export type PredictedRow = Readonly<Record<string, unknown>>;
