// `recurra evaluate --written`: the model writes, and what it has written is compared with the targets.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { recurra, temporaryFolder } from "../support/command.ts";

const WORDS = ["abc", "cab", "bca", "acb", "ab", "ccba", "b", "abacab"];
const SPEC = ["label", "char"]
  .map(
    (reading) => `
model Reverse_${reading}(H = 12) {
  input source: seq char[S]
  target output: seq ${reading}[V]
  enc = GRU(H)(embed(source, 6))
  dec = GRU(H)(embed(output[t-1], 6), h = last(enc))
  predict output from linear(dec, out = V)
  train {
    optimizer adam(lr = 0.03)
    batch 4
    epochs 12
  }
}
`,
  )
  .join("");
const SYMBOLS = z.union([z.string(), z.array(z.string())]).transform((each) => [...each]);
const outputsIn = (file: string) =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => z.object({ output: SYMBOLS }).parse(JSON.parse(line)).output);

/** By its definition: change, add or remove the last symbol. */
function distance(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return a.length + b.length;
  const [left, right] = [a.slice(0, -1), b.slice(0, -1)];
  const change = distance(left, right) + (a.at(-1) === b.at(-1) ? 0 : 1);
  return Math.min(change, distance(left, b) + 1, distance(a, right) + 1);
}

test.each([
  ["label", "label"],
  ["char", "character"],
])("%s: the error rate and the exact share of what predict writes", async (reading, noun) => {
  const folder = temporaryFolder();
  const path = (name: string): string => join(folder, name);
  const [spec, data, found, run] = [path("reverse.rec"), path("rows.jsonl"), path("written.jsonl"), path("run")];
  const reversed = WORDS.map((word) => [...word].reverse());
  const rows = reversed.map((symbols, index) => ({
    source: WORDS[index],
    output: reading === "char" ? symbols.join("") : symbols,
  }));
  writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  writeFileSync(spec, `use GRU from "cells"\n${SPEC}`);
  await recurra("train", spec, "--model", `Reverse_${reading}`, "--data", data, "--valid", data, "--out", run);
  await recurra("predict", run, "--input", data, "-o", found);
  const { out, err } = await recurra("evaluate", run, "--data", data, "--written", "--json");
  expect(err).toBe("");
  const errors = outputsIn(found).map((symbols, index) => distance(symbols, reversed[index] ?? []));
  const errorRate = errors.reduce((sum, each) => sum + each, 0) / WORDS.join("").length;
  const exact = errors.filter((each) => each === 0).length / WORDS.length;
  expect(JSON.parse(out)).toEqual([{ name: "output", symbol: reading, errorRate, exact, rows: WORDS.length }]);
  // Neither all nor none of it is right, or the comparison would show little.
  expect(errorRate > 0 && errorRate < 1).toBe(true);
  const text = await recurra("evaluate", run, "--data", data, "--written");
  expect(text.out).toBe(
    `output: ${noun} error rate ${(100 * errorRate).toFixed(1)} %, exact ${(100 * exact).toFixed(1)} %, over 8 rows\n`,
  );
});

test("models that write nothing, and options that do not fit, are refused", async () => {
  const folder = temporaryFolder();
  const [data, run] = [join(folder, "rows.jsonl"), join(folder, "run")];
  const row = {
    pairs: [
      [0.5, 1],
      [0.25, 1],
    ],
    total: 0.75,
  };
  writeFileSync(data, `${JSON.stringify(row)}\n`.repeat(4));
  await recurra("train", "specs/models/adding.rec", "--data", data, "--set", "H=2", "--updates", "1", "--out", run);
  const wrong = await recurra("evaluate", run, "--data", data, "--written");
  expect([wrong.code, wrong.err]).toEqual([
    1,
    "error: `Adding` does not write symbols for rows: leave out --written\n",
  ]);
  const both = await recurra("evaluate", run, "--data", data, "--written", "--each");
  expect([both.code, both.err]).toEqual([
    1,
    "error: `--written` measures all rows together: leave out --each and --batch\n",
  ]);
});
