// Running text: one long sequence of tokens, cut into equal streams that form a batch. Tokens come from memory or from disk.
import { UserError } from "../base/diagnostic.ts";

/** Tokens by position. */
export interface TokenSource {
  readonly length: number;
  /** `count` tokens from `start`; both lie inside. */
  read(start: number, count: number): Int32Array;
}

export function memoryTokens(tokens: Int32Array): TokenSource {
  return { length: tokens.length, read: (start, count) => tokens.subarray(start, start + count) };
}

/** Tokens `from` … `to - 1` of a source. */
export function partOf(source: TokenSource, from: number, to: number): TokenSource {
  return { length: to - from, read: (start, count) => source.read(from + start, count) };
}

export interface Streams {
  readonly batch: number;
  /** The length of each stream. Tokens beyond the last whole stream are dropped. */
  readonly length: number;
  /** Steps `start` … `start + steps - 1` of all streams: `[steps, batch]`, row-major. */
  window(start: number, steps: number): Int32Array;
}

/** Cuts tokens into `batch` equal streams. Throws a UserError if a stream would have fewer than `least` tokens. */
export function cutStreams(tokens: TokenSource, batch: number, what: string, least = 2): Streams {
  const length = Math.floor(tokens.length / batch);
  if (length < least) {
    throw new UserError(
      `${what} has ${tokens.length} symbols, but ${batch} streams need at least ${least * batch}: give more text, or a smaller \`batch\``,
    );
  }
  return {
    batch,
    length,
    window(start, steps) {
      const out = new Int32Array(steps * batch);
      for (let b = 0; b < batch; b++) {
        const part = tokens.read(b * length + start, steps);
        for (let t = 0; t < steps; t++) out[t * batch + b] = part[t] ?? 0;
      }
      return out;
    },
  };
}
