// Vectors of words as first rows of a table, in `fit` and in `recurra train`, and runs that begin with given weights. The vectors are
// counted in a real book: how often each word stands next to the most frequent words.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { mobyDickText } from "../../src/datasets/moby-dick.ts";
import { readSafetensors } from "../../src/checkpoint/safetensors.ts";
import { wordsOf } from "../../src/data/words.ts";
import { dataFile, open, type CompiledModel } from "../../src/index.ts";
import { recurra, temporaryFolder } from "../support/command.ts";
import { compiled } from "./models.ts";

const E = 6;
const TEXT = mobyDickText().slice(0, 12_000);
const SPEC = `use GRU from "cells"
model Words(E = ${E}, H = 5) {
  input text: seq word[V]
  e = embed(text, E)
  h = GRU(H)(e)
  predict text[t+1] from linear(h, out = V)
}`;
const TABLE = "e.table";

/** From word to vector, for all words in small letters; `log(1 + n)` of the number of times that each frequent word is beside it. */
function countedVectors(): ReadonlyMap<string, readonly number[]> {
  const words = wordsOf(mobyDickText().slice(0, 40_000).toLowerCase());
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const frequent = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, E)
    .map(([word]) => word);
  const beside = new Map([...counts.keys()].map((word) => [word, frequent.map(() => 0)]));
  words.forEach((word, at) => {
    for (const other of [words[at - 1], words[at + 1]]) {
      const [row, place] = [beside.get(word), frequent.indexOf(other ?? "")];
      if (row !== undefined && place >= 0) row[place] = (row[place] ?? 0) + 1;
    }
  });
  return new Map([...beside].map(([word, row]) => [word, row.map((count) => Number(Math.log1p(count).toFixed(4)))]));
}

const VECTORS = countedVectors();
const LINES = [...VECTORS].map(([word, row]) => `${word} ${row.join(" ")}`);
// As GloVe 840B has them: words with a blank, a word that is a line end for some readers, a repeated word, a word that is not UTF-8.
const ODD = [`. . . ${"0.5 ".repeat(E).trim()}`, `\u2028 ${"9 ".repeat(E).trim()}`, `the ${"7 ".repeat(E).trim()}`];
const BROKEN = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(` ${"1 ".repeat(E).trim()}\n`)]);

function contentOf(lines: readonly string[]): Buffer {
  return Buffer.concat([Buffer.from(`${lines.join("\n")}\n`), BROKEN]);
}

async function tableOf(model: CompiledModel): Promise<readonly (readonly number[])[]> {
  const data = [...((await model.weights()).get(TABLE)?.data ?? [])];
  return Array.from({ length: data.length / E }, (_, id) => data.slice(id * E, id * E + E));
}

function expectRows(model: CompiledModel, found: readonly (readonly number[])[], first: typeof found): void {
  const { symbols } = model.vocabulary("text");
  const counts = { own: 0, small: 0, none: 0 };
  symbols.forEach((word, id) => {
    const vector = VECTORS.get(word) ?? VECTORS.get(word.toLowerCase());
    counts[VECTORS.has(word) ? "own" : vector === undefined ? "none" : "small"] += 1;
    expect(found[id], word).toEqual(vector === undefined ? first[id] : vector.map(Math.fround));
  });
  // The unknown token.
  expect(found.slice(symbols.length)).toEqual(first.slice(symbols.length));
  expect(counts.own).toBeGreaterThan(300);
  expect(counts.small).toBeGreaterThan(50);
}

async function fitted(vectors: Parameters<CompiledModel["fit"]>[0]["embeddings"]) {
  const model = await compiled(SPEC, { seed: 3 });
  const fit = { data: TEXT, valid: false as const, batch: 4, steps: 8, updates: 2, freeze: ["e"] };
  const result = await model.fit({ ...fit, ...(vectors === undefined ? {} : { embeddings: vectors }) });
  return { model, result, table: await tableOf(model) };
}

test("each word gets its row, from a map and from files, and frozen rows stay", { timeout: 60_000 }, async () => {
  const folder = temporaryFolder();
  const files = {
    "glove.txt": contentOf([...LINES, ...ODD]),
    "w2v.vec": contentOf([`${LINES.length + ODD.length + 1} ${E}`, ...LINES.map((line) => `${line} `), ...ODD]),
    "tabs.txt.gz": gzipSync(contentOf(LINES.map((line) => line.replaceAll(" ", "\t")))),
  };
  const { table: first, result: without } = await fitted(undefined);
  expect(without.embedded).toEqual([]);
  const ofMap = await fitted({ [TABLE]: VECTORS });
  expectRows(ofMap.model, ofMap.table, first);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content);
    const { model, table, result } = await fitted({ e: dataFile(join(folder, name)) });
    expectRows(model, table, first);
    expect(result.embedded).toEqual(ofMap.result.embedded);
  }
});

