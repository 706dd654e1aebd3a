// What a program runs a compiled cell or model with: options and results of `run`, `runChunk`, `start` and `generate`.
// B is the batch, T the time. Whatever is wrong in what is given throws (or rejects with) a `UserError` that says what was expected.
import type { Arrays, Lengths, Results } from "./types-arrays.ts";

/** What a sequence begins with, by the names of `states`: `[B, …]`, or `[…]` for a single example. */
export type FirstState = Arrays;

/**
 * What a sequence has carried to a step, complete: states, and values that are read with a delay. `[B, …]`, or `[…]` for a single example.
 * Plain arrays, which can be stored, and given as `state` again.
 */
export type State = Results;

/** One thing that is carried from step to step. */
export interface StateInfo {
  /** The path of equations that leads to it: `h`, `h.layer0.c`, `x[t-1]`. */
  readonly name: string;
  /** As printed sizes, without the batch: `["H"]`. A token has none. */
  readonly shape: readonly string[];
}

export interface RunOptions {
  /**
   * For examples of different lengths: the rest of each is padding, whatever stands there. Sequences that are read together need it
   * once; those that are not named are full. Results are 0 behind an example's end, but for `logits` and what is made of them, which
   * mean nothing there.
   */
  readonly lengths?: Lengths;
  /** Where the sequences begin; states that are not given start as the spec says. Default: none is given. */
  readonly state?: FirstState;
  /** Whether numbers may be NaN or infinite; without, one at a real step is refused with its place. Default: the model's. */
  readonly allowNonFinite?: boolean;
}

/** What `runChunk` gives. */
export interface Chunk {
  /** As those of `run`. */
  readonly results: Results;
  /** The state after each example's last step. */
  readonly state: State;
}

export interface StreamOptions {
  /** How many examples are stepped side by side; without, one, and arrays have no batch axis. */
  readonly batch?: number;
  /** Memories and other inputs that are the same at every step: `[B, T, …]` or `[B, …]`, without B for one example. */
  readonly inputs?: Arrays;
  /** Where the stream begins, as `state` of `run`. */
  readonly state?: FirstState;
  /** Whether numbers may be NaN or infinite, here and at each step. Default: the model's. */
  readonly allowNonFinite?: boolean;
}

/** A cell or model that is fed step by step. It reads the weights as they are at each step. */
export interface Stream {
  /**
   * One step: arrays `[B, …]`, or `[…]` without a batch, by the inputs' names. Gives what `run` gives for this step: a cell's
   * `output`, a model's predictions; of what a model predicts once, what `run` gives for the steps up to this one. Synchronous on CPU targets; elsewhere it throws a UserError, and `stepLater` is there.
   */
  step(inputs: Arrays): Results;
  /** As `step`, on every target. */
  stepLater(inputs: Arrays): Promise<Results>;
  /**
   * The state after the last step, for `run`, `runChunk` or another stream to go on with. Before the first step: what `start` was given.
   */
  state(): Promise<State>;
  /** Forgets the steps: the next one is the first of a new sequence, which begins as `start` was told. */
  reset(): void;
  /** Frees its memory on the target. */
  dispose(): void;
}

export interface GenerateOptions {
  /** Inputs of one example or a batch of them, for a model that has some. */
  readonly inputs?: Arrays;
  readonly lengths?: Lengths;
  /** For a model of one text: what it goes on from, as text where the vocabulary is known, or as token ids. Default: a line's end. */
  readonly prompt?: string | ArrayLike<number>;
  /** How many steps to write at most; an end token ends earlier. Default: 100. */
  readonly length?: number;
  /** Above 1 bolder, below 1 more careful; 0 takes the likeliest. Default: 1. */
  readonly temperature?: number;
  /** Draws from the `topK` likeliest tokens only. */
  readonly topK?: number;
  /** Draws from the likeliest tokens only that together have this probability, above 0 and at most 1. */
  readonly topP?: number;
  /** The same seed writes the same. Default: the model's. */
  readonly seed?: number;
  /** Whether numbers of `inputs` may be NaN or infinite. Default: the model's. */
  readonly allowNonFinite?: boolean;
}
