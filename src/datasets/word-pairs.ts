// Words with words beside them in a text, and with words that are drawn: rows for vectors of words by negative sampling (Mikolov et al. 2013).
import { fillUniform, permutation } from "../base/random.ts";
import { UserError } from "../base/diagnostic.ts";
import { readText } from "../files/files.ts";
import { wordsOf } from "../data/words.ts";
import type { Choices, DataSet, Part, Parts } from "./data-set.ts";
import { heldOut, SEED } from "./divide.ts";

const ROWS = 500_000;
/** As in word2vec: a word with a share s of the text is kept with the probability √(t / s) + t / s. */
const FREQUENT = 1e-3;
/** As in word2vec: a word is drawn with the power of its count. */
const POWER = 0.75;

export const skipgram: DataSet = {
  name: "skipgram",
  holds: "two words of a TEXT, and whether they stand near each other (1) or one is drawn (0)",
  fields: ["centre: word[V]", "context: word[V]", "near: []"],
  source: { kind: "text" },
  size: "50 bytes a row",
  takes: ["text", "rows", "seed", "window", "negative", "minCount"],
  make: async (choices) =>
    pairs(choices, (around, centre, draw) =>
      around.flatMap((context) => [
        { centre, context, near: 1 },
        ...draw(context).map((other) => ({ centre, context: other, near: 0 })),
      ]),
    ),
};

export const cbow: DataSet = {
  name: "cbow",
  holds: "words of a TEXT around one place, and whether a word stands there (1) or is drawn (0)",
  fields: ["around: seq word[V]", "word: word[V]", "near: []"],
  source: { kind: "text" },
  size: "100 bytes a row",
  takes: ["text", "rows", "seed", "window", "negative", "minCount"],
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
  const { text, rows = ROWS, seed = SEED, window = 5, negative = 5, minCount = 5 } = choices;
  if (text === undefined) throw new UserError("give the path of a text: `recurra data skipgram book.txt`");
  const random = randomNumbers(seed);
  const words = frequentWords(readText(text), minCount, text);
  const drawWord = drawnByCount(countsOf(words), random);
  const draw = (real: string): readonly string[] => Array.from({ length: negative }, () => drawWord(real));
  const kept = thinned(words, random);
  const part = (from: number, to: number, most: number): Part =>
    rowsOf(
      kept.slice(Math.floor(kept.length * from), Math.floor(kept.length * to)),
      most,
      (place, all) => {
        const radius = 1 + Math.floor(random() * window);
        const around = [...all.slice(Math.max(0, place - radius), place), ...all.slice(place + 1, place + 1 + radius)];
        return make(around, all[place] ?? "", draw);
      },
      seed,
    );
  return { train: part(0, 0.8, rows), valid: part(0.8, 0.9, heldOut(rows)), test: part(0.9, 1, heldOut(rows)) };
}

/** Goes over the places in a random order until there are `most` rows, so that fewer rows are a fair part of all. */
function rowsOf(
  words: readonly string[],
  most: number,
  make: (place: number, words: readonly string[]) => readonly object[],
  seed: number,
): readonly object[] {
  const rows: object[] = [];
  for (const place of permutation(words.length, seed, "places")) {
    if (rows.length >= most) break;
    rows.push(...make(place, words));
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
function thinned(words: readonly string[], random: () => number): readonly string[] {
  const counts = countsOf(words);
  return words.filter((word) => {
    const rarity = (FREQUENT * words.length) / (counts.get(word) ?? 1);
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
