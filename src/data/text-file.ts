// Running text that may be larger than memory. One pass checks it, counts its symbols and keeps the offsets of its blocks. Then
// tokens are read by position, and only the blocks that the streams read are kept in memory.
import { fail } from "../base/invariant.ts";
import { changed, textOf, type ByteSource } from "./bytes.ts";
import { growableFloats, growableInts } from "./growable-array.ts";
import { noSymbols, unknownSymbol, type RunningText, type TextKind } from "./running-text.ts";
import type { TokenSource } from "./text.ts";
import { blocksOf } from "./text-blocks.ts";
import { segment, symbolIds, vocabularyOf, type Vocabulary, type VocabularyOptions } from "./vocabulary.ts";

interface Blocks {
  readonly offsets: Float64Array;
  readonly sizes: Int32Array;
  /** The index of each block's first symbol, then the number of all symbols. */
  readonly starts: Float64Array;
}

/** Bytes of text in a block. */
const BLOCK = 1 << 15;

export class TextFile implements RunningText {
  readonly #source: ByteSource;
  readonly #blocks: Blocks;
  readonly #counts = new Map<string, number>();
  readonly kind: TextKind;

  /** Reads the whole file once. Throws a UserError if it is not UTF-8 or has no symbols. */
  constructor(source: ByteSource, kind: TextKind, block = BLOCK) {
    this.#source = source;
    this.kind = kind;
    const [offsets, sizes, starts] = [growableFloats(), growableInts(), growableFloats()];
    let symbols = 0;
    for (const { offset, size, text } of blocksOf(source, kind, block)) {
      offsets.push(offset);
      sizes.push(size);
      starts.push(symbols);
      for (const symbol of segment(kind, text)) {
        symbols += 1;
        this.#counts.set(symbol, (this.#counts.get(symbol) ?? 0) + 1);
      }
    }
    starts.push(symbols);
    this.#blocks = { offsets: offsets.finish(), sizes: sizes.finish(), starts: starts.finish() };
    if (symbols === 0) throw noSymbols(source.name, kind);
  }

  /** The number of symbols. */
  get length(): number {
    return this.#blocks.starts.at(-1) ?? 0;
  }

  /** The vocabulary of the first `to` symbols. Reads the others again, to subtract their counts. */
  vocabulary(options: VocabularyOptions, to = this.length): Vocabulary {
    const counts = new Map(this.#counts);
    const { offsets, starts } = this.#blocks;
    for (let block = this.#blockOf(to); block < offsets.length && to < this.length; block++) {
      const behind = Math.max(0, to - (starts[block] ?? 0));
      for (const symbol of this.#symbols(block).slice(behind)) counts.set(symbol, (counts.get(symbol) ?? 0) - 1);
    }
    return vocabularyOf(this.kind, new Map([...counts].filter(([, count]) => count > 0)), options);
  }

  /** Its tokens. `held`: the number of blocks in memory, more than twice the number of positions that are read in turn. */
  tokens(vocabulary: Vocabulary, held = 64): TokenSource {
    const idOf = symbolIds(vocabulary);
    const cache = new Map<number, Int32Array>();
    const encoded = (block: number): Int32Array => {
      const known = cache.get(block);
      const tokens = known ?? Int32Array.from(this.#symbols(block), (symbol) => idOf(symbol) ?? unknownSymbol(symbol));
      cache.delete(block);
      cache.set(block, tokens);
      const [oldest] = cache.keys();
      if (cache.size > held && oldest !== undefined) cache.delete(oldest);
      return tokens;
    };
    return {
      length: this.length,
      read: (start, count) => {
        const out = new Int32Array(count);
        let block = this.#blockOf(start);
        for (let done = 0; done < count; block++) {
          const tokens = encoded(block);
          const from = start + done - (this.#blocks.starts[block] ?? 0);
          const part = tokens.subarray(from, from + count - done);
          out.set(part, done);
          done += part.length;
          if (block >= this.#blocks.offsets.length) fail("data", `no symbol ${start + done} in ${this.#source.name}`);
        }
        return out;
      },
    };
  }

  close(): void {
    this.#source.close();
  }

  #symbols(block: number): readonly string[] {
    const { offsets, sizes, starts } = this.#blocks;
    if (block >= offsets.length) return [];
    const text = textOf(this.#source.read(offsets[block] ?? 0, sizes[block] ?? 0));
    const symbols = text === undefined ? [] : [...segment(this.kind, text)];
    if (symbols.length !== (starts[block + 1] ?? 0) - (starts[block] ?? 0)) throw changed(this.#source.name);
    return symbols;
  }

  /** The block of a symbol: the last block that begins at it or before it. */
  #blockOf(symbol: number): number {
    const { starts } = this.#blocks;
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= symbol) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
