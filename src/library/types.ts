// Types of the library: a compiled cell or model, and its trainer. B is the batch, T the time. Wrong arguments throw (or reject with) a
// `UserError`, and leave model, stream and trainer as they were.
import type { ArrayInput, NumberArray } from "./given.ts";
import type { Tfjs, TfjsLayer, TfjsTensor } from "./tfjs/types.ts";
import type {
  Chosen,
  ClipLimits,
  Data,
  DataRow,
  EncodedRows,
  EvaluateOptions,
  FitOptions,
  FitResult,
  Measures,
  PredictedRow,
  PredictOptions,
  TruncationOptions,
} from "./types-training.ts";
import type { Arrays, Lengths, Results } from "./types-arrays.ts";
import type {
  BeamOptions,
  Candidate,
  Chunk,
  GenerateOptions,
  Generation,
  GradientOptions,
  Gradients,
  RunOptions,
  StateInfo,
  Stream,
  StreamOptions,
  SuggestOptions,
  Suggestion,
  Trace,
} from "./types-running.ts";
import type { CompileToOptions } from "./compile-to.ts";
import type { ExportedFile } from "../export/request.ts";
import type { TextVocabulary } from "./vocabularies.ts";

export type { Arrays, Lengths, Results } from "./types-arrays.ts";
export type * from "./types-running.ts";

/** One input, target or memory. */
export interface InputInfo {
  readonly name: string;
  readonly role: "input" | "target" | "memory";
  /** The type as in a spec: `seq [2]`, `seq char[V]`. */
  readonly type: string;
}

export interface ParameterInfo {
  /** The path of equations that leads to it: `h.f.x`. */
  readonly name: string;
  /** The sizes as text: `["H", "I"]`. */
  readonly shape: readonly string[];
}

/** Weights by name, in the shapes of `parameters`. */
export type Weights = Readonly<Record<string, ArrayInput>> | ReadonlyMap<string, ArrayInput>;

export interface WeightOptions {
  /** Whether they may be NaN or infinite. Default: the model's. */
  readonly allowNonFinite?: boolean;
}

export interface TrainerSettings extends TruncationOptions {
  /** `sgd`, `momentum`, `rmsprop`, `adam` or `adamw`, with settings such as `{ kind: "adam", lr: 0.01 }`. Default: that of the spec, otherwise adam. */
  readonly optimizer?: Chosen;
  /** Limits for the norm of the whole gradient, its elements, and the gradient of each state at each step. Default: those of the spec. */
  readonly clip?: ClipLimits;
  /** Weights that stay as they are, as in `fit`. Default: none. */
  readonly freeze?: readonly string[];
  /** Whether the state is carried from update to update: each batch is the next chunk of longer sequences. Default: false. */
  readonly carriesState?: boolean;
  /**
   * Whether arrays, loss and gradient may be NaN or infinite. Otherwise such an update is an error and changes nothing. Default: the
   * model's.
   */
  readonly allowNonFinite?: boolean;
}

export interface UpdateOptions {
  /** As in `run`. */
  readonly lengths?: Lengths;
  /** With `carriesState`: whether the batch starts new sequences. Default: true for the first update only. */
  readonly isFresh?: boolean;
  /** Scales the learning rate, as a schedule does. Default: 1. */
  readonly rate?: number;
}

export interface Updated {
  /** The loss of the batch before the update: the mean over all steps that are not padding (nats for tokens). */
  readonly loss: number;
  /** The norm of the whole gradient, before it was clipped to a norm. */
  readonly norm: number;
}

/** Trains the weights of its model, one batch at a time. Of `train { … }` in the spec it uses the optimizer and the clipping. */
export interface LibraryTrainer {
  /**
   * One update from inputs and targets, `[B, T, …]`. If `text[t+1]` is predicted, the last step of `text` is only a target: T + 1 steps
   * train T, and with `carriesState` chunks overlap by one step. A target that ends by itself, such as the output of a translator, ends with
   * the token `end` of its vocabulary.
   *
   * Arrays are read when it is called. Updates are made one after the other, in the order of the calls. An update that fails, also because
   * its loss or gradient is not finite, leaves weights, states and count as they were.
   *
   * With `k1` and `k2` (or `steps`) a batch of whole sequences is cut into windows, and each window makes an update: one every `k1` steps,
   * with gradients through `k2`. The result has the mean loss over all new steps and the largest norm. If a window fails, the updates of
   * earlier windows remain.
   *
   * Rejects with a UserError for a target of `by binary` that is not from 0 to 1, and for a batch without a target.
   */
  update(arrays: Arrays, options?: UpdateOptions): Promise<Updated>;
  /** The number of updates that it has made. */
  readonly updates: number;
  /** Frees its memory on the target, but not the weights. Updates that are still waiting reject with a UserError. */
  dispose(): void;
}

/**
 * `run`, `runChunk`, `gradients`, `generate`, `weights`, `checkpoint` and updates take effect in the order in which they are called, awaited
 * or not: each uses the weights that the calls before it leave. A stream steps at once, with the weights of that moment.
 */
