// Options and results of `run`, `runChunk`, `start`, `generate` and `gradients`. B is the batch, T the time. Wrong arguments throw (or reject
// with) a `UserError` that says what is expected.
import type { NumberArray } from "./given.ts";
import type { Arrays, Lengths, Results } from "./types-arrays.ts";

/** The state before the first step, by the names of `states`: `[B, …]`, or `[…]` for a single example. */
export type FirstState = Arrays;

/**
 * The complete state after a step: states, and values that are read with a delay. `[B, …]`, or `[…]` for a single example. Plain arrays,
 * which can be stored, and passed as `state` again.
 */
export type State = Results;

/** One state, or one value that is read with a delay. */
export interface StateInfo {
  /** The path of equations that leads to it: `h`, `h.layer0.c`, `x[t-1]`. */
  readonly name: string;
  /** The sizes as text, without the batch: `["H"]`. A token has none. */
  readonly shape: readonly string[];
}

export interface RunOptions {
  /**
   * The lengths of examples; the steps after them are padding and may have any values. One of several sequences that are read together is
   * enough. Sequences that are not named have no padding. Results are 0 in padding, except `logits` and values computed from them, which
   * have no meaning there.
   */
  readonly lengths?: Lengths;
  /**
   * Values that the spec does not show by `output`, by their names: `e` is an equation, `h.f` a gate of the cell that the equation `h` applies,
   * `h.layer0.f` that of a layer. They are results of these names, as those of `output`. Default: none.
   */
  readonly show?: readonly string[];
  /** First states. The others start as the spec says. Default: none. */
  readonly state?: FirstState;
  /** Whether numbers may be NaN or infinite. Otherwise they are errors, except in padding. Default: the model's. */
  readonly allowNonFinite?: boolean;
}

/** The result of `runChunk`. */
export interface Chunk {
  /** The results of `run`, for this part. */
  readonly results: Results;
  /** The state after each example's last step. */
  readonly state: State;
}

/** The result of `trace`. */
export interface Trace {
  /** The number of examples; null for a single one, whose arrays have no axis of examples. */
  readonly batch: number | null;
  /** The values of equations in the order in which they are written, then other results. */
  readonly values: readonly TracedValue[];
  /** The state after each example's last step. Null for a model that cannot be run in parts, as one that reads from right to left. */
  readonly state: State | null;
}

export interface TracedValue {
  readonly name: string;
  /** As `recurra fmt` writes it: `h = tanh(linear(x, h[t-1]))`. Null for a value inside another one, and for a result without an equation. */
  readonly equation: string | null;
  /** Whether it has a value at each step. */
  readonly isSequence: boolean;
  /** For each axis of `array` but that of examples: an input whose steps it has, as those of a memory that is attended to, or null. */
  readonly along: readonly (string | null)[];
  /** `[B, T, …]`, or `[T, …]` for a single example; without T where it is not a sequence. */
  readonly array: NumberArray;
}

export interface StreamOptions {
  /** The number of examples in each step. Default: one example, whose arrays have no batch axis. */
  readonly batch?: number;
  /** Memories and other inputs that are the same at every step: `[B, T, …]` or `[B, …]`, without B for one example. */
  readonly inputs?: Arrays;
  /** First states, as `state` of `run`. */
  readonly state?: FirstState;
  /** Values that each step returns too, as `show` of `run`. */
  readonly show?: readonly string[];
  /** Whether numbers may be NaN or infinite, here and in each step. Default: the model's. */
  readonly allowNonFinite?: boolean;
}

/** A cell or model that gets one step at a time. Each step uses the weights of that moment. */
export interface Stream {
  /**
   * One step: arrays `[B, …]`, or `[…]` without a batch, by the inputs' names. Returns the results of `run` for this step: a cell's
   * `output`, a model's predictions. A prediction that is not a sequence is that of `run` for the steps so far. Works on CPU targets; on
   * others it throws a UserError: use `stepLater`.
   */
  step(inputs: Arrays): Results;
  /** As `step`, on every target. */
  stepLater(inputs: Arrays): Promise<Results>;
  /**
   * The state after the last step, with which `run`, `runChunk` or another stream can continue. Before the first step: the first states.
   */
  state(): Promise<State>;
  /** Resets the state: the next step is the first of a new sequence, with the first states of `start`. */
  reset(): void;
  /** Frees its memory on the target. */
  dispose(): void;
}

