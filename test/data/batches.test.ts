// Batches of rows: every row once an epoch, the same from the same seed, resumed anywhere, padded and aligned.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Batches } from "../../src/data/batches.ts";
import { datasetOf } from "../../src/data/dataset.ts";
import type { FieldSpec } from "../../src/data/field.ts";
import { rowsInFile } from "../../src/data/row-file.ts";
import { jsonLines, numbers, rowsOf, sourceOf, tokens } from "./sources.ts";

const NONE = { vocabularies: new Map(), sizes: new Map() };
const IDS = tokens("k", "token");

/** Rows of token ids with these lengths. */
function partOf(lengths: readonly number[]): ConstructorParameters<typeof Batches>[0] {
  const rows = rowsOf(
    lengths.map((length) => ({ k: Array.from({ length }, (_, index) => index) })),
    [IDS],
  );
  return { rows, from: 0, to: rows.count };
}

function orderOf(batches: Batches, epoch: number): readonly (readonly number[])[] {
  return Array.from({ length: batches.perEpoch }, (_, index) => [...batches.rowsAt(epoch, index)]);
}

describe("the order of rows", () => {
  test("every row comes once an epoch, in batches of the requested size, except one batch", () => {
    const lengths = fc.array(fc.nat(9), { minLength: 1, maxLength: 60 });
    const options = fc.record({
      batch: fc.integer({ min: 1, max: 9 }),
      seed: fc.option(fc.nat(99)),
      window: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(lengths, options, fc.nat(3), (each, form, epoch) => {
        const order = orderOf(new Batches(partOf(each), NONE, form), epoch);
        expect(order.flat().sort((a, b) => a - b)).toEqual(each.map((_, index) => index));
        const short = order.filter((rows) => rows.length !== form.batch);
        expect(short.map((rows) => rows.length)).toEqual(
          each.length % form.batch === 0 ? [] : [each.length % form.batch],
        );
      }),
    );
  });

  test("it is a function of seed and epoch: from any start it continues in the same way", () => {
    const part = partOf(Array.from({ length: 50 }, (_, index) => (index * 7) % 11));
    const make = (seed: number): Batches => new Batches(part, NONE, { batch: 4, seed, window: 3 });
    const [whole, resumed] = [make(5), make(5)];
    const epochs = [0, 1, 2].map((epoch) => orderOf(whole, epoch));
    expect([...resumed.rowsAt(2, 7)]).toEqual(epochs[2]?.[7]);
    expect([...resumed.rowsAt(1, 0)]).toEqual(epochs[1]?.[0]);
    expect(resumed.at(0, 3)).toEqual(whole.at(0, 3));
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(orderOf(make(6), 0)).not.toEqual(epochs[0]);
  });

  test("rows of similar length share a batch: less than a tenth is padding, where a random order would have half", () => {
    const part = partOf(Array.from({ length: 400 }, (_, index) => 1 + ((index * 37) % 100)));
    const paddedShare = (window: number): number => {
      const batches = new Batches(part, NONE, { batch: 8, seed: 1, window });
      const all = Array.from({ length: batches.perEpoch }, (_, index) => batches.at(0, index));
      const places = all.reduce((sum, each) => sum + (each.arrays.get("k")?.data.length ?? 0), 0);
      return 1 - batches.stepsPerEpoch / places;
    };
    expect(paddedShare(50)).toBeLessThan(0.1);
    expect(paddedShare(1)).toBeGreaterThan(0.35);
  });

  test("without a seed it is the same in every epoch", () => {
    const batches = new Batches(partOf([3, 1, 2, 5]), NONE, { batch: 2, seed: null });
    expect([orderOf(batches, 0), orderOf(batches, 4)]).toEqual([
      [
        [1, 2],
        [0, 3],
      ],
      [
        [1, 2],
        [0, 3],
      ],
    ]);
  });
});

describe("arrays", () => {
  const fields: readonly FieldSpec[] = [
    tokens("text", "char", { ahead: [1], vocabulary: "V", end: true, start: true }),
    tokens("label", "label"),
    numbers("pairs", ["D"], { time: "T.pairs" }),
    numbers("image", [1, 2]),
  ];
  const rows = [
    {
      text: "ba",
      label: "x",
      pairs: [
        [1, 2],
        [3, 4],
      ],
      image: [[1, 2]],
    },
    { text: "c", label: "w", pairs: [], image: [[3, 4]] },
  ];
  const data = datasetOf(
    {
      training: rowsInFile(sourceOf("a.jsonl", jsonLines(rows))),
      validation: rowsInFile(sourceOf("b.jsonl", jsonLines(rows))),
    },
    fields,
  );

  test("time first, padded with zeros, with end tokens, what lies ahead, and lengths", () => {
    const { arrays, lengths, steps, count } = new Batches(data.validation, data, { batch: 2, seed: null }).at(0, 0);
    // Rows by length: `c` first. Symbols a b c, unknown 3, start 4, end 5.
    expect([count, Object.fromEntries(steps)]).toEqual([2, { "T.text": 3, "T.pairs": 2 }]);
    expect(lengths).toEqual(
      new Map([
        ["T.text", Int32Array.of(2, 3)],
        ["T.pairs", Int32Array.of(0, 2)],
      ]),
    );
    expect(arrays.get("text")).toEqual({ dtype: "int", shape: [3, 2], data: Int32Array.of(2, 1, 5, 0, 0, 5) });
    expect(arrays.get("text[t+1]")).toEqual({ dtype: "int", shape: [3, 2], data: Int32Array.of(5, 0, 0, 5, 0, 0) });
    expect(arrays.get("label")).toEqual({ dtype: "int", shape: [2], data: Int32Array.of(0, 1) });
    expect(arrays.get("pairs")).toEqual({
      dtype: "float",
      shape: [2, 2, 2],
      data: Float32Array.of(0, 0, 1, 2, 0, 0, 3, 4),
    });
    expect(arrays.get("image")).toEqual({ dtype: "float", shape: [2, 1, 2], data: Float32Array.of(3, 4, 1, 2) });
    expect([...arrays.keys()].length).toBe(5);
  });

  test("a batch of empty sequences has one step, so that every target can run it", () => {
    const batch = new Batches(partOf([0, 0]), NONE, { batch: 2, seed: 1 }).at(0, 0);
    expect([batch.arrays.get("k")?.shape, batch.lengths.get("T.k")]).toEqual([[1, 2], Int32Array.of(0, 0)]);
  });
});

describe("held-out rows", () => {
  const fields = [tokens("text", "char"), tokens("label", "label")];
  const numbered = (count: number): string =>
    jsonLines(Array.from({ length: count }, (_, index) => ({ text: index < count - 1 ? "ab" : "z", label: index })));

  test("the last tenth; its symbols do not count, its labels do", () => {
    const data = datasetOf({ training: rowsInFile(sourceOf("a.jsonl", numbered(20))) }, fields);
    expect([data.training.from, data.training.to, data.validation.from, data.validation.to]).toEqual([0, 18, 18, 20]);
    expect(data.vocabularies.get("text")?.symbols).toEqual(["a", "b"]);
    expect(data.vocabularies.get("label")?.size).toBe(20);
    const batches = new Batches(data.validation, data, { batch: 2, seed: null });
    expect(batches.at(0, 0).arrays.get("text")?.data).toEqual(Int32Array.of(2, 0, 0, 1));
  });

  test("at least one row, unless there is only one", () => {
    const heldOut = (count: number): number => {
      const { validation } = datasetOf({ training: rowsInFile(sourceOf("a.jsonl", numbered(count))) }, fields);
      return validation.to - validation.from;
    };
    expect([heldOut(1), heldOut(2), heldOut(9), heldOut(29), heldOut(30)]).toEqual([0, 1, 1, 2, 3]);
  });

  test("with a validation file no rows are held out, and its labels must be known", () => {
    const other = sourceOf("b.jsonl", jsonLines([{ text: "a", label: "new" }]));
    expect(() =>
      datasetOf({ training: rowsInFile(sourceOf("a.jsonl", numbered(3))), validation: rowsInFile(other) }, fields),
    ).toThrow('b.jsonl:1: `label`: the label "new" does not occur in the training data');
  });

  test("a vocabulary is shared by fields that name it; rarer symbols than the least count become unknown", () => {
    const shared = [tokens("a", "char", { vocabulary: "V" }), tokens("b", "char", { vocabulary: "V", start: true })];
    const content = jsonLines([
      { a: "xy", b: "x" },
      { a: "y", b: "z" },
      { a: "q", b: "q" },
    ]);
    const data = datasetOf({ training: rowsInFile(sourceOf("a.jsonl", content)) }, shared, { minCount: 2 });
    expect(data.vocabularies.get("V")).toMatchObject({ symbols: ["x", "y"], unknown: 2, start: 3, size: 4 });
  });

  test("more tokens than the spec allows are an error", () => {
    const narrow = [tokens("label", "label", { most: 2 })];
    expect(() => datasetOf({ training: rowsInFile(sourceOf("a.jsonl", numbered(3))) }, narrow)).toThrow(
      "`label` has room for 2 tokens in the spec, but the data have 3",
    );
  });
});
