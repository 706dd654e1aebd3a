// What the library offers, as types: a compiled cell or model, its streams, its trainer.
import type { ArrayInput, NumberArray } from "./arrays.ts";

/** One input, target or memory. */
export interface InputInfo {
  readonly name: string;
  readonly role: "input" | "target" | "memory";
  /** As the spec would say it: `seq [2]`, `seq token[V]`. */
  readonly type: string;
}

export interface ParameterInfo {
  /** The path of equations that leads to it: `h.f.x`. */
  readonly name: string;
  /** As printed sizes: `["H", "I"]`. */
  readonly shape: readonly string[];
}

/** Arrays by the names of inputs, `[B, T, …]` or `[T, …]` for a single example (without T where the input is no sequence). */
export type Arrays = Readonly<Record<string, ArrayInput>>;

/** Results by name, with a batch axis where the inputs have one. */
export type Results = Readonly<Record<string, NumberArray>>;

export interface RunOptions {
  /** For inputs that are sequences, the length of each example; the rest is padding, whatever stands there. */
  readonly lengths?: Readonly<Record<string, readonly number[]>>;
}

export interface StreamOptions {
  /** How many examples are stepped side by side; without, one, and arrays have no batch axis. */
  readonly batch?: number;
  /** Memories and other inputs that are the same at every step. */
  readonly inputs?: Arrays;
}

/** A cell or model that is fed step by step. */
export interface Stream {
  /**
   * One step: arrays `[…]` or `[B, …]` by the inputs' names; gives this step's results.
   * Synchronous on CPU targets; elsewhere use `stepLater`.
   */
  step(inputs: Arrays): Results;
  stepLater(inputs: Arrays): Promise<Results>;
  /** Forgets the state: the next step is the first of a new sequence. */
  reset(): void;
  dispose(): void;
}

export interface GenerateOptions {
  /** Inputs of one example or a batch of them, for a model that has some. */
  readonly inputs?: Arrays;
  readonly lengths?: RunOptions["lengths"];
  /** For a model of one text: the tokens that it goes on from. */
  readonly prompt?: readonly number[];
  /** How many steps to write at most. Default: 100. */
  readonly length?: number;
  /** Above 1 bolder, below 1 more careful; 0 takes the likeliest. Default: 1. */
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed?: number;
}

export interface TrainerSettings {
  /** `sgd`, `momentum`, `rmsprop`, `adam` or `adamw`, with settings such as `{ kind: "adam", lr: 0.01 }`. Default: the spec's, else adam. */
  readonly optimizer?: { readonly kind: string } & Readonly<Record<string, number | string>>;
  /** Limits: of the whole gradient's norm, of its elements, of each state's gradient at each step. Default: the spec's. */
  readonly clip?: { readonly norm?: number; readonly value?: number; readonly state?: number };
  /** Whether the state is carried from update to update: chunks of a longer sequence. Default: false. */
  readonly carriesState?: boolean;
}

export interface UpdateOptions extends RunOptions {
  /** With `carriesState`: the batch begins new sequences. Default: the first update. */
  readonly isFresh?: boolean;
  /** Scales the learning rate. */
  readonly rate?: number;
}

/** Trains the weights of the model that made it. */
export interface LibraryTrainer {
  /** One update from inputs and targets; gives the loss before it, and the gradient's norm before clipping. */
  update(arrays: Arrays, options?: UpdateOptions): Promise<{ readonly loss: number; readonly norm: number }>;
  readonly updates: number;
  dispose(): void;
}

export interface CompiledModel {
  readonly name: string;
  readonly kind: "cell" | "model";
  readonly target: string;
  readonly inputs: readonly InputInfo[];
  readonly parameters: readonly ParameterInfo[];
  /** Runs whole sequences. Gives a cell's `output` and last states `state.NAME`; for each `predict y` of a model `y` and, but for numbers, `y.logits`. */
  run(arrays: Arrays, options?: RunOptions): Promise<Results>;
  /** Begins a stream. Throws a UserError where a part runs right to left, or something is computed from whole sequences. */
  start(options?: StreamOptions): Stream;
  /** Writes what the model feeds back: for each example, token ids by the targets' names. */
  generate(
    options?: GenerateOptions,
  ): Promise<readonly Readonly<Record<string, readonly (number | readonly number[])[]>>[]>;
  trainer(settings?: TrainerSettings): Promise<LibraryTrainer>;
  /** The weights as they are. Throws a UserError where their sizes are not known yet. */
  weights(): Promise<ReadonlyMap<string, NumberArray>>;
  setWeights(weights: ReadonlyMap<string, NumberArray>): void;
  dispose(): void;
}
