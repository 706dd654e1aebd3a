// The fields that models require of rows. Each shipped model learns from a batch of rows.
import { describe, expect, test } from "vitest";
import { Batches } from "../../src/data/batches.ts";
import { datasetOf } from "../../src/data/dataset.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { fieldsOf, sizesOf } from "../../src/train/row-model.ts";
import { batchOfRows } from "../../src/train/row-source.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { rowsInFile } from "../../src/data/row-file.ts";
import { programFrom, RAGGED, shippedNamed, shippedProgram } from "../support/specs.ts";
import { jsonLines, sourceOf } from "./sources.ts";

const ROWS_OPTIONS = { ...RAGGED, states: "initial" as const };

function fieldsOfShipped(name: string): Record<string, unknown> {
  const fields = fieldsOf(shippedProgram(shippedNamed(name), ROWS_OPTIONS), "training");
  return Object.fromEntries(fields.map(({ name: field, ...rest }) => [field, rest]));
}

const TOKEN = { kind: "token", required: true, ahead: [], most: null, start: false, end: false };
const NUMBER = { kind: "number", required: true, ahead: [] };

describe("fields of a model", () => {
  test("of the shipped models", () => {
    expect(fieldsOfShipped("Adding")).toEqual({
      pairs: { ...NUMBER, time: "T.pairs", shape: [2] },
      total: { ...NUMBER, time: null, shape: [], mayLack: true, isTarget: true },
    });
    expect(fieldsOfShipped("Tag")).toEqual({
      words: { ...TOKEN, time: "T.words", reading: "word", vocabulary: "V" },
      tags: { ...TOKEN, time: "T.words", reading: "label", vocabulary: "K", mayLack: true, isTarget: true },
    });
    expect(fieldsOfShipped("Translate")).toEqual({
      source: { ...TOKEN, time: "T.source", reading: "char", vocabulary: "S" },
      output: { ...TOKEN, time: "T.output", reading: "char", vocabulary: "V", start: true, end: true, isTarget: true },
    });
    expect(fieldsOfShipped("CharLM")).toEqual({
      text: { ...TOKEN, time: "T.text", reading: "char", vocabulary: "V", end: true, ahead: [1] },
    });
  });

  test("sizes in the spec are fixed, names are the data's; targets are not required in use", () => {
    const program = programFrom(
      `model M { input k: seq token[9]; input v: [D, 2]; target y: label[3]
        h = sum(embed(k, 4)); predict y from linear(h, sum(v, axis = 0), out = 3) }`,
      ROWS_OPTIONS,
    );
    expect(fieldsOf(program, "inference")).toMatchObject([
      { name: "k", reading: "token", vocabulary: "k", most: 9, required: true },
      { name: "v", shape: ["D", 2], required: true },
      { name: "y", reading: "label", vocabulary: "y", most: 3, required: false },
    ]);
  });

  test("an autoregressive target as long as an input has no end token", () => {
    const program = programFrom(
      `model M { input x: seq [2]; target y: seq char[V]
        predict y from linear(x, embed(y[t-1], 2), out = V) }`,
      ROWS_OPTIONS,
    );
    const [x, y] = fieldsOf(program, "training");
    expect(y).toMatchObject({ time: x?.time, end: false, start: true });
  });
});

const DATA: Readonly<Record<string, readonly unknown[]>> = {
  Adding: [
    {
      pairs: [
        [0.5, 1],
        [0.25, 0],
      ],
      total: 3,
    },
    { pairs: [[0.5, 1]], total: 3 },
    { pairs: [], total: 0 },
  ],
  Classify: [
    { words: "so good", label: "yes" },
    { words: "bad", label: "no" },
    { words: "hm", label: "no" },
  ],
  Tag: [
    { words: ["so", "good"], tags: ["R", "J"] },
    { words: "bad!", tags: ["J", "P"] },
    { words: "hm", tags: ["I"] },
  ],
  Translate: [
    { source: "abc", output: "cba" },
    { source: "a", output: "a" },
    { source: "b", output: "" },
  ],
  Caption: Array.from({ length: 3 }, (_, index) => ({
    image: Array.from({ length: 784 }, () => index / 100),
    words: `${index}`,
  })),
  CharLM: [{ text: "abc" }, { text: "" }, { text: "ba" }],
};

describe("training on rows", () => {
  test.each(Object.keys(DATA))("%s: the loss of a ragged batch falls in three updates", async (name) => {
    const program = shippedProgram(shippedNamed(name), ROWS_OPTIONS);
    const fields = fieldsOf(program, "training");
    const content = jsonLines(DATA[name] ?? []);
    const data = datasetOf(
      { training: rowsInFile(sourceOf("a.jsonl", content)), validation: rowsInFile(sourceOf("b.jsonl", content)) },
      fields,
    );
    const batches = new Batches(data.training, data, { batch: 3, seed: 1 });
    const trainer = new Trainer(program, referenceTarget(), {
      optimizer: { kind: "adam", values: new Map([["lr", 0.01]]) },
      clip: {},
      seed: 1,
      sizes: sizesOf(fields, data),
    });
    const losses: number[] = [];
    for (let epoch = 0; epoch < 4; epoch++) losses.push((await trainer.update(batchOfRows(batches.at(epoch, 0)))).loss);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses[3]).toBeLessThan(losses[0] ?? 0);
  });
});
