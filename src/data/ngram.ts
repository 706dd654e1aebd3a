// n-gram models of symbols, as baselines: predictions from counts alone.
import type { Streams, TokenSource } from "./text.ts";

/** Tokens that are read at once. */
const PIECE = 1 << 12;

/** The mean loss, in nats for each symbol, of an add-`k` model that is counted on `training` and measured on `streams`. */
export function baselineNats(
  training: TokenSource,
  streams: Streams,
  size: number,
  order: "unigram" | "bigram",
  k = 0.1,
): number {
  const contexts = order === "bigram" ? size : 1;
  const counts = new Float64Array(contexts * size);
  const totals = new Float64Array(contexts);
  const row = (before: number): number => (order === "bigram" ? before : 0);
  let before = training.read(0, Math.min(1, training.length))[0] ?? 0;
  for (let start = 1; start < training.length; start += PIECE) {
    for (const token of training.read(start, Math.min(PIECE, training.length - start))) {
      const cell = row(before) * size + token;
      counts[cell] = (counts[cell] ?? 0) + 1;
      totals[row(before)] = (totals[row(before)] ?? 0) + 1;
      before = token;
    }
  }
  let nats = 0;
  const { batch, length } = streams;
  for (let start = 0; start < length - 1; start += PIECE) {
    const tokens = streams.window(start, Math.min(PIECE + 1, length - start));
    for (let at = batch; at < tokens.length; at++) {
      const context = row(tokens[at - batch] ?? 0);
      const count = counts[context * size + (tokens[at] ?? 0)] ?? 0;
      nats -= Math.log((count + k) / ((totals[context] ?? 0) + k * size));
    }
  }
  return nats / (batch * (length - 1));
}
