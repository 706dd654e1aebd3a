// Predictions from logits: probabilities, and the likeliest tokens.
import { greatestPlace } from "./likeliest.ts";

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
  for (let row = 0; row < tokens.length; row++) tokens[row] = greatestPlace(data, row * size, size);
  return { shape: shape.slice(0, -1), data: tokens };
}
