// The likeliest token: what `run` shows of logits, and what is written at temperature 0.

/** The place of the first of the greatest of `count` numbers, counted from `from` on, where they begin. */
export function greatestPlace(numbers: ArrayLike<number>, from: number, count: number): number {
  let best = from;
  for (let index = from + 1; index < from + count; index++) {
    if ((numbers[index] ?? -Infinity) > (numbers[best] ?? -Infinity)) best = index;
  }
  return best - from;
}

/** The first of the greatest logits. */
export function likeliest(logits: ArrayLike<number>, allowed: readonly number[]): number {
  let best = allowed[0] ?? 0;
  for (const token of allowed) if ((logits[token] ?? -Infinity) > (logits[best] ?? -Infinity)) best = token;
  return best;
}
