// `evaluate` of each row: what the row has alone, in the order of the data, and what makes up the means of all.
import { expect, test } from "vitest";
import type { DataRow } from "../../src/index.ts";
import { compiled } from "./models.ts";

const TAGGER = `use GRU from "cells"
  model Tagger(E = 2, H = 4) {
    input text: seq char[V]
    target tags: seq label[C]
    predict tags from linear(GRU(H)(embed(text, E)), out = C)
  }`;
const ROWS: readonly DataRow[] = [
  { text: "a", tags: ["x"] },
  { text: "abcab", tags: ["x", "y", "y", "x", "y"] },
  { text: "cb", tags: ["y", null] },
  { text: "bab", tags: ["y", "x", "y"] },
];

async function tagger() {
  const model = await compiled(TAGGER, { target: "reference", seed: 5 });
  await model.fit({ data: ROWS, epochs: 2 });
  return model;
}

test("rows of different lengths, one with a step that has no target", async () => {
  const model = await tagger();
  const { rows = [], ...whole } = await model.evaluate({ data: ROWS, each: true });
  const alone = await Promise.all(ROWS.map((row) => model.evaluate({ data: [row] })));
  expect(rows.map(({ loss }) => loss)).toEqual(alone.map(({ loss }) => expect.closeTo(loss, 10)));
  const counts = rows.map(({ predictions: [tags] }) => tags?.count ?? NaN);
  expect(counts).toEqual([1, 5, 1, 3]);
  const sum = rows.reduce((total, { loss }, row) => total + loss * (counts[row] ?? NaN), 0);
  expect(sum / 10).toBeCloseTo(whole.loss, 10);
  const together = await model.evaluate({ data: ROWS });
  expect(together.loss).toBeCloseTo(whole.loss, 10);
  expect(together).not.toHaveProperty("rows");
});

test("a row without any target has no loss", async () => {
  const model = await tagger();
  const data = [...ROWS, { text: "ab", tags: [null, null] }];
  const { rows = [], loss } = await model.evaluate({ data, each: true });
  expect(rows.map((row) => Number.isNaN(row.loss))).toEqual([false, false, false, false, true]);
  expect(loss).toBeCloseTo((await model.evaluate({ data: ROWS })).loss, 10);
});

test("rows that are measured one by one take no batch", async () => {
  const model = await tagger();
  await expect(model.evaluate({ data: ROWS, each: true, batch: 2 })).rejects.toThrow(
    "`each` measures the rows one by one, so it takes no `batch`",
  );
});

test("a text has no rows", async () => {
  const model = await compiled('use CharLM from "models"', { set: { E: 2, H: 4 }, texts: { V: "abc" } });
  await expect(model.evaluate({ data: "abcabc", each: true })).rejects.toThrow(
    "`each` measures rows, but the data are a text",
  );
});
