// A hidden Markov model that counts: its weights after one pass are the counts, and its tags are the likeliest of all sequences.
import { expect, test } from "vitest";
import type { CompiledModel } from "../../src/index.ts";
import { compiled } from "../library/models.ts";
import { textOf } from "../support/pages.ts";

const SENTENCES = [
  ["dogs/n bark/v", "dogs/n", "old/a dogs/n bark/v"],
  ["old/a dogs/n sleep/v", "bark/n sleep/v dogs/n", "sleep/v"],
];
const rows = SENTENCES.flat().map((sentence) => {
  const pairs = sentence.split(" ").map((each) => each.split("/"));
  return { small: pairs.map(([word = ""]) => word), tags: pairs.map(([, tag = ""]) => tag) };
});
const TAGS = ["a", "n", "v"];
const DELTA = 0.01;

/** How often something is so, in all sentences. */
function countOf(isSo: (row: (typeof rows)[number], at: number) => boolean): number {
  return rows.reduce((sum, row) => sum + row.tags.filter((_, at) => isSo(row, at)).length, 0);
}

const pairs = TAGS.map((before) =>
  TAGS.map((tag) => countOf(({ tags }, at) => tags[at - 1] === before && tags[at] === tag)),
);
const firsts = TAGS.map((tag) => countOf(({ tags }, at) => at === 0 && tags[at] === tag));
const lasts = TAGS.map((tag) => countOf(({ tags }, at) => at === tags.length - 1 && tags[at] === tag));

async function counted(): Promise<CompiledModel> {
  const model = await compiled(textOf("examples/tags/counts.rec"), { target: "reference" });
  // There are three sentences in a batch and a rate of 3: the mean over examples becomes their sum.
  await model.fit({ data: rows, valid: false, batch: 3, optimizer: { lr: 3 }, epochs: 1 });
  return model;
}

test("the weights are the counts of words with tags, of pairs of tags, and of first and last tags", async () => {
  const weights = await (await counted()).weights();
  const held = (name: string): readonly number[] => [...(weights.get(name)?.data ?? [])];
  expect(held("pairs").map(Math.round)).toEqual(pairs.flat());
  expect(held("firsts").map(Math.round)).toEqual(firsts);
  expect(held("lasts").map(Math.round)).toEqual(lasts);
  const words = new Set(rows.flatMap(({ small }) => small));
  const each = [...words].flatMap((word) =>
    TAGS.map((tag) => countOf(({ small, tags }, at) => small[at] === word && tags[at] === tag)),
  );
  const ordered = (list: readonly number[]): readonly number[] => list.filter((x) => x > 0).sort((a, b) => a - b);
  expect(ordered(held("words").map(Math.round))).toEqual(ordered(each));
});

/** -log P(tags, words), up to what is the same for all tags. `size`: the number of words that the model knows. */
function cost(small: readonly string[], tags: readonly string[], size: number): number {
  const of = (tag: string | undefined): number => TAGS.indexOf(tag ?? "");
  return tags.reduce((sum, tag, at) => {
    const k = of(tag);
    const all = countOf((row, index) => row.tags[index] === tag);
    const word = countOf((row, index) => row.tags[index] === tag && row.small[index] === small[at]);
    const seen = Math.log((word + DELTA) / (all + DELTA * size));
    const after = (i: number): number =>
      (pairs[i] ?? []).reduce((total, n) => total + n + DELTA, 0) + (lasts[i] ?? 0) + DELTA;
    const before = of(tags[at - 1]);
    const moved =
      at === 0 ? Math.log((firsts[k] ?? 0) + DELTA) : Math.log(((pairs[before]?.[k] ?? 0) + DELTA) / after(before));
    const ended = at === tags.length - 1 ? Math.log(((lasts[k] ?? 0) + DELTA) / after(k)) : 0;
    return sum - seen - moved - ended;
  }, 0);
}

test("the tags are the likeliest of all sequences", async () => {
  const model = await counted();
  const size = (await model.weights()).get("words")?.shape[1] ?? NaN;
  const sentences = ["bark sleep", "sleep dogs bark", "old bark dogs sleep", "dogs"].map((text) => text.split(" "));
  const predicted = await model.predict(sentences.map((small) => ({ small })));
  const likeliest = sentences.map((small) => {
    const sequences = small.reduce<readonly (readonly string[])[]>(
      (begun) => begun.flatMap((tags) => TAGS.map((tag) => [...tags, tag])),
      [[]],
    );
    return [...sequences].sort((a, b) => cost(small, a, size) - cost(small, b, size))[0];
  });
  expect(predicted.map((row) => ("tags" in row ? row.tags : row))).toEqual(likeliest);
});
