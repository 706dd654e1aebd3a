// Counting models of symbols, as baselines: how well does one predict without learning anything but counts?
import type { Streams } from "./text.ts";

/** Mean nats a symbol that an add-`k` model counted on `training` needs for the predictions that `streams` ask for. */
export function baselineNats(
  training: Int32Array,
  streams: Streams,
  size: number,
  order: "unigram" | "bigram",
  k = 0.1,
): number {
  const contexts = order === "bigram" ? size : 1;
  const counts = new Float64Array(contexts * size);
  const totals = new Float64Array(contexts);
  for (let i = 1; i < training.length; i++) {
    const context = order === "bigram" ? (training[i - 1] ?? 0) : 0;
    const cell = context * size + (training[i] ?? 0);
    counts[cell] = (counts[cell] ?? 0) + 1;
    totals[context] = (totals[context] ?? 0) + 1;
  }
  let nats = 0;
  for (let b = 0; b < streams.batch; b++) {
    for (let t = 1; t < streams.length; t++) {
      const at = b * streams.length + t;
      const context = order === "bigram" ? (streams.tokens[at - 1] ?? 0) : 0;
      const count = counts[context * size + (streams.tokens[at] ?? 0)] ?? 0;
      nats -= Math.log((count + k) / ((totals[context] ?? 0) + k * size));
    }
  }
  return nats / (streams.batch * (streams.length - 1));
}