interface WritingOptions {
  /** Inputs of one example or of a batch, for a model that has inputs. */
  readonly inputs?: Arrays;
  readonly lengths?: Lengths;
  /**
   * For a model of one text: the text to continue, or its token ids. Default: the end of a line. For a model that predicts `x[t+1]` of one
   * series: the steps of `x` before, as `inputs: { x }` gives them.
   */
  readonly prompt?: string | ArrayLike<number>;
  /**
   * The largest number of steps. An end token ends the output earlier. Default: 100; for sequences that do not end by themselves, as those
   * of numbers, the longest sequence of the training rows.
   */
  readonly length?: number;
  /** Stops the writing. The promise then rejects with the signal's `reason`, as that of `fetch`. */
  readonly signal?: AbortSignal;
  /** Whether numbers of `inputs` may be NaN or infinite. Default: the model's. */
  readonly allowNonFinite?: boolean;
}

/** Options for drawing each token by its probability. */
export interface GenerateOptions extends WritingOptions {
  /** Values above 1 make unlikely tokens more frequent, values below 1 less; 0 takes the likeliest. Default: 1. */
  readonly temperature?: number;
  /** Draws from the `topK` likeliest tokens only. */
  readonly topK?: number;
  /** Draws only from the likeliest tokens that together have this probability, above 0 and at most 1. */
  readonly topP?: number;
  /** The same seed gives the same output. Default: the model's. */
  readonly seed?: number;
  /**
   * A number for each example. With the same seed and number an example gets the same output in any batch. Default: the examples' places
   * in the batch.
   */
  readonly numbers?: ArrayLike<number>;
  /** For a model of one text: each piece says this many of the likeliest symbols at its step, before `temperature`, `topK` and `topP`. */
  readonly likeliest?: number;
}

export interface SuggestOptions {
  /** The beginning of the text, or its token ids. Default: the end of a line. */
  readonly prompt?: string | ArrayLike<number>;
  /** The number of symbols, the likeliest first. Default: 5. */
  readonly top?: number;
  /** Continuations whose probabilities are wanted, in place of the likeliest symbols. Their order is kept. */
  readonly of?: readonly string[];
}

/** A symbol that may come next, or a text whose symbols may. */
export interface Suggestion {
  /** A character or word; special tokens by name, such as `<end>`. Token ids where the symbols are not known. */
  readonly text: string;
  readonly probability: number;
}

/** Options for beam search. Nothing is drawn, so `temperature`, `topK`, `topP`, `seed` and `numbers` are errors. */
export interface BeamOptions extends WritingOptions {
  /** The number of beginnings that are kept at each step, 1 or more. More of them find likelier outputs and take longer. */
  readonly beam: number;
  /** The number of candidates for each example, from 1 to `beam`. Default: 1. */
  readonly best?: number;
  /**
   * Candidates are compared by log-probability / length ** lengthPenalty. 0 compares probabilities, which favours short outputs; 1
   * compares the mean of the tokens' log-probabilities. Default: 1.
   */
  readonly lengthPenalty?: number;
}

/** One token or value, written at one step for one example. */
export interface Piece {
  /** The example in the batch, from 0. */
  readonly example: number;
  /** The step, from 0. */
  readonly step: number;
  /** The target's name. */
  readonly name: string;
  /** A token id, of shape `[]`, or numbers `[…]`. */
  readonly value: NumberArray;
  /** The text that the token adds, with the blank before a word; null for numbers, and if the vocabulary is not known. */
  readonly text: string | null;
  /** What could have been written, if the option `likeliest` asks for it. */
  readonly likeliest?: readonly Suggestion[];
}

/**
 * A promise of the whole output, and an iterator over its pieces. The writing starts when `generate` is called. It stops when the loop over
 * the pieces is left early; the promise then rejects.
 */
export interface Generation extends Promise<readonly Results[]>, AsyncIterable<Piece> {}

/** One output that beam search found. */
export interface Candidate {
  /** By the target's name: token ids `[n]` without the end token. */
  readonly written: Results;
  /** Candidates are compared by this: logProbability / length ** lengthPenalty. The length counts the end token. */
  readonly score: number;
  /** The log-probability of all its tokens, the end token included. */
  readonly logProbability: number;
  /** Whether it ended by itself. Otherwise it was cut at `length`; such candidates come last. */
  readonly isWhole: boolean;
}

export interface GradientOptions extends Omit<RunOptions, "show"> {
  /**
   * The gradient of the loss by each result, by the names of the results and of last states (`state.h`). The loss is then the sum of these
   * times their cotangents, also for a model, and targets are not needed. Default: the loss of the model; a cell has none.
   */
  readonly cotangents?: Arrays;
}

/** The loss and its gradients. A gradient has the shape of its weight, input or state. */
export interface Gradients {
  /** The mean over all steps that are not padding, as in `update`. */
  readonly loss: number;
  /** By the names of `parameters`. */
  readonly weights: ReadonlyMap<string, NumberArray>;
  /** By the names of inputs, targets and memories with numbers; 0 in padding. Tokens have no gradient. */
  readonly inputs: Results;
  /** By the names of `states`: the gradient by the state before the first step. Tokens have no gradient. */
  readonly states: Results;
}
