// What the library offers, as types: a compiled cell or model, its streams, its trainer.
// B is the batch, T the time. Whatever is wrong in what is given throws (or rejects with) a `UserError` in the words of the spec, and
// leaves model, stream and trainer as they were.
import type { ArrayInput, NumberArray } from "./given.ts";
import type { Tfjs, TfjsLayer, TfjsTensor } from "./tfjs/types.ts";
import type {
  Chosen,
  ClipLimits,
  DataRow,
  EncodedRows,
  EvaluateOptions,
  FitOptions,
  FitResult,
  Measures,
  PredictedRow,
  PredictOptions,
  RowData,
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
  /** As the spec would say it: `seq [2]`, `seq char[V]`. */
  readonly type: string;
}

export interface ParameterInfo {
  /** The path of equations that leads to it: `h.f.x`. */
  readonly name: string;
  /** As printed sizes: `["H", "I"]`. */
  readonly shape: readonly string[];
}

/** Weights by name, in the shapes of `parameters`. */
export type Weights = Readonly<Record<string, ArrayInput>> | ReadonlyMap<string, ArrayInput>;

export interface WeightOptions {
  /** Whether they may be NaN or infinite. Default: the model's. */
  readonly allowNonFinite?: boolean;
}

export interface TrainerSettings extends TruncationOptions {
  /** `sgd`, `momentum`, `rmsprop`, `adam` or `adamw`, with settings such as `{ kind: "adam", lr: 0.01 }`. Default: the spec's, else adam. */
  readonly optimizer?: Chosen;
  /** Limits: of the whole gradient's norm, of its elements, of each state's gradient at each step. Default: the spec's. */
  readonly clip?: ClipLimits;
  /** Whether the state is carried from update to update: each batch is the next chunk of longer sequences. Default: false. */
  readonly carriesState?: boolean;
  /**
   * Whether numbers may be NaN or infinite, in what is learnt from, in the loss and in the gradient. Without, such an update is refused
   * and changes nothing. Default: the model's.
   */
  readonly allowNonFinite?: boolean;
}

export interface UpdateOptions {
  /** As those of `run`. */
  readonly lengths?: Lengths;
  /** With `carriesState`: the batch begins new sequences. Default: whether it is the first update. */
  readonly isFresh?: boolean;
  /** Scales the learning rate, as a schedule does. Default: 1. */
  readonly rate?: number;
}

export interface Updated {
  /** The loss that the batch had before the update: a mean over its real steps (nats for tokens). */
  readonly loss: number;
  /** The norm of the whole gradient, before it was clipped to a norm. */
  readonly norm: number;
}

/** Trains the weights of the model that made it. Of the spec's `train { … }` it takes the optimizer and the clipping; batches are what it is given. */
export interface LibraryTrainer {
  /**
   * One update from inputs and targets, `[B, T, …]`. Where `text[t+1]` is predicted, the last step of `text` serves as a target only:
   * T + 1 steps train T, and with `carriesState` chunks overlap by one step. A target that ends by itself, as the output of a
   * translation, ends with the `end` of its vocabulary.
   *
   * Arrays are read when it is called, and updates are made one after the other: one that is called before the last has resolved waits for
   * it. One that fails, also because its loss or gradient is not finite, leaves weights, states and count as they were, and the next goes
   * on from there.
   *
   * With `k1` and `k2` (or `steps`) a batch of whole sequences is cut into windows, and each window is an update: one every `k1` steps, with
   * gradients through `k2`. It resolves to the mean loss over all new steps and the largest norm. A window that fails leaves the updates of
   * the windows before it.
   *
   * A target of `by binary` that is not from 0 to 1, and a batch without any target, reject with a UserError.
   */
  update(arrays: Arrays, options?: UpdateOptions): Promise<Updated>;
  /** How many updates it made. */
  readonly updates: number;
  /** Frees its memory on the target; the weights stay the model's. Updates that still wait reject with a UserError. */
  dispose(): void;
}

/**
 * `run`, `runChunk`, `gradients`, `generate`, `weights`, `checkpoint` and updates take effect in the order in which they are called, awaited or not: each sees
 * the weights as the calls before it left them. A stream steps at once, with the weights as they are.
 */
