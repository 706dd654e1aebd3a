// The initial values of a weight, as a small tree of data. It is stored in the graph's metadata and in checkpoints.

export type Init =
  | { readonly kind: "number"; readonly value: number }
  /** An initial value (`glorot`, `uniform(a, b)`) or a function of one (`log(uniform(1, 99))`). */
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Init[] }
  | { readonly kind: "binary"; readonly op: "+" | "-" | "*" | "/"; readonly left: Init; readonly right: Init };
