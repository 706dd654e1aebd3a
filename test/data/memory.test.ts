// Data in memory are read like data of a file: the same rows, vocabularies and tokens, and the same messages with other places.
import { expect, test } from "vitest";
import { mobyDickText } from "../../src/datasets/moby-dick.ts";
import { Batches } from "../../src/data/batches.ts";
import { datasetOf } from "../../src/data/dataset.ts";
import type { FieldSpec } from "../../src/data/field.ts";
import { rowsInArray } from "../../src/data/row-array.ts";
import { rowsInFile } from "../../src/data/row-file.ts";
import type { RowOrigin } from "../../src/data/row-origin.ts";
import { Rows } from "../../src/data/rows.ts";
import { TextFile } from "../../src/data/text-file.ts";
import { TextInMemory } from "../../src/data/text-memory.ts";
import { jsonLines, numbers, sourceOf, tokens } from "./sources.ts";

const FIELDS: readonly FieldSpec[] = [
  tokens("words", "word"),
  tokens("label", "label", { mayLack: true }),
  numbers("x", ["I"], { time: "T" }),
];

const SENTENCES = mobyDickText().slice(0, 20_000).split(". ");
const ROWS = SENTENCES.map((words, row) => ({
  words,
  label: row % 7 === 0 ? null : words.length % 2 === 0 ? "even" : "odd",
  x: Array.from({ length: 1 + (row % 5) }, (_, step) => [row, step]),
}));

function inArray(rows: readonly object[]): RowOrigin {
  return rowsInArray(
    rows.map((row) => new Map(Object.entries(row))),
    "data",
  );
}

function inFile(rows: readonly object[]): RowOrigin {
  return rowsInFile(sourceOf("data.jsonl", jsonLines(rows)));
}

test("rows of an array have the same vocabularies, sizes and batches as rows of a file", () => {
  const [a, b] = [inArray(ROWS), inFile(ROWS)].map((training) => datasetOf({ training }, FIELDS, { minCount: 2 }));
  if (a === undefined || b === undefined) return expect.fail();
  expect(a.vocabularies).toEqual(b.vocabularies);
  expect(a.sizes).toEqual(new Map([["I", 2]]));
  expect(b.sizes).toEqual(a.sizes);
  const [ours, theirs] = [a, b].map((data) => new Batches(data.training, data, { batch: 8, seed: 3 }));
  expect(ours?.perEpoch).toBe(Math.ceil((ROWS.length * 0.9) / 8));
  for (let index = 0; index < (ours?.perEpoch ?? 0); index++) expect(ours?.at(1, index)).toEqual(theirs?.at(1, index));
});

test("bad rows of an array are named by their index, and the rest may be kept", () => {
  const rows = [...ROWS.slice(0, 3), { words: "no x", label: "odd" }, { words: "x", label: "odd", x: [[1, 2, 3]] }];
  const said = [
    "data: 2 rows are wrong, of 5",
    "data[3]: `x` is missing: expected an array of arrays of I numbers",
    "data[4]: `x[0]`: expected 2 elements (I, as in data[0]), found 3",
  ].join("\n  ");
  expect(() => new Rows(inArray(rows), FIELDS)).toThrow(said);
  expect(new Rows(inArray(rows), FIELDS, { skipBad: true }).count).toBe(3);
  expect(() => new Rows(inArray([]), FIELDS)).toThrow("data: there are no rows in this array");
});

test.each(["char", "word"] as const)("a text in memory has the %ss of the same text in a file", (kind) => {
  const text = mobyDickText().slice(0, 100_000);
  const [memory, file] = [new TextInMemory(text, kind, "data"), new TextFile(sourceOf("a.txt", text), kind, 4096)];
  const cut = Math.floor(file.length / 3);
  const options = { start: false, end: false, minCount: 2 };
  const vocabulary = file.vocabulary(options, cut);
  expect(memory.length).toBe(file.length);
  expect(memory.vocabulary(options, cut)).toEqual(vocabulary);
  expect(memory.vocabulary(options)).toEqual(file.vocabulary(options));
  const [ours, theirs] = [memory.tokens(vocabulary), file.tokens(vocabulary)];
  expect(ours.read(cut - 50, 1000)).toEqual(theirs.read(cut - 50, 1000));
  expect(() => new TextInMemory(" \n", "word", "data")).toThrow("data has no words in it");
});
