// How `generate` draws a value from what a prediction gives: a loss says it.

/** How `generate` draws a value from what a prediction gives. Modules carry it as JSON. */
export type Drawing =
  /** From logits. */
  | { readonly kind: "token" | "binary" }
  /** The value itself. */
  | { readonly kind: "value" }
  /** From means and standard deviations, `[…, 2]`. */
  | { readonly kind: "gaussian" }
  /** From the rows of a mixture, `[…, components, 2n + 1]`; `isVector` unless the target is a number. */
  | { readonly kind: "mixture"; readonly components: number; readonly isVector: boolean }
  /** From rates. */
  | { readonly kind: "poisson" }
  /** From quantiles at these probabilities, which are along the last axis. */
  | { readonly kind: "quantile"; readonly at: readonly number[] };

/** From what describes a distribution of numbers. */
export type NumberDrawing = Exclude<Drawing, { kind: "token" | "binary" | "value" }>;

const DRAWS_NUMBERS: Readonly<Record<Drawing["kind"], boolean>> = {
  token: false,
  binary: false,
  value: false,
  gaussian: true,
  mixture: true,
  poisson: true,
  quantile: true,
};

export function drawsNumbers({ kind }: Drawing): boolean {
  return DRAWS_NUMBERS[kind];
}

/** Whether a value is drawn from an output of its own, and not from what `run` gives. */
export function hasDistribution({ kind }: Drawing): boolean {
  return kind === "gaussian" || kind === "mixture";
}
