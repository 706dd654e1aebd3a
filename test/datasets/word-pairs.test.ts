// Rows of skip-gram and CBOW: which pairs are in them, and how often words are drawn and left out.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { cbow, skipgram } from "../../src/datasets/word-pairs.ts";
import { temporaryFolder } from "../support/command.ts";

const PLACES = z.array(z.object({ centre: z.string(), words: z.array(z.string()), near: z.array(z.number()) }));
const BAGS = z.array(z.object({ around: z.array(z.string()), word: z.string(), near: z.number() }));

/** As many words, each with a thousandth of the text, are all kept. */
const WORDS = Array.from({ length: 1000 }, (_, index) => `w${index}`);
const ROUNDS = 5;

/** A text that goes round these words; `more` stands in each line. */
function circle(more = ""): string {
  const file = join(temporaryFolder(), "text.txt");
  const lines = Array.from(
    { length: 100 },
    (_, line) => `${WORDS.slice(line * 10, line * 10 + 10).join(", ")}${more}.`,
  );
  writeFileSync(file, lines.join("\n").concat("\n").repeat(ROUNDS));
  return file;
}

/** Steps along the circle from one word to the other. */
function distance(one: string, other: string): number {
  const way = Math.abs(Number(one.slice(1)) - Number(other.slice(1)));
  return Math.min(way, WORDS.length - way);
}

/** All words of a part, in one list. */
function wordsIn(part: unknown): readonly string[] {
  return PLACES.parse(part).flatMap(({ centre, words }) => [centre, ...words]);
}

test("skipgram: real words are at most a window away, and drawn words follow each", async () => {
  const { train } = await skipgram.make({ text: circle(), window: 2, negative: 3, rows: 3000 });
  const rows = PLACES.parse(train);
  expect(rows).toHaveLength(3000);
  const distances = rows.flatMap(({ centre, words, near }) => {
    expect(near).toEqual(words.map((_, index) => (index % 4 === 0 ? 1 : 0)));
    words.forEach((word, index) => index % 4 > 0 && expect(word).not.toBe(words[index - (index % 4)]));
    return words.filter((_, index) => near[index] === 1).map((word) => distance(centre, word));
  });
  // The window is 1 or 2, equally often: of three pairs, two are neighbours. 9000 pairs have an error of about 0.005.
  expect(new Set(distances)).toEqual(new Set([1, 2]));
  expect(Math.abs(distances.filter((each) => each === 1).length / distances.length - 2 / 3)).toBeLessThan(0.025);
});

test("all parts have words of the whole text: blocks of 200 words are dealt out", async () => {
  const file = join(temporaryFolder(), "text.txt");
  // The first half of the text has other words than the second.
  writeFileSync(
    file,
    ["a", "b"]
      .map((half) =>
        WORDS.slice(0, 50)
          .map((word) => half + word)
          .join(" ")
          .concat(" ")
          .repeat(200),
      )
      .join(""),
  );
  const { train, valid, test: last } = await skipgram.make({ text: file, frequent: 1 });
  for (const part of [train, valid, last])
    expect(new Set(wordsIn(part).map((word) => word[0]))).toEqual(new Set(["a", "b"]));
});

test("cbow: the words around a place, with its own word and with drawn ones", async () => {
  const { train } = await cbow.make({ text: circle(), window: 2, negative: 3, rows: 4000 });
  const rows = BAGS.parse(train);
  rows.forEach(({ around, word, near }, index) => {
    const real = rows[index - (index % 4)];
    expect(around).toEqual(real?.around);
    expect(near).toBe(index % 4 === 0 ? 1 : 0);
    expect(word === real?.word).toBe(near === 1);
    if (near === 1) expect(around.every((each) => [1, 2].includes(distance(word, each)))).toBe(true);
  });
});

test("a frequent word is drawn by the power 0.75 of its count, and left out more often", async () => {
  // `the` stands 500 times in the text, which is 100 times as often as each of the others.
  const { train } = await cbow.make({ text: circle(", the"), negative: 10, rows: 40_000 });
  const rows = BAGS.parse(train);
  const share = (near: number): number =>
    rows.filter((row) => row.near === near && row.word === "the").length /
    rows.filter((row) => row.near === near).length;
  const weight = 100 ** 0.75;
  // 36,000 drawn words: an error of 0.0009.
  expect(Math.abs(share(0) - weight / (weight + 1000))).toBeLessThan(0.004);
  // A share s = 1/11 of the text is kept with √(0.001 / s) + 0.001 / s = 0.116: 58 of 5058 words. The error is about 0.0015.
  expect(Math.abs(share(1) - 58 / 5058)).toBeLessThan(0.006);
});

test("rare words are left out; a text of too few words is refused", async () => {
  const file = join(temporaryFolder(), "text.txt");
  writeFileSync(file, `${"a b c ".repeat(9)} once`);
  const { train } = await skipgram.make({ text: file, rows: 100, minCount: 2 });
  expect(wordsIn(train)).not.toContain("once");
  await expect(skipgram.make({ text: file, minCount: 10 })).rejects.toThrow(
    `${file}: fewer than two of its words occur 10 times: give a longer text, or --min-count`,
  );
  await expect(skipgram.make({})).rejects.toThrow("give the path of a text");
});
