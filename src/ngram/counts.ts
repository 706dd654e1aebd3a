// Counts of all n-grams of a text up to an order. They are stored as a trie in typed arrays, with 8 bytes for an n-gram and 4 for a
// context. An n-gram is a context and the symbol after it, and is itself a context of the next level.
import type { TokenSource } from "../data/text.ts";

/** The n-grams of one length. An id is an index in `tokens`; n-grams with the same context stand together, in the order of their symbols. */
export interface NgramLevel {
  /** The last symbol of each n-gram. */
  readonly tokens: Int32Array;
  /** How often each n-gram occurs. */
  readonly counts: Int32Array;
  /** By context, an id of the level below: its first n-gram; then the number of all n-grams. The first level has the one context 0. */
  readonly starts: Int32Array;
}

export interface NgramCounts {
  /** The number of token ids. */
  readonly size: number;
  /** The number of symbols that were counted. */
  readonly symbols: number;
  /** The n-grams of 1, 2, … symbols. */
  readonly levels: readonly NgramLevel[];
}

/**
 * Counts the n-grams of 1 to `order` symbols. `size`: the number of token ids. While it counts it needs 16 bytes for each symbol of the
 * text. A level is empty if the text has fewer symbols.
 */
export function countNgrams(text: TokenSource, size: number, order: number): NgramCounts {
  const tokens = text.read(0, text.length);
  /** At each position the id of the n-gram that ends there; -1 before the first. */
  const ids = new Int32Array(tokens.length);
  const levels: NgramLevel[] = [];
  for (let length = 1; length <= order; length++) {
    const contexts = levels.at(-1)?.tokens.length ?? 1;
    const level = levelOf(sortedKeys(tokens, ids, { size, length }), { size, contexts });
    for (let at = tokens.length - 1; at >= 0; at--)
      ids[at] = at < length - 1 ? -1 : ngramId(level, length === 1 ? 0 : (ids[at - 1] ?? 0), tokens[at] ?? 0);
    levels.push(level);
  }
  return { size, symbols: tokens.length, levels };
}

/** Each occurrence of an n-gram as one number, context · size + symbol, in ascending order. */
function sortedKeys(
  tokens: Int32Array,
  ids: Int32Array,
  { size, length }: { readonly size: number; readonly length: number },
): Float64Array {
  const keys = new Float64Array(Math.max(0, tokens.length - length + 1));
  for (let index = 0; index < keys.length; index++) {
    const at = index + length - 1;
    const context = length === 1 ? 0 : (ids[at - 1] ?? 0);
    keys[index] = context * size + (tokens[at] ?? 0);
  }
  return keys.sort();
}

function levelOf(
  keys: Float64Array,
  { size, contexts }: { readonly size: number; readonly contexts: number },
): NgramLevel {
  const different = keys.reduce((sum, key, index) => sum + Number(index === 0 || key !== keys[index - 1]), 0);
  const [tokens, counts] = [new Int32Array(different), new Int32Array(different)];
  const starts = new Int32Array(contexts + 1);
  let id = -1;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? 0;
    if (index === 0 || key !== keys[index - 1]) {
      id += 1;
      tokens[id] = key % size;
      const after = Math.floor(key / size) + 1;
      starts[after] = id + 1;
    }
    counts[id] = (counts[id] ?? 0) + 1;
  }
  // A context without n-grams, at the end of the text, begins where the one before it ends.
  for (let context = 1; context <= contexts; context++)
    starts[context] = Math.max(starts[context] ?? 0, starts[context - 1] ?? 0);
  return { tokens, counts, starts };
}

/** The id of the n-gram of a context and a symbol; -1 if it does not occur. */
export function ngramId({ tokens, starts }: NgramLevel, context: number, token: number): number {
  const end = starts[context + 1] ?? 0;
  let [low, high] = [starts[context] ?? 0, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((tokens[middle] ?? 0) < token) low = middle + 1;
    else high = middle;
  }
  return low < end && tokens[low] === token ? low : -1;
}

/** Calls `each` for every context of a level that has n-grams: they are `from` … `to - 1`. */
export function eachContext(
  { starts }: Pick<NgramLevel, "starts">,
  each: (context: number, from: number, to: number) => void,
): void {
  for (let context = 0; context + 1 < starts.length; context++) {
    const [from, to] = [starts[context] ?? 0, starts[context + 1] ?? 0];
    if (from < to) each(context, from, to);
  }
}

/**
 * For each level, by id, the n-gram without its first symbol: an id of the level below. It always occurs. On the first level it is 0, the
 * empty context.
 */
export function suffixes({ levels }: NgramCounts): readonly Int32Array[] {
  const found: Int32Array[] = [];
  levels.forEach((level, index) => {
    const shorter = new Int32Array(level.tokens.length);
    const [below, ofContexts] = [levels[index - 1], found[index - 1]];
    if (below !== undefined && ofContexts !== undefined) {
      eachContext(level, (context, from, to) => {
        for (let id = from; id < to; id++)
          shorter[id] = ngramId(below, ofContexts[context] ?? 0, level.tokens[id] ?? 0);
      });
    }
    found.push(shorter);
  });
  return found;
}

/** Where a reader of a text is: the ids of its last symbols as contexts of each length. */
export class NgramContext {
  readonly #levels: readonly NgramLevel[];
  readonly #ids: Int32Array;
  #read = 0;

  /** `levels`: those of the contexts, one fewer than the order. */
  constructor(levels: readonly NgramLevel[]) {
    this.#levels = levels;
    this.#ids = new Int32Array(levels.length + 1).fill(-1);
    this.#ids[0] = 0;
  }

  /** The length of the longest context: the order less 1, or less at the beginning of a text. */
  get longest(): number {
    return Math.min(this.#read, this.#levels.length);
  }

  /** The id of the last `length` symbols; -1 if they do not occur one after the other. */
  id(length: number): number {
    return this.#ids[length] ?? -1;
  }

  read(token: number): void {
    for (let length = this.#levels.length; length > 0; length--) {
      const [level, context] = [this.#levels[length - 1], this.id(length - 1)];
      this.#ids[length] = level === undefined || context < 0 ? -1 : ngramId(level, context, token);
    }
    this.#read += 1;
  }
}
