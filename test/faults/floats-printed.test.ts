// Predictions that are numbers are printed as rows have them, with the digits of 32-bit floats, and as long as the training rows.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { shortNumber } from "../../src/base/short-number.ts";
import { recurraIn, temporaryFolder } from "../support/command.ts";

const SPEC = `use GRU from "cells"
model F(H = 4) {
  input start: [1]
  target y: seq []
  h = GRU(H)(reshape(y[t-1], [1]), h = linear(start, out = H))
  predict y from linear(h, out = [])
}
`;
const ROW = '{"start": [1], "y": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]}\n';
const INPUT = '{"start": [1]}\n{"start": [0.5]}\n';

test("seven numbers after rows of seven: a flat list, nine digits at most; the same in a file of either kind", async () => {
  const folder = temporaryFolder();
  for (const [name, text] of [
    ["f.rec", SPEC],
    ["f.jsonl", ROW.repeat(30)],
    ["in.jsonl", INPUT],
  ] as const)
    writeFileSync(join(folder, name), text);
  await recurraIn(folder, ["train", "f.rec", "--data", "f.jsonl", "--updates", "3", "--out", "run"]);
  const generated = await recurraIn(folder, ["generate", "run", "--input", "in.jsonl"]);
  const predicted = await recurraIn(folder, ["predict", "run", "--input", "in.jsonl"]);
  expect(predicted.out).toBe(generated.out);
  const lines = predicted.out.trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).toMatch(/^\{"y":\[-?\d+\.\d+(?:,-?\d+\.\d+){6}\]\}$/);
    for (const [number] of line.matchAll(/\d+\.\d+/g)) expect(number.replace(/^0\.0*|\./, "").length).toBeLessThan(10);
  }
  await recurraIn(folder, ["predict", "run", "--input", "in.jsonl", "-o", "out.jsonl"]);
  expect(readFileSync(join(folder, "out.jsonl"), "utf8")).toBe(predicted.out);
  await recurraIn(folder, ["predict", "run", "--input", "in.jsonl", "-o", "out.csv"]);
  const cells = lines.map((line) => `"${line.slice('{"y":'.length, -1)}"`);
  expect(readFileSync(join(folder, "out.csv"), "utf8")).toBe(["y", ...cells, ""].join("\n"));
  const short = await recurraIn(folder, ["predict", "run", "--input", "in.jsonl", "--length", "2"]);
  expect(short.out.split("\n")[0]).toBe(`${(lines[0] ?? "").split(",").slice(0, 2).join(",")}]}`);
});

describe("wrong calls of `recurra predict`", () => {
  test("a file with another ending is refused before anything is predicted", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "f.rec"), SPEC);
    writeFileSync(join(folder, "f.jsonl"), ROW.repeat(4));
    await recurraIn(folder, ["train", "f.rec", "--data", "f.jsonl", "--updates", "1", "--out", "run"]);
    const refused = async (...args: readonly string[]): Promise<string> => {
      const { code, out, err } = await recurraIn(folder, ["predict", "run", ...args]);
      expect([code, out]).toEqual([1, ""]);
      return err;
    };
    expect(await refused("--input", "f.jsonl", "-o", "out.txt")).toBe(
      "error: out.txt: rows are written as JSON Lines (.jsonl) or CSV (.csv): give the file one of these names\n",
    );
    expect(await refused("--input", "nowhere.jsonl", "-o", "out.csv")).toBe(
      "error: nowhere.jsonl: there is no such file\n",
    );
    expect(await refused("--input", "f.jsonl", "-o", "run/settings.json/out.csv")).toMatch(
      /^error: run\/settings\.json\/out\.csv: it cannot be written/,
    );
  });
});

test.each([
  [Math.fround(0.1), 0.1],
  [Math.fround(1 / 3), 0.33333334],
  [16777216, 16777216],
  [Math.fround(1e-30), 1e-30],
  [-Math.fround(0.1) * 2 ** -20, -9.536743e-8],
  [0.1 + 0.2, 0.3],
  [NaN, NaN],
])("%s is printed as %s", (value, short) => {
  expect(shortNumber(value)).toBe(short);
});
