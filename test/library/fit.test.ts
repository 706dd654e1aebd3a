// Training on rows and texts: `fit` gives what `recurra train` gives, stops where it should, and refuses what it cannot read.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mobyDickText } from "../../src/datasets/moby-dick.ts";
import {
  compile,
  dataFile,
  open,
  UserError,
  type CompiledModel,
  type DataRow,
  type FitOptions,
} from "../../src/index.ts";
import { recurra, temporaryFolder } from "../support/command.ts";
import { compiled } from "./models.ts";

const BOOK = mobyDickText().slice(0, 12_000);
const CHARS = 'use CharLM from "models"';
const CLASSIFY = 'use Classify from "models"';

/** Words of the book and whether they begin with a vowel. */
const WORDS: readonly DataRow[] = [
  ...new Set(
    mobyDickText()
      .slice(0, 40_000)
      .toLowerCase()
      .match(/[a-z]+/g) ?? [],
  ),
]
  .slice(0, 300)
  .map((word) => ({ words: [...word].join(" "), label: /^[aeiou]/.test(word) ? "vowel" : "consonant" }));

function jsonLines(rows: readonly DataRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

async function weightsOf(model: CompiledModel): Promise<object> {
  return Object.fromEntries([...(await model.weights())].map(([name, { data }]) => [name, [...data]]));
}

/** Trains by the command line, with arguments between blanks, and opens what it saved. */
async function trainedByCommand(folder: string, parts: readonly string[]): Promise<CompiledModel> {
  const out = join(folder, "run");
  const { code, err } = await recurra("train", ...parts.join(" ").split(" "), "--out", out, "--seed", "3");
  expect([code, err]).toEqual([0, ""]);
  return open(out);
}

describe("the same weights as `recurra train`, with the same data, seed and settings", { timeout: 120_000 }, () => {
  test("of a text in memory, with truncation, a schedule and held-out data", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "book.txt"), BOOK);
    const theirs = await trainedByCommand(folder, [
      `specs/models/charlm.rec --data ${join(folder, "book.txt")} --set H=8 --set E=4`,
      "--k1 8 --k2 12 --batch 4 --updates 20 --optimizer sgd --lr 0.3 --schedule cosine --warmup 3 --clip 1",
    ]);
    const ours = await compiled(CHARS, { set: { H: 8, E: 4 }, seed: 3 });
    const result = await ours.fit({
      data: BOOK,
      k1: 8,
      k2: 12,
      batch: 4,
      updates: 20,
      clip: { norm: 1 },
      optimizer: { kind: "sgd", lr: 0.3 },
      schedule: { kind: "cosine", warmup: 3 },
    });
    expect(result.ending).toBe("stopped");
    expect(await weightsOf(ours)).toEqual(await weightsOf(theirs));
    expect(ours.vocabulary("text").symbols).toEqual(theirs.vocabulary("text").symbols);
    const chapter = mobyDickText().slice(12_000, 14_000);
    expect(await ours.evaluate({ data: chapter })).toEqual(await theirs.evaluate({ data: chapter }));
    theirs.dispose();
  });

  test("of rows in memory, of a file, and with early stopping", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "words.jsonl"), jsonLines(WORDS));
    writeFileSync(join(folder, "held.jsonl"), jsonLines(WORDS.slice(0, 40)));
    const theirs = await trainedByCommand(folder, [
      `specs/models/classify.rec --data ${join(folder, "words.jsonl")} --valid ${join(folder, "held.jsonl")}`,
      "--set H=6 --set E=4 --batch 16 --epochs 3 --lr 0.05 --patience 1",
    ]);
    const options: FitOptions = {
      data: WORDS,
      valid: WORDS.slice(0, 40),
      batch: 16,
      epochs: 3,
      optimizer: { lr: 0.05 },
      patience: 1,
    };
    const ours = await compiled(CLASSIFY, { set: { H: 6, E: 4 }, seed: 3 });
    const result = await ours.fit(options);
    const ofFile = await compiled(CLASSIFY, { set: { H: 6, E: 4 }, seed: 3 });
    await ofFile.fit({ ...options, data: dataFile(join(folder, "words.jsonl")) });
    expect(await weightsOf(ours)).toEqual(await weightsOf(theirs));
    expect(await weightsOf(ofFile)).toEqual(await weightsOf(theirs));
    const { loss } = await ours.evaluate({ data: WORDS.slice(0, 40) });
    expect(result.best).toBe(loss);
    theirs.dispose();
  });
});

