// Predictions from logits: probabilities, and the likeliest tokens.

interface Logits {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array;
}

/** The logistic function of each logit. */
export function probabilities({ shape, data }: Logits): {
  readonly shape: readonly number[];
  readonly data: Float32Array;
} {
  return { shape, data: Float32Array.from(data, (logit) => 1 / (1 + Math.exp(-logit))) };
}

/** The first of the likeliest tokens for each row of logits, which are along the last axis. */
export function likeliestTokens({ shape, data }: Logits): {
  readonly shape: readonly number[];
  readonly data: Int32Array;
} {
  const size = shape.at(-1) ?? 1;
  const tokens = new Int32Array(size === 0 ? 0 : data.length / size);
  for (let row = 0; row < tokens.length; row++) {
    let best = row * size;
    for (let place = best; place < (row + 1) * size; place++) {
      if ((data[place] ?? 0) > (data[best] ?? 0)) best = place;
    }
    tokens[row] = best - row * size;
  }
  return { shape: shape.slice(0, -1), data: tokens };
}
