// An n-gram language model: the probabilities of the next symbol, and how well it predicts a text.
import type { Streams } from "../data/text.ts";
import { NgramContext, ngramId, type NgramCounts } from "./counts.ts";
import { smooth, type NgramTables, type Smoothing } from "./smoothing.ts";

export interface NgramMeasures {
  /** The mean loss of a symbol, in nats. Infinity if a symbol has probability 0. */
  readonly loss: number;
  /** The number of predictions. */
  readonly count: number;
  /** The number of symbols with probability 0. */
  readonly impossible: number;
}

/** Symbols of each stream that are read at once. */
const PIECE = 1 << 12;

export class NgramModel {
  readonly #counts: NgramCounts;
  readonly #tables: NgramTables;

  /** `order`: 1 or more; the counts are those of this order or a higher one. */
  constructor(counts: NgramCounts, order: number, smoothing: Smoothing) {
    this.#counts = { ...counts, levels: counts.levels.slice(0, order) };
    this.#tables = smooth(this.#counts, smoothing);
  }

  /** The context at the beginning of a text. */
  context(): NgramContext {
    return new NgramContext(this.#counts.levels.slice(0, -1));
  }

  /** The probability of a token after a context. */
  probability(context: NgramContext, token: number): number {
    const { levels, fallsTo } = this.#tables;
    let weight = 1;
    for (let length = context.longest; length >= 0; length--) {
      const [level, table, id] = [this.#counts.levels[length], levels[length], context.id(length)];
      if (level !== undefined && table !== undefined && id >= 0) {
        const found = ngramId(level, id, token);
        if (found >= 0) return weight * (table.probabilities[found] ?? 0);
        weight *= table.weights[id] ?? 1;
      }
      if (fallsTo === "uniform") break;
    }
    return weight / this.#counts.size;
  }

  /** The probabilities of all tokens after a context, by id. */
  distribution(context: NgramContext): Float64Array {
    const { size, levels } = this.#counts;
    const all = new Float64Array(size).fill(1 / size);
    const shortest = this.#tables.fallsTo === "uniform" ? context.longest : 0;
    for (let length = shortest; length <= context.longest; length++) {
      const [level, table, id] = [levels[length], this.#tables.levels[length], context.id(length)];
      if (level === undefined || table === undefined || id < 0) continue;
      const weight = table.weights[id] ?? 1;
      for (let token = 0; token < size; token++) all[token] = (all[token] ?? 0) * weight;
      for (let ngram = level.starts[id] ?? 0; ngram < (level.starts[id + 1] ?? 0); ngram++)
        all[level.tokens[ngram] ?? 0] = table.probabilities[ngram] ?? 0;
    }
    return all;
  }

  /** Predicts every symbol of each stream but the first, as `evaluate` does; a stream begins without what was before it. */
  measure(streams: Streams): NgramMeasures {
    const { batch, length } = streams;
    const contexts = Array.from({ length: batch }, () => this.context());
    let [nats, impossible] = [0, 0];
    for (let start = 0; start < length; start += PIECE) {
      streams.window(start, Math.min(PIECE, length - start)).forEach((token, index) => {
        const context = contexts[index % batch] ?? this.context();
        if (start > 0 || index >= batch) {
          const probability = this.probability(context, token);
          if (probability === 0) impossible += 1;
          nats -= Math.log(probability);
        }
        context.read(token);
      });
    }
    const count = batch * (length - 1);
    return { loss: nats / count, count, impossible };
  }
}
