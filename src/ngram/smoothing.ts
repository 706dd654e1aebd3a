// From counts to probabilities. Every kind of smoothing becomes tables of one form: the probability of each n-gram that occurs, and for
// each context the weight of what it does not have.
import { eachContext, suffixes, type NgramCounts, type NgramLevel } from "./counts.ts";
import { absoluteDiscount, modifiedDiscounts } from "./discounts.ts";

export type Smoothing =
  | { readonly kind: "none" | "backoff" | "kneser-ney" }
  /** `delta` is above 0. */
  | { readonly kind: "add"; readonly delta: number };

export const SMOOTHINGS: readonly Smoothing["kind"][] = ["none", "add", "backoff", "kneser-ney"];

export interface NgramTable {
  /** By id: the probability of the n-gram's last symbol after its context. */
  readonly probabilities: Float64Array;
  /** By context: the factor of the probability of a symbol that does not follow it in the text. 1 if none does. */
  readonly weights: Float64Array;
}

export interface NgramTables {
  /** One for each level of the counts. */
  readonly levels: readonly NgramTable[];
  /** What the weight of a context is a factor of: the probability after the shorter context, or 1 / size. After no context it is 1 / size. */
  readonly fallsTo: "shorter" | "uniform";
}

/**
 * The probabilities of a model of the order `counts.levels.length`. After any context they are at least 0 and sum to 1 over all `size` token ids.
 *
 * - `none`: the share of a symbol among those that follow the context. A context that does not occur, or only at the end, is shortened.
 * - `add`: (count + delta) / (sum of counts + delta · size).
 * - `backoff`: Katz's back-off (S. M. Katz, "Estimation of probabilities from sparse data for the language model component of a speech
 *   recognizer", 1987) with absolute discounts (`absoluteDiscount`). What they take is shared out among the symbols that do not follow the
 *   context, as the shorter context has them.
 * - `kneser-ney`: interpolated, with modified discounts (S. F. Chen and J. Goodman, "An empirical study of smoothing techniques for
 *   language modeling", 1998). Below the highest order an n-gram counts as often as there are different symbols before it.
 *
 * The shortest context of `backoff` and `kneser-ney` falls back to 1 / size, so a symbol that never occurs has a probability too.
 */
export function smooth(counts: NgramCounts, smoothing: Smoothing): NgramTables {
  const { levels, size } = counts;
  switch (smoothing.kind) {
    case "none":
      return { levels: levels.map((level) => added(level, size, 0)), fallsTo: "shorter" };
    case "add":
      return { levels: levels.map((level) => added(level, size, smoothing.delta)), fallsTo: "uniform" };
    case "backoff":
      return { levels: chained(counts, ({ level, lower }) => backedOff(level, size, lower)), fallsTo: "shorter" };
    case "kneser-ney":
      return { levels: chained(counts, interpolated), fallsTo: "shorter" };
  }
}

interface ChainedLevel {
  readonly level: NgramLevel;
  /** Of the level above, by id: the n-gram without its first symbol. Empty for the longest n-grams. */
  readonly above: Int32Array;
  /** By id: the probability of the same symbol after the context that is shorter by one. */
  readonly lower: (id: number) => number;
}

/** Level by level, from the shortest context. */
function chained(counts: NgramCounts, tableOf: (level: ChainedLevel) => NgramTable): readonly NgramTable[] {
  const shorter = suffixes(counts);
  const tables: NgramTable[] = [];
  counts.levels.forEach((level, index) => {
    const below = tables[index - 1]?.probabilities;
    const ids = shorter[index];
    const lower = (id: number): number => below?.[ids?.[id] ?? 0] ?? 1 / counts.size;
    tables.push(tableOf({ level, above: shorter[index + 1] ?? new Int32Array(0), lower }));
  });
  return tables;
}

/** By id, how many different symbols stand before the n-gram; of the longest n-grams their counts. */
function kindsBefore({ level, above }: ChainedLevel): Int32Array {
  if (above.length === 0) return level.counts;
  const kinds = new Int32Array(level.tokens.length);
  for (const id of above) kinds[id] = (kinds[id] ?? 0) + 1;
  return kinds;
}

/** A table whose contexts without n-grams have the weight 1. */
function emptyTable({ tokens, starts }: NgramLevel): NgramTable {
  return { probabilities: new Float64Array(tokens.length), weights: new Float64Array(starts.length - 1).fill(1) };
}

/** p = (count + delta) / (total + delta · size). */
function added(level: NgramLevel, size: number, delta: number): NgramTable {
  const { probabilities, weights } = emptyTable(level);
  eachContext(level, (context, from, to) => {
    const total = sumOf(level.counts, from, to) + delta * size;
    for (let id = from; id < to; id++) probabilities[id] = ((level.counts[id] ?? 0) + delta) / total;
    weights[context] = (delta * size) / total;
  });
  return { probabilities, weights };
}

/** p = (count - discount) / total, and for other symbols a share of the rest. If no symbol is left, nothing is taken. */
function backedOff(level: NgramLevel, size: number, lower: (id: number) => number): NgramTable {
  const { probabilities, weights } = emptyTable(level);
  const discount = absoluteDiscount(level.counts);
  eachContext(level, (context, from, to) => {
    const hasAll = to - from === size;
    const total = sumOf(level.counts, from, to);
    let [taken, others] = [0, 1];
    for (let id = from; id < to; id++) {
      const count = level.counts[id] ?? 0;
      const less = hasAll ? 0 : discount(count);
      probabilities[id] = (count - less) / total;
      taken += less;
      others -= lower(id);
    }
    weights[context] = hasAll ? 0 : taken / total / others;
  });
  return { probabilities, weights };
}

/** p = (count - discount) / total + weight · lower, where the weight is what the discounts take, divided by the total. */
function interpolated(chain: ChainedLevel): NgramTable {
  const { level, lower } = chain;
  const { probabilities, weights } = emptyTable(level);
  const counts = kindsBefore(chain);
  const discount = modifiedDiscounts(counts);
  eachContext(level, (context, from, to) => {
    const total = sumOf(counts, from, to);
    let taken = 0;
    for (let id = from; id < to; id++) taken += discount(counts[id] ?? 0);
    // The first n-grams of a text may have nothing before them: then the context says nothing.
    const weight = total === 0 ? 1 : taken / total;
    for (let id = from; id < to; id++) {
      const count = counts[id] ?? 0;
      probabilities[id] = (total === 0 ? 0 : (count - discount(count)) / total) + weight * lower(id);
    }
    weights[context] = weight;
  });
  return { probabilities, weights };
}

function sumOf(counts: Int32Array, from: number, to: number): number {
  let sum = 0;
  for (let id = from; id < to; id++) sum += counts[id] ?? 0;
  return sum;
}
