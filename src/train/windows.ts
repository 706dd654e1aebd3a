// Truncated backpropagation through time: the steps that each update reads, which of them are new, and where the next window begins.
// k2 > k1: the k2 - k1 steps before the new ones are run again, from the state that was stored at their start.

/** `k1` steps between updates; gradients go back through `k2`. */
export interface Truncation {
  readonly k1: number;
  readonly k2: number;
  /** The loss of each step goes back through this number of steps, its own among them. Absent: as far as its window allows. */
  readonly each?: number;
}

/** What the gradient of an update must know of a truncation; null is none. */
export function limitsOf(truncation: Truncation | null): { readonly cutsState: boolean; readonly reach?: number } {
  if (truncation === null) return { cutsState: false };
  const { each } = truncation;
  return { cutsState: truncationKind(truncation) === "cut", ...(each === undefined ? {} : { reach: each }) };
}

/** Steps are counted from the start of the sequence. */
export interface Window {
  /** The window has the steps from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
  /** The last `fresh` of them are new, and count in the loss. */
  readonly fresh: number;
  /** The next window begins this number of steps after `start`. */
  readonly advance: number;
}

export function windowCount(length: number, { k1 }: Truncation): number {
  return Math.ceil(length / k1);
}

/** The window of update `index` (from 0) over a sequence of `length` steps. */
export function windowAt(length: number, truncation: Truncation, index: number): Window {
  const { start, begin, end } = boundsAt(length, truncation, index);
  const isLast = end >= length;
  return {
    start,
    end,
    fresh: end - begin,
    advance: isLast ? end - start : boundsAt(length, truncation, index + 1).start - start,
  };
}

function boundsAt(
  length: number,
  { k1, k2 }: Truncation,
  index: number,
): { readonly start: number; readonly begin: number; readonly end: number } {
  const begin = index * k1;
  const end = Math.min(length, begin + k1);
  return { start: k2 > k1 ? Math.max(0, end - k2) : begin, begin, end };
}

/** The form of the program for a truncation: with windows that overlap, with gradients cut within a window, or plain. */
export function truncationKind({ k1, k2 }: Truncation): "overlapping" | "cut" | "plain" {
  return k2 > k1 ? "overlapping" : k2 < k1 ? "cut" : "plain";
}

/** 1 at each step before which the gradient is cut: every `k2` steps, counted from the first of the window. */
export function cutsOf({ start, end }: Window, { k2 }: Truncation): Float32Array {
  return Float32Array.from({ length: end - start }, (_, step) => (step > 0 && step % k2 === 0 ? 1 : 0));
}