export interface CompiledModel {
  readonly name: string;
  readonly kind: "cell" | "model";
  readonly target: string;
  readonly inputs: readonly InputInfo[];
  readonly parameters: readonly ParameterInfo[];
  /** What is carried from step to step: states, and values that are read with a delay, as `x[t-1]`. */
  readonly states: readonly StateInfo[];
  /**
   * Runs whole sequences. A cell gives `output` `[B, T, …]` (and, where it has several, each by its name) and its last states
   * `state.NAME` `[B, …]`. A model gives for each `predict y` the prediction `y`: token ids, numbers, or probabilities for
   * `by binary`; for the first and the last also `y.logits`.
   */
  run(arrays: Arrays, options?: RunOptions): Promise<Results>;
  /**
   * As `run`, of a part of longer sequences. It also gives the state after the last step, with which the next part goes on:
   * `runChunk(next, { state })`. The parts together give what `run` gives for the whole. Rejects with a UserError where `start` throws
   * one: such a model needs whole sequences.
   */
  runChunk(arrays: Arrays, options?: RunOptions): Promise<Chunk>;
  /**
   * The loss and its gradients by weights, by inputs and by first states, without dropout. It changes nothing: neither weights nor
   * states. `arrays` are those of `update`. A cell has no loss: give it `cotangents`.
   */
  gradients(arrays: Arrays, options?: GradientOptions): Promise<Gradients>;
  /** Begins a stream. Throws a UserError where a part runs right to left, or something is read at a step that only all steps tell. */
  start(options?: StreamOptions): Stream;
  /** Searches for the likeliest outputs instead of drawing one: for each example the `best` candidates, the best one first. */
  generate(options: BeamOptions): Promise<readonly (readonly Candidate[])[]>;
  /**
   * Writes what the model feeds back. Awaited, it gives for each example, by the target's name, token ids `[n]` without the end token,
   * or numbers `[n, …]`. In `for await`, it gives each piece as it is written.
   */
  generate(options?: GenerateOptions): Generation;
  /** Something that trains the weights. Rejects with a UserError for a cell, which has nothing to minimise, and for wrong settings. */
  trainer(settings?: TrainerSettings): Promise<LibraryTrainer>;
  /**
   * Trains the weights on rows, on a running text or on a file, with a measure of held-out data after each epoch; the same data, seed and
   * settings give the weights that `recurra train` gives. Updates take turns with other calls, which find the weights between two of them.
   * Rejects with a UserError for wrong options and data before it trains, and where the loss is no longer finite.
   */
  fit(options: FitOptions): Promise<FitResult>;
  /** Measures the model on data with targets, as `recurra evaluate` does. Rejects with a UserError for data that do not fit. */
  evaluate(options: EvaluateOptions): Promise<Measures>;
  /**
   * Predicts for each row, in their order. Rejects with a UserError for a model that reads what it predicts, which has `generate`, and for
   * rows that do not fit.
   */
  predict(rows: RowData, options?: PredictOptions): Promise<readonly PredictedRow[]>;
  /** As `predict`, row by row, for a file larger than memory: `for await (const row of model.predictEach(dataFile(path)))`. */
  predictEach(rows: RowData, options?: PredictOptions): AsyncIterable<PredictedRow>;
  /**
   * Encodes rows as the arrays of one call, in their order: `run(arrays, { lengths })`, and `gradients` and `update` if the rows have
   * targets. A target that ends by itself gets its end token. Throws a UserError for rows that do not fit.
   */
  encode(rows: readonly DataRow[]): EncodedRows;
  /** Symbols and token ids of an input or target. Throws a UserError where nobody has given its vocabulary. */
  vocabulary(input: string): TextVocabulary;
  /** Copies of the weights as they are, by name. Rejects with a UserError where their sizes are not known yet. */
  weights(): Promise<ReadonlyMap<string, NumberArray>>;
  /**
   * Puts other values in place of some weights or all. One that does not fit or is not finite throws a UserError, and then none is changed;
   * so does a call while something that was called before is still at work.
   */
  setWeights(weights: Weights, options?: WeightOptions): void;
  /**
   * The model as a layer inside a program of tfjs: a function of its tensors, with a gradient. `tf` is the program's own module. Rejects
   * with a UserError for what is no such module.
   */
  onTfjs<T extends TfjsTensor, V extends T>(tf: Tfjs<T, V>): Promise<TfjsLayer<T, V>>;
  /**
   * The files of this cell or model in another form, with its weights as they are: a module that runs without the compiler, or a format of
   * `recurra compile`. The main file comes first. Rejects with a UserError for what the format cannot express.
   */
  compile(options?: CompileToOptions): Promise<readonly ExportedFile[]>;
  /** The model with its weights and vocabularies as the bytes of a `weights.safetensors`, which `open` and `recurra generate` read. */
  checkpoint(): Promise<Uint8Array>;
  /** Frees its memory on the target, once what is at work is over. Streams and trainers have their own to free. */
  dispose(): void;
}