test("`evaluate` returns the numbers that `recurra evaluate` prints, and `predict` returns values in the form of the rows", async () => {
  const folder = temporaryFolder();
  const model = await compiled(CLASSIFY, { set: { H: 16, E: 8 } });
  await model.fit({ data: WORDS, epochs: 8, batch: 16, optimizer: { kind: "adam", lr: 0.02 } });
  const held = WORDS.slice(0, 50);
  const measures = await model.evaluate({ data: held });
  writeFileSync(join(folder, "held.jsonl"), jsonLines(held));
  const { save } = await import("../../src/index.ts");
  await save(model, join(folder, "run"));
  const { out } = await recurra("evaluate", join(folder, "run"), "--data", join(folder, "held.jsonl"), "--json");
  expect(JSON.parse(out)).toEqual(measures);
  const each = ["evaluate", join(folder, "run"), "--data", join(folder, "held.jsonl"), "--each"];
  const rows = (await recurra(...each)).out
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(rows).toHaveLength(held.length);
  const { rows: [first] = [] } = await model.evaluate({ data: held, each: true });
  const loss = first?.loss ?? NaN;
  expect(rows[0]).toEqual({ row: 1, loss: expect.closeTo(loss, 7), probability: expect.closeTo(Math.exp(-loss), 7) });
  const file = join(folder, "losses.csv");
  expect((await recurra(...each, "-o", file)).out).toContain(`over ${held.length} predictions`);
  expect(readFileSync(file, "utf8").split("\n")[0]).toBe("row,loss,probability");
  const wrong = await recurra(...each.slice(0, -1), "-o", file);
  expect(wrong.err).toContain("`--out` is the file of the rows that `--each` measures: give both");
  const predicted = await model.predict(held, { batch: 7 });
  const right = predicted.filter(({ label }, index) => label === held[index]?.["label"]).length;
  expect(right / held.length).toBeCloseTo(measures.predictions[0]?.accuracy ?? NaN, 10);
  expect(right).toBeGreaterThan(45);
  const lines = await recurra("generate", join(folder, "run"), "--input", join(folder, "held.jsonl"));
  expect(lines.out.trim().split("\n")).toEqual(predicted.map((row) => JSON.stringify(row)));
});

test("a sequence is predicted step by step, as many steps as the row has", async () => {
  const rows = WORDS.map(({ words }) => {
    const letters = String(words).split(" ");
    return { words: letters, tags: letters.map((letter) => (/[aeiou]/.test(letter) ? "vowel" : "other")) };
  });
  const model = await compiled('use Tag from "models"', { set: { H: 12, E: 8 } });
  await model.fit({ data: rows, epochs: 4, batch: 16, optimizer: { kind: "adam", lr: 0.03 } });
  const some = rows.slice(0, 9);
  expect(await model.predict(some.map(({ words }) => ({ words })))).toEqual(some.map(({ tags }) => ({ tags })));
});

describe("while it trains", () => {
  test("callbacks report each update and epoch, and may use the model", async () => {
    const model = await compiled(CLASSIFY, { set: { H: 4, E: 4 } });
    const updates: number[] = [];
    const epochs: unknown[] = [];
    const result = await model.fit({
      data: WORDS,
      epochs: 2,
      batch: 50,
      onUpdate: ({ update, totalUpdates, epoch }) => updates.push(update, totalUpdates, epoch),
      onEpoch: async ({ epoch, updates: made, measures, isBest }) => {
        const { loss } = await model.evaluate({ data: WORDS.slice(270), batch: 50 });
        epochs.push([epoch, made, loss === measures?.loss, isBest]);
      },
    });
    expect(updates.slice(0, 6)).toEqual([1, 12, 1, 2, 12, 1]);
    expect(updates.slice(-3)).toEqual([12, 12, 2]);
    expect(epochs).toEqual([
      [1, 6, true, true],
      [2, 12, true, true],
    ]);
    expect([result.ending, result.updates, result.history.length]).toEqual(["finished", 12, 3]);
  });

  test("a signal ends it after the current update", async () => {
    const leaving = new AbortController();
    const model = await compiled(CLASSIFY, { set: { H: 4, E: 4 } });
    const result = await model.fit({
      data: WORDS,
      epochs: 50,
      valid: false,
      signal: leaving.signal,
      onUpdate: ({ update }) => {
        if (update === 4) leaving.abort();
      },
    });
    expect([result.ending, result.updates, result.measures, result.best]).toEqual(["interrupted", 4, null, null]);
  });

  test("with `patience` the weights of the best epoch are put back", async () => {
    const model = await compiled(CLASSIFY, { set: { H: 8, E: 4 } });
    const seen: object[] = [];
    const losses: number[] = [];
    const result = await model.fit({
      data: WORDS.slice(0, 60),
      valid: WORDS.slice(200),
      epochs: 60,
      batch: 8,
      patience: 2,
      optimizer: { kind: "adam", lr: 0.2 },
      onEpoch: async ({ measures }) => {
        losses.push(measures?.loss ?? NaN);
        seen.push(await weightsOf(model));
      },
    });
    expect(result.ending).toBe("no better");
    const best = losses.indexOf(Math.min(...losses));
    expect(best).toBe(losses.length - 3);
    expect(await weightsOf(model)).toEqual(seen[best]);
  });

  test("a trained model goes on with its vocabularies, and is opened as it was left", async () => {
    const model = await compiled(CHARS, { set: { H: 8, E: 4 } });
    await model.fit({ data: BOOK, updates: 5, batch: 4 });
    const again = await open(await model.checkpoint());
    const before = await weightsOf(again);
    await again.fit({ data: mobyDickText().slice(20_000, 26_000), updates: 5, batch: 4 });
    expect(again.vocabulary("text").symbols).toEqual(model.vocabulary("text").symbols);
    expect(await weightsOf(again)).not.toEqual(before);
    again.dispose();
  });
});