export interface CompiledModel {
  readonly name: string;
  readonly kind: "cell" | "model";
  readonly target: string;
  readonly inputs: readonly InputInfo[];
  readonly parameters: readonly ParameterInfo[];
  /** States, and values that are read with a delay, such as `x[t-1]`. */
  readonly states: readonly StateInfo[];
  /**
   * Runs whole sequences. A cell returns `output` `[B, T, …]` (if it has several outputs, each by its name) and its last states `state.NAME`
   * `[B, …]`. A model returns for each `predict y` the prediction `y`: token ids, numbers, or probabilities for `by binary`. Token ids and
   * probabilities come with `y.logits`.
   */
  run(arrays: Arrays, options?: RunOptions): Promise<Results>;
  /**
   * As `run`, for a part of longer sequences. Also returns the state after the last step, with which the next part starts:
   * `runChunk(next, { state })`. The parts together have the results of `run` for the whole. Rejects with a UserError for a model that needs
   * whole sequences.
   */
  runChunk(arrays: Arrays, options?: RunOptions): Promise<Chunk>;
  /**
   * As `run`, with the value of each equation of the spec, in the order in which they are written, and the last states. `show`: these values
   * instead, also those inside others, as `h.z`.
   */
  trace(arrays: Arrays, options?: RunOptions): Promise<Trace>;
  /**
   * The loss and its gradients by weights, inputs and first states, without dropout. Changes neither weights nor states. `arrays` are those
   * of `update`. A cell has no loss: give it `cotangents`.
   */
  gradients(arrays: Arrays, options?: GradientOptions): Promise<Gradients>;
  /** Starts a stream. Throws a UserError if a part runs right to left, or if a step needs later steps. */
  start(options?: StreamOptions): Stream;
  /** Beam search: the `best` likeliest outputs for each example, the best one first. */
  generate(options: BeamOptions): Promise<readonly (readonly Candidate[])[]>;
  /**
   * Writes, by feeding predictions back. Awaited, the result has for each example, by the target's name, token ids `[n]` without the end
   * token, or numbers `[n, …]`. A `for await` loop gets each piece as it is written.
   */
  generate(options?: GenerateOptions): Generation;
  /**
   * What a model of one text expects next: the likeliest symbols, the likeliest first, or the probabilities of given continuations. Rejects
   * with a UserError for other models, and for symbols that do not occur in the training data.
   */
  suggest(options?: SuggestOptions): Promise<readonly Suggestion[]>;
  /** A trainer of the weights. Rejects with a UserError for a cell, which has no loss, and for wrong settings. */
  trainer(settings?: TrainerSettings): Promise<LibraryTrainer>;
  /**
   * Trains the weights on rows, on a running text or on a file, and measures held-out data after each epoch. The same data, seed and settings
   * give the weights of `recurra train`. Other calls in the meantime use the weights between two updates. Rejects with a UserError for wrong
   * options and data before it trains, and if the loss is no longer finite.
   */
  fit(options: FitOptions): Promise<FitResult>;
  /** Measures the model on data with targets, as `recurra evaluate` does. Rejects with a UserError for data that do not fit. */
  evaluate(options: EvaluateOptions): Promise<Measures>;
  /**
   * Predictions for each row, in the order of the rows. `predict x[t+1]` gives for each step what follows it. A model that reads its own
   * predictions writes, with the likeliest token at each step. Of a running text there is one result for each symbol. Rejects with a
   * UserError for data that do not fit.
   */
  predict(data: Data, options?: PredictOptions): Promise<readonly PredictedRow[]>;
  /** As `predict`, row by row, for a file larger than memory: `for await (const row of model.predictEach(dataFile(path)))`. */
  predictEach(data: Data, options?: PredictOptions): AsyncIterable<PredictedRow>;
  /**
   * Encodes rows as the arrays of one call, in their order: `run(arrays, { lengths })`, and `gradients` and `update` if the rows have
   * targets. A target that ends by itself gets its end token. Rejects with a UserError for rows that do not fit.
   */
  encode(rows: readonly DataRow[]): Promise<EncodedRows>;
  /** Symbols and token ids of an input or target. Throws a UserError if its vocabulary is not known. */
  vocabulary(input: string): TextVocabulary;
  /** Copies of the weights by name. Rejects with a UserError if their sizes are not known yet. */
  weights(): Promise<ReadonlyMap<string, NumberArray>>;
  /**
   * Replaces some or all weights. Throws a UserError and changes none if one does not fit or is not finite, or if an earlier call is still at
   * work.
   */
  setWeights(weights: Weights, options?: WeightOptions): void;
  /**
   * The model as a layer inside a program of tfjs: a function of tensors, with a gradient. `tf` is the program's own module of tfjs. Rejects
   * with a UserError for any other value.
   */
  onTfjs<T extends TfjsTensor, V extends T>(tf: Tfjs<T, V>): Promise<TfjsLayer<T, V>>;
  /**
   * This cell or model with its weights as files of another format: a module that runs without the compiler, or a format of
   * `recurra compile`. The main file comes first. Rejects with a UserError if the format does not support the model or an option.
   */
  compile(options?: CompileToOptions): Promise<readonly ExportedFile[]>;
  /** The model with its weights and vocabularies as the bytes of a `weights.safetensors`, which `open` and `recurra generate` read. */
  checkpoint(): Promise<Uint8Array>;
  /** Frees its memory on the target when running calls are over. Streams and trainers have their own memory to free. */
  dispose(): void;
}
