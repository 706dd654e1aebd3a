// A call of a kernel. The addresses in its arguments are set when the program runs.
import type { Func } from "../../codegen/wasm/tree.ts";
import type { View } from "../../kernel/view.ts";

/** An argument of a kernel: a number, or the address of a view plus some bytes. */
export type Word = number | { readonly view: View; readonly bytes: number };

/** The address of a view, as an argument. */
export function begin(view: View): Word {
  return { view, bytes: 0 };
}

export interface Call {
  readonly kernel: Func;
  readonly words: readonly Word[];
}
