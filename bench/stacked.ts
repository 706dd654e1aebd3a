// Weights of several gates as one array, in the orders that other systems use.
import type { Weights } from "./workload.ts";

/** The gates' weights `h.GATE.WHAT` one below the other, row-major: [G·H, I], [G·H, H] or [G·H]. A gate may be given as `[gate, what]`. */
export function stacked(
  weights: Weights,
  gates: readonly (string | readonly [string, string])[],
  what: string,
): Float32Array {
  const parts = gates.map((gate) => {
    const name = typeof gate === "string" ? `h.${gate}.${what}` : `h.${gate[0]}.${gate[1]}`;
    const part = weights.get(name);
    if (part === undefined) throw new Error(`no weight ${name}`);
    return [...part.data];
  });
  return Float32Array.from(parts.flat());
}

/** [rows, columns] to [columns, rows]. */
export function transposed(values: ArrayLike<number>, rows: number): Float32Array {
  const columns = values.length / rows;
  return Float32Array.from({ length: values.length }, (_, index) => {
    return values[(index % rows) * columns + Math.floor(index / rows)] ?? NaN;
  });
}

export function arrayNamed(weights: Weights, name: string): Float32Array {
  return Float32Array.from(weights.get(name)?.data ?? []);
}
