// Arrays by name in arguments and results. B is the batch, T the time.
import type { ArrayInput, NumberArray } from "./given.ts";

/**
 * Arrays by the names of inputs: `[B, T, …]`, or `[T, …]` for a single example; without T if the input is not a sequence. Tokens are
 * whole numbers from 0 to V - 1 and have no axis of their own: `[B, T]` or `[T]`. In a target that nothing reads, `null` in place of a
 * value says that there is none.
 */
export type Arrays = Readonly<Record<string, ArrayInput>>;

/** Results by name, with a batch axis if the inputs have one. */
export type Results = Readonly<Record<string, NumberArray>>;

/** The lengths of the examples, `[B]`, from 0 to T, by the names of inputs that are sequences. */
export type Lengths = Readonly<Record<string, ArrayLike<number>>>;
