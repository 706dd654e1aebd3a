// A call of a kernel. The addresses in its arguments are set when the program runs.
import type { View } from "../kernel/view.ts";

/** An argument of a kernel: a number, or the address of a view plus some bytes. */
export type Word = number | { readonly view: View; readonly bytes: number };

/** The address of a view, as an argument. */
export function begin(view: View): Word {
  return { view, bytes: 0 };
}

/** `K` is the type of the target's kernels. */
export interface Call<K> {
  readonly kernel: K;
  readonly words: readonly Word[];
}
