// The likeliest token: what `run` shows of logits, and what is written at temperature 0.

/** The first of the greatest logits. */
export function likeliest(logits: ArrayLike<number>, allowed: readonly number[]): number {
  let best = allowed[0] ?? 0;
  for (const token of allowed) if ((logits[token] ?? -Infinity) > (logits[best] ?? -Infinity)) best = token;
  return best;
}
