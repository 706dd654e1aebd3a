// Words with words beside them in a text, and with words that are drawn: rows for vectors of words by negative sampling (Mikolov et al. 2013).
import { fillUniform, permutation } from "../base/random.ts";
import { UserError } from "../base/diagnostic.ts";
import { readText } from "../files/files.ts";
import { wordsOf } from "../data/words.ts";
import type { Choices, DataSet, Part, Parts } from "./data-set.ts";
import { heldOut, SEED } from "./divide.ts";

const ROWS = 500_000;
/** As in word2vec: a word with a share s of the text is kept with the probability √(t / s) + t / s. This is t, unless it is given. */
const FREQUENT = 1e-3;
/** So many words of the text go to one part together, so that all parts have all kinds of text. Windows end at the ends of a block. */
const BLOCK = 200;
/** As in word2vec: a word is drawn with the power of its count. */
const POWER = 0.75;

export const skipgram: DataSet = {
  name: "skipgram",
  holds: "a word of a TEXT, words that stand near it (1) and, after each of them, drawn ones (0)",
  fields: ["centre: word[V]", "words: seq word[V]", "near: seq []"],
  source: { kind: "text" },
  size: "350 bytes a row",
  takes: ["text", "rows", "seed", "window", "negative", "minCount", "frequent"],
  make: async (choices) =>
    pairs(choices, (around, centre, draw) => {
      const groups = around.map((context) => [context, ...draw(context)]);
      const near = groups.flatMap((group) => group.map((_, index) => (index === 0 ? 1 : 0)));
      return groups.length === 0 ? [] : [{ centre, words: groups.flat(), near }];
    }),
};

export const cbow: DataSet = {
  name: "cbow",
  holds: "words of a TEXT around one place, and whether a word stands there (1) or is drawn (0)",
  fields: ["around: seq word[V]", "word: word[V]", "near: []"],
  source: { kind: "text" },
  size: "100 bytes a row",
  takes: ["text", "rows", "seed", "window", "negative", "minCount", "frequent"],
  make: async (choices) =>
    pairs(choices, (around, word, draw) => [
      { around, word, near: 1 },
      ...draw(word).map((other) => ({ around, word: other, near: 0 })),
    ]),
};

/** The rows of one place of a text. `draw`: the drawn words that stand for a real one. */
type RowMaker = (
  around: readonly string[],
  centre: string,
  draw: (real: string) => readonly string[],
) => readonly object[];

function pairs(choices: Choices, make: RowMaker): Parts {
  const { text, rows = ROWS, seed = SEED, window = 5, negative = 5, minCount = 5, frequent = FREQUENT } = choices;
  if (text === undefined) throw new UserError("give the path of a text: `recurra data skipgram book.txt`");
  const random = randomNumbers(seed);
  const words = frequentWords(readText(text), minCount, text);
  const drawWord = drawnByCount(countsOf(words), random);
  const draw = (real: string): readonly string[] => Array.from({ length: negative }, () => drawWord(real));
  const kept = thinned(words, frequent, random);
  const blocks = [...permutation(Math.ceil(kept.length / BLOCK), seed, "blocks")];
  const part = (from: number, to: number, most: number): Part => {
    const own = blocks.slice(Math.floor(blocks.length * from), Math.floor(blocks.length * to));
    return rowsOf(kept, own, most, { make: (around, word) => make(around, word, draw), window, random, seed });
  };
  return { train: part(0, 0.8, rows), valid: part(0.8, 0.9, heldOut(rows)), test: part(0.9, 1, heldOut(rows)) };
}

interface Places {
  readonly make: (around: readonly string[], word: string) => readonly object[];
  readonly window: number;
  readonly random: () => number;
  readonly seed: number;
}

/** Goes over the places of blocks in a random order until there are `most` rows, so that fewer rows are a fair part of all. */
function rowsOf(
  words: readonly string[],
  blocks: readonly number[],
  most: number,
  { make, window, random, seed }: Places,
): readonly object[] {
  const rows: object[] = [];
  for (const drawn of permutation(blocks.length * BLOCK, seed, "places")) {
    if (rows.length >= most) break;
    const begin = (blocks[Math.floor(drawn / BLOCK)] ?? 0) * BLOCK;
    const block = words.slice(begin, begin + BLOCK);
    const place = drawn % BLOCK;
    const word = block[place];
    if (word === undefined) continue;
    const radius = 1 + Math.floor(random() * window);
    const around = [...block.slice(Math.max(0, place - radius), place), ...block.slice(place + 1, place + 1 + radius)];
    rows.push(...make(around, word));
  }
  return rows.slice(0, most);
}

/** The words of a text in small letters, without punctuation and without rare words. Throws a UserError if fewer than two are left. */
function frequentWords(text: string, minCount: number, path: string): readonly string[] {
  const all = wordsOf(text.toLowerCase()).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const counts = countsOf(all);
  const words = all.filter((word) => (counts.get(word) ?? 0) >= minCount);
  if (new Set(words).size < 2)
    throw new UserError(
      `${path}: fewer than two of its words occur ${minCount} times: give a longer text, or --min-count`,
    );
  return words;
}

function countsOf(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Without a random part of the frequent words. */
function thinned(words: readonly string[], frequent: number, random: () => number): readonly string[] {
  const counts = countsOf(words);
  return words.filter((word) => {
    const rarity = (frequent * words.length) / (counts.get(word) ?? 1);
    return random() < Math.sqrt(rarity) + rarity;
  });
}

/** Draws a word other than the given one, by the power of its count. */
function drawnByCount(counts: ReadonlyMap<string, number>, random: () => number): (other: string) => string {
  const words = [...counts.keys()];
  let total = 0;
  const sums = Float64Array.from(counts.values(), (count) => (total += count ** POWER));
  return (other) => {
    for (;;) {
      const word = words[firstAbove(sums, random() * total)] ?? "";
      if (word !== other) return word;
    }
  };
}

/** The first place of rising sums whose sum is above a number. */
function firstAbove(sums: Float64Array, number: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > number) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Numbers in [0, 1), one after the other. */
function randomNumbers(seed: number): () => number {
  const block = new Float64Array(4096);
  let drawn = 0;
  return () => {
    const place = drawn % block.length;
    if (place === 0) fillUniform(block, seed, "pairs", drawn);
    drawn++;
    return block[place] ?? 0;
  };
}
