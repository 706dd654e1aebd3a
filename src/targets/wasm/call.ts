// A call of a kernel, with arguments whose addresses are known when the program runs.
import type { Func } from "../../codegen/wasm/tree.ts";
import type { View } from "../../kernel/view.ts";

/** An argument of a kernel: a number, or where a view begins. */
export type Word = number | { readonly view: View; readonly bytes: number };

/** Where a view begins, as an argument. */
export function begin(view: View): Word {
  return { view, bytes: 0 };
}

export interface Call {
  readonly kernel: Func;
  readonly words: readonly Word[];
}