async function messageOf(work: () => Promise<unknown>): Promise<string> {
  const problem = await work().then(
    () => expect.fail("nothing was refused"),
    (each: unknown) => each,
  );
  expect(problem).toBeInstanceOf(UserError);
  return problem instanceof UserError ? problem.message : "";
}

/** For calls that TypeScript would refuse. */
function unchecked(value: unknown): never {
  const as = (given: unknown): given is never => given === value;
  return as(value) ? value : expect.fail();
}

describe("errors before anything is trained", () => {
  const cases: readonly [string, FitOptions, string][] = [
    ["no data", unchecked({ epochs: 1 }), "`fit` needs `data`: an array of rows, a text or a `dataFile`"],
    ["an unknown option", unchecked({ data: WORDS, epoch: 1 }), "`fit` has no option `epoch`; did you mean `epochs`?"],
    ["an epoch count", { data: WORDS, epochs: 0 }, "`epochs` is 0, but it must be a whole number, 1 or more"],
    ["steps", { data: WORDS, k1: 1.5 }, "`k1` is 1.5, but it must be a whole number of steps, 1 or more"],
    [
      "a schedule",
      { data: WORDS, schedule: { kind: "cosin" } },
      "there is no schedule `cosin`; did you mean `cosine`?",
    ],
    [
      "a setting of a schedule",
      { data: WORDS, schedule: { kind: "step", every: 0 } },
      "`every` of `step` is 0, but it must be a whole number, 1 or more",
    ],
    ["a limit", { data: WORDS, clip: { norm: -1 } }, "the limit of `clip` `norm` is -1, but it must be above 0"],
    [
      "the name of a file",
      { data: "words.jsonl" },
      '`data` is a text, "words.jsonl", which looks like the name of a file: in Node, `dataFile("words.jsonl")` reads it',
    ],
    [
      "a row that is not an object",
      unchecked({ data: [1] }),
      "`data[0]` must be an object such as `{ name: … }`, but it is 1",
    ],
    [
      "a value that no row has",
      { data: [{ words: "a", label: new Date(0) }] },
      "`data[0].label` holds an object, but a row has texts, numbers, true or false, null, and arrays of these",
    ],
    [
      "a bad row",
      { data: [...WORDS.slice(0, 5), { words: "a" }] },
      "data: 1 row is wrong, of 6\n  data[5]: `label` is missing: expected a label",
    ],
    ["no rows", { data: [] }, "data: there are no rows in this array"],
    [
      "a file that is not there",
      { data: WORDS, valid: dataFile("nowhere.jsonl") },
      "nowhere.jsonl: there is no such file",
    ],
  ];

  test.each(cases)("%s", async (_, options, message) => {
    const model = await compile(CLASSIFY, { target: "reference", set: { H: 2, E: 2 } });
    expect(await messageOf(() => model.fit(options))).toBe(message);
    model.dispose();
  });

  test("data of another kind, another vocabulary or other sizes than the model's", async () => {
    const model = await compile(CHARS, { target: "reference", set: { H: 2, E: 2 }, sizes: { V: 5 } });
    expect(await messageOf(() => model.fit({ data: BOOK }))).toMatch(
      /^the size V of `CharLM` is 5, but these data have \d+$/,
    );
    const known = await compile(CHARS, { target: "reference", set: { H: 2, E: 2 }, texts: { V: BOOK } });
    expect(await messageOf(() => known.fit({ data: [{ text: "ab" }, { text: "abc" }] }))).toBe(
      "the vocabulary of `text` has no token that ends a row: it was made for one running text, and these are rows",
    );
    await known.fit({ data: BOOK, updates: 1, batch: 2 });
    expect(await messageOf(() => known.fit({ data: [{ text: "ab" }] }))).toBe(
      "data: this model reads a running text, but rows were given",
    );
    expect(await messageOf(() => known.predict([{ text: "ab" }]))).toBe(
      "rows: this model reads a running text, but rows were given",
    );
    known.dispose();
    model.dispose();
  });

  test("rows that `evaluate` and `predict` cannot read", async () => {
    const model = await compile(CLASSIFY, { target: "reference", set: { H: 2, E: 2 } });
    expect(await messageOf(() => model.evaluate({ data: WORDS }))).toBe(
      "the vocabulary of `words` is not known: train the model on data first",
    );
    await model.fit({ data: WORDS.slice(0, 30), updates: 1 });
    expect(await messageOf(() => model.evaluate({ data: [{ words: "a b", label: "digit" }] }))).toBe(
      'data: 1 row is wrong, of 1\n  data[0]: `label`: the label "digit" does not occur in the training data',
    );
    expect(await messageOf(() => model.predict([{ word: "a" }]))).toBe(
      "rows: 1 row is wrong, of 1\n  rows[0]: `words` is missing: expected text, or an array of words",
    );
    model.dispose();
  });
});
