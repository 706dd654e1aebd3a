// Parallel streams over a token sequence that is read by place, from memory or from disk: what `cutStreams` and `chunkAt` are
// for an array. Chunks of both are the same.
import { UserError } from "../base/diagnostic.ts";
import type { Chunk } from "./text.ts";

/** Tokens by place. */
export interface TokenSource {
  readonly length: number;
  /** `count` tokens from `start`; both lie inside. */
  read(start: number, count: number): Int32Array;
}

export interface StreamReader {
  readonly batch: number;
  /** Of each stream. What is left over is dropped. */
  readonly length: number;
  /** How many chunks of at most `steps` steps an epoch has: a stream's last symbol is only a target. */
  chunkCount(steps: number): number;
  chunk(steps: number, index: number): Chunk;
}

export function memoryTokens(tokens: Int32Array): TokenSource {
  return { length: tokens.length, read: (start, count) => tokens.subarray(start, start + count) };
}

/** Tokens `from` … `to - 1` of a source. */
export function slice(source: TokenSource, from: number, to: number): TokenSource {
  return { length: to - from, read: (start, count) => source.read(from + start, count) };
}

/** Cuts tokens into `batch` equal streams. Throws a UserError where they are too few for one prediction each. */
export function readStreams(tokens: TokenSource, batch: number, what: string): StreamReader {
  const length = Math.floor(tokens.length / batch);
  if (length < 2) {
    throw new UserError(
      `${what} has ${tokens.length} symbols, but ${batch} streams need at least ${2 * batch}: give more text, or a smaller \`batch\``,
    );
  }
  return {
    batch,
    length,
    chunkCount: (steps) => Math.ceil((length - 1) / steps),
    chunk(steps, index) {
      const start = index * steps;
      const count = Math.min(steps, length - 1 - start);
      const [inputs, targets] = [new Int32Array(count * batch), new Int32Array(count * batch)];
      for (let b = 0; b < batch; b++) {
        const part = tokens.read(b * length + start, count + 1);
        for (let t = 0; t < count; t++) {
          inputs[t * batch + b] = part[t] ?? 0;
          targets[t * batch + b] = part[t + 1] ?? 0;
        }
      }
      return { inputs, targets, steps: count, isFirst: index === 0 };
    },
  };
}