test("the command trains on them, and a resumed run equals one that did not stop", { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("words.rec"), SPEC);
  writeFileSync(at("book.txt"), TEXT);
  writeFileSync(at("glove.txt"), contentOf([...LINES, ...ODD]));
  const begin = ["train", at("words.rec"), "--data", at("book.txt"), "--seed", "3", "--batch", "4", "--steps", "8"];
  const vectors = ["--embeddings", at("glove.txt"), "--epochs", "1"];
  const whole = await recurra(...begin, ...vectors, "--updates", "6", "--out", at("whole"));
  expect(whole.out).toMatch(/e\.table: \d+ of \d+ words have vectors, \d+ of them by their form in small letters/);
  await recurra(...begin, ...vectors, "--updates", "3", "--out", at("part"));
  const resumed = await recurra("train", "--resume", "--updates", "6", "--out", at("part"));
  expect(resumed.code).toBe(0);
  const bytes = (run: string): Buffer => readFileSync(join(at(run), "weights.safetensors"));
  expect(bytes("part").equals(bytes("whole"))).toBe(true);

  const frozen = await recurra(...begin, ...vectors, "--freeze", "e", "--updates", "3", "--out", at("frozen"));
  expect(frozen.code).toBe(0);
  const model = await open(at("frozen"));
  const plain = await recurra(...begin, "--freeze", "e", "--updates", "3", "--out", at("plain"));
  expect(plain.out).not.toContain("vectors");
  expectRows(model, await tableOf(model), await tableOf(await open(at("plain"))));

  // A later run begins with these weights, on a text that lacks most of the words and has new ones.
  writeFileSync(at("short.txt"), `${TEXT.slice(0, 1_500)} zeppelin zeppelin`);
  const weights = ["--weights", join(at("frozen"), "weights.safetensors")];
  const short = [...begin.slice(0, 2), "--data", at("short.txt"), "--batch", "2", "--updates", "1"];
  const later = await recurra(...short, ...weights, "--freeze", "e", "h", "--out", at("later"));
  expect(later.err).toBe("");
  const [before, after] = ["frozen", "later"].map((run) => readSafetensors(bytes(run), run).tensors);
  const moved = [...(after ?? [])].flatMap(([name, { data }]) =>
    Buffer.from(data.buffer).equals(Buffer.from(before?.get(name)?.data.buffer ?? new ArrayBuffer(0))) ? [] : [name],
  );
  expect(moved.length).toBeGreaterThan(0);
  expect(moved.every((name) => !/^[eh]\./.test(name))).toBe(true);
  expect((await open(at("later"))).vocabulary("text").symbols).toEqual(model.vocabulary("text").symbols);

  const other = await recurra(...short, ...weights, "--set", "H=4", "--out", at("other"));
  expect([other.code, other.out]).toEqual([1, ""]);
  expect(other.err).toMatch(/these weights are not those of `Words` with these data:\nweight +spec +file\n/);
  expect(other.err).toMatch(/h\.\S+ +\[4\] +\[5\]/);
  expect(other.err).not.toContain("e.table");
  const run = await recurra(...short, "--weights", join(at("frozen"), "resume.safetensors"), "--out", at("other"));
  expect(run.err).toContain("this file holds a whole run: give the `weights.safetensors` beside it");
  const again = await recurra("train", "--resume", ...weights, "--out", at("part"));
  expect(again.err).toContain("--weights: a resumed run keeps its settings");
});

const NUMBERS = Array.from({ length: E }, () => "0.5").join(" ");

test.each([
  ["a bad number", [`the ${NUMBERS}`, `whale ${NUMBERS.replace("0.5", "0.x5")}`], /:2: `0\.x5` is not a number/],
  ["few numbers", [`the ${NUMBERS}`, "whale 0.5 0.5"], /:2: this line must have a word and 6 numbers, but it has 2/],
  [
    "more numbers",
    [`the ${NUMBERS}`, `whale ${NUMBERS} 0.5`],
    /:2: this line must have a word and 6 numbers, but it has 7/,
  ],
  ["another width", [`the ${NUMBERS} 0.5`], /:1: the vectors have 7 numbers, but the rows of `e\.table` have 6/],
  ["another width in the header", ["2 300", `the ${NUMBERS}`], /:1: the vectors have 300 numbers/],
  ["a file that was cut", ["3 6", `the ${NUMBERS}`], /the first line says that 3 vectors follow, but there are 1/],
  ["no known word", [`qwertz ${NUMBERS}`], /none of the \d+ words of `e\.table` has a vector/],
  ["no vectors", ["1 6"], /the first line says|no vectors/],
  ["a text", ["Call me Ishmael."], /:1: this file does not begin with a word and its numbers/],
])("%s is one error, and changes nothing", async (_, lines, message) => {
  const file = join(temporaryFolder(), "bad.txt");
  writeFileSync(file, lines.join("\n"));
  const model = await compiled(SPEC, { seed: 3 });
  await expect(model.fit({ data: TEXT, embeddings: { e: dataFile(file) } })).rejects.toThrow(message);
  // The model still has no vocabulary.
  expect(() => model.vocabulary("text")).toThrow("not known");
});

test("vectors need a table, and a map needs numbers", async () => {
  const model = await compiled(SPEC, { seed: 3 });
  const fit = (embeddings: object) => model.fit({ data: TEXT, embeddings: { ...embeddings } });
  await expect(fit({ f: VECTORS })).rejects.toThrow("`Words` has no weight `f`");
  await expect(fit({ g: VECTORS })).rejects.toThrow("it has e.table");
  await expect(fit({ e: VECTORS, [TABLE]: VECTORS })).rejects.toThrow("`e.table` already has vectors");
  await expect(fit({ e: "glove.txt" })).rejects.toThrow('is "glove.txt", but it must be a `dataFile`');
  await expect(fit({ e: new Map([["the", [1, 2]]]) })).rejects.toThrow('the vector of "the"');
  await expect(fit({ e: new Map([["the", [1, 2, 3, 4, 5, NaN]]]) })).rejects.toThrow("not a finite number");
});
