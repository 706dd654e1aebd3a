// What a program runs a compiled cell or model with: options and results of `run`, `runChunk`, `start`, `generate` and `gradients`.
// B is the batch, T the time. Whatever is wrong in what is given throws (or rejects with) a `UserError` that says what was expected.
import type { NumberArray } from "./given.ts";
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

interface WritingOptions {
  /** Inputs of one example or a batch of them, for a model that has some. */
  readonly inputs?: Arrays;
  readonly lengths?: Lengths;
  /** For a model of one text: what it goes on from, as text where the vocabulary is known, or as token ids. Default: a line's end. */
  readonly prompt?: string | ArrayLike<number>;
  /** How many steps to write at most; an end token ends earlier. Default: 100. */
  readonly length?: number;
  /** Stops the writing: the promise then rejects with the signal's `reason`, as `fetch` does. */
  readonly signal?: AbortSignal;
  /** Whether numbers of `inputs` may be NaN or infinite. Default: the model's. */
  readonly allowNonFinite?: boolean;
}

/** Each token is drawn by its probability. */
export interface GenerateOptions extends WritingOptions {
  /** Above 1 bolder, below 1 more careful; 0 takes the likeliest. Default: 1. */
  readonly temperature?: number;
  /** Draws from the `topK` likeliest tokens only. */
  readonly topK?: number;
  /** Draws from the likeliest tokens only that together have this probability, above 0 and at most 1. */
  readonly topP?: number;
  /** The same seed writes the same. Default: the model's. */
  readonly seed?: number;
  /**
   * By which numbers the examples draw, one for each: with the same seed and number an example gets the same, whatever stands beside it
   * in the batch. Default: their places in the batch.
   */
  readonly numbers?: ArrayLike<number>;
}

/** Beam search: nothing is drawn, so `temperature`, `topK`, `topP` and `seed` are refused with it. */
export interface BeamOptions extends WritingOptions {
  /** How many beginnings are kept at each step, 1 or more. More find likelier outputs, and take longer. */
  readonly beam: number;
  /** How many candidates to give for each example, from 1 to `beam`. Default: 1. */
  readonly best?: number;
  /**
   * Candidates are compared by log-probability / length ** lengthPenalty. 0 compares probabilities, which favours short outputs; 1
   * compares the mean of the tokens' log-probabilities. Default: 1.
   */
  readonly lengthPenalty?: number;
}

/** One thing that was written at one step for one example. */
export interface Piece {
  /** Which example of the batch, from 0. */
  readonly example: number;
  /** Which step, from 0. */
  readonly step: number;
  /** The target's name. */
  readonly name: string;
  /** A token id, of shape `[]`, or numbers `[…]`. */
  readonly value: NumberArray;
  /** What the token adds to the text, with the blank before a word; null for numbers, and where the vocabulary is not known. */
  readonly text: string | null;
}

/**
 * A promise of all that is written, and its pieces as they are written. The writing begins when `generate` is called, and stops when the
 * loop over the pieces is left early; the promise then rejects.
 */
export interface Generation extends Promise<readonly Results[]>, AsyncIterable<Piece> {}

/** One output that beam search found. */
export interface Candidate {
  /** By the target's name: token ids `[n]` without the end token. */
  readonly written: Results;
  /** By what candidates are compared: logProbability / length ** lengthPenalty. The length counts the end token. */
  readonly score: number;
  /** The log-probability of all its tokens, the end token included. */
  readonly logProbability: number;
  /** Whether it ended by itself. Without, it was cut at `length`; such candidates come after all that ended. */
  readonly isWhole: boolean;
}

export interface GradientOptions extends RunOptions {
  /**
   * For a cell: by the names of its results, what the loss changes with each number of them. The loss is then the sum of all results times
   * their cotangents. A model has a loss of its own and takes none.
   */
  readonly cotangents?: Arrays;
}

/** The loss and what it changes by with each number. Gradients have the shapes of what they belong to. */
export interface Gradients {
  /** A mean over the real steps of the batch, as that of `update`. */
  readonly loss: number;
  /** By the names of `parameters`. */
  readonly weights: ReadonlyMap<string, NumberArray>;
  /** By the names of inputs, targets and memories that hold numbers; 0 in padding. Tokens have no gradient. */
  readonly inputs: Results;
  /** By the names of `states`: how the loss changes with the state before the first step. Tokens have no gradient. */
  readonly states: Results;
}
