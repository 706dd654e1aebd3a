// Running text: one long sequence, cut into equal streams that are read side by side, chunk by chunk.
import { UserError } from "../base/diagnostic.ts";

/** The text's first part and its last `share`, by code points. */
export function splitHeldOut(text: string, share: number): { readonly training: string; readonly heldOut: string } {
  const symbols = [...text];
  const cut = Math.floor(symbols.length * (1 - share));
  return { training: symbols.slice(0, cut).join(""), heldOut: symbols.slice(cut).join("") };
}

export interface Streams {
  /** Row-major `[batch, length]`. What is left over is dropped. */
  readonly tokens: Int32Array;
  readonly batch: number;
  readonly length: number;
}

/** Cuts tokens into `batch` equal streams. Throws a UserError where they are too few for one prediction each. */
export function cutStreams(tokens: Int32Array, batch: number, what: string): Streams {
  const length = Math.floor(tokens.length / batch);
  if (length < 2) {
    throw new UserError(
      `${what} has ${tokens.length} symbols, but ${batch} streams need at least ${2 * batch}: give more text, or a smaller \`batch\``,
    );
  }
  return { tokens: tokens.subarray(0, batch * length), batch, length };
}

export interface Chunk {
  /** `[T, B]`, time first. */
  readonly inputs: Int32Array;
  /** What follows each input: the target of a chunk's last step is the next chunk's first symbol. */
  readonly targets: Int32Array;
  readonly steps: number;
  readonly isFirst: boolean;
}

/** How many chunks of at most `steps` steps an epoch has: a stream's last symbol is only a target. */
export function chunkCount(streams: Streams, steps: number): number {
  return Math.ceil((streams.length - 1) / steps);
}

export function chunkAt(streams: Streams, steps: number, index: number): Chunk {
  const start = index * steps;
  const count = Math.min(steps, streams.length - 1 - start);
  return {
    inputs: window(streams, start, count),
    targets: window(streams, start + 1, count),
    steps: count,
    isFirst: index === 0,
  };
}

function window({ tokens, batch, length }: Streams, start: number, steps: number): Int32Array {
  const out = new Int32Array(steps * batch);
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < batch; b++) out[t * batch + b] = tokens[b * length + start + t] ?? 0;
  }
  return out;
}
