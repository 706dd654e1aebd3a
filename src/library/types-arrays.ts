// Arrays by name, as a program gives and gets them. B is the batch, T the time.
import type { ArrayInput, NumberArray } from "./given.ts";

/**
 * Arrays by the names of inputs: `[B, T, …]`, or `[T, …]` for a single example; without T where the input is no sequence. Tokens are
 * whole numbers from 0 to V - 1 and have no axis of their own: `[B, T]` or `[T]`. In a target that nothing reads, `null` in place of a
 * value says that there is none.
 */
export type Arrays = Readonly<Record<string, ArrayInput>>;

/** Results by name, with a batch axis where the inputs have one. */
export type Results = Readonly<Record<string, NumberArray>>;

/** By the names of inputs that are sequences, the length of each example, `[B]`, from 0 to T. */
export type Lengths = Readonly<Record<string, ArrayLike<number>>>;
