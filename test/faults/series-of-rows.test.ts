// A file with a row for each time step: what is wrong without `--series`, and what it is with it. A series goes on from its history.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compiled, TARGETS } from "../library/models.ts";
import { recurraIn, temporaryFolder, type Ended } from "../support/command.ts";

/** Five starts of the command line. */
const SLOW = 180_000;

/** Three steps of two columns, by the hour. */
const ROWS = "timestamp,open,close\n2024-01-01T00:00:00Z,1,2\n2024-01-01T01:00:00Z,2,3\n2024-01-01T02:00:00Z,3,4\n";
const SPEC = `use GRU from "cells"
model Ts(H = 8) {
  input open: seq [1]
  input close: seq [1]
  predict close[t+1] from linear(GRU(H)(concat(open, close)), out = [1])
}
`;

test("a-row-a-time: one sequence of three steps, and the prediction after each", { timeout: SLOW }, async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "a.rec"), SPEC);
  writeFileSync(join(folder, "a.csv"), ROWS);
  const call = (...args: readonly string[]): Promise<Ended> => recurraIn(folder, args);
  const wrong = await call("train", "a.rec", "--data", "a.csv", "--out", "run");
  expect(wrong.err.split("\n").at(-2)).toBe(
    "  if each row is a time step, read the file as a series: `--series`, or `series: true` in the library",
  );
  expect((await call("train", "a.rec", "--data", "a.csv", "--window", "3", "--out", "run")).err).toBe(
    "error: --window is for rows that are the steps of a series: add --series\n",
  );
  const trained = await call("train", "a.rec", "--data", "a.csv", "--series", "--out", "run");
  expect(trained.err).toBe("");
  expect(trained.out).toContain("1 series, 3 steps, `timestamp` from 2024-01-01T00:00:00Z to 2024-01-01T02:00:00Z\n");
  expect(trained.out).toContain("1 window to train on, 0 held out");
  expect((await call("predict", "run", "--input", "a.csv", "-o", "out.csv")).err).toBe("");
  const [head, ...lines] = readFileSync(join(folder, "out.csv"), "utf8").trimEnd().split("\n");
  expect(head).toBe("timestamp,close");
  expect(lines.map((line) => line.replace(/\[.*\]/, "[]"))).toEqual([
    "2024-01-01T00:00:00Z,[]",
    "2024-01-01T01:00:00Z,[]",
    "2024-01-01T02:00:00Z,[]",
  ]);
  const resumed = await call("train", "--resume", "--out", "run", "--epochs", "2");
  expect([resumed.err, resumed.out.includes("continuing after 1 updates")]).toEqual(["", true]);
});

describe.each(TARGETS)("continue-a-series on %s", (target) => {
  const NEXT = "model M { input x: seq []; predict x[t+1] from 0.5 * x + 0.5 * x[t-1] }";
  const values = async (found: Promise<readonly Readonly<Record<string, { readonly data: ArrayLike<number> }>>[]>) =>
    (await found).map((each) => Array.from(each["x"]?.data ?? []));

  test("`predict x[t+1]` goes on from a prompt, and from histories of unlike lengths", async () => {
    const model = await compiled(NEXT, { target });
    expect(await values(model.generate({ prompt: [1, 1.5, 1.25], length: 3 }))).toEqual([[1.375, 1.3125, 1.34375]]);
    const x = [
      [1, 1.5, 1.25],
      [2, 4, 0],
      [4, 0, 0],
    ];
    expect(await values(model.generate({ inputs: { x }, lengths: { x: [3, 2, 1] }, length: 3 }))).toEqual([
      [1.375, 1.3125, 1.34375],
      [3, 3.5, 3.25],
      [2, 3, 2.5],
    ]);
  });

  test("so does a target that is read as `x[t-1]`", async () => {
    const model = await compiled(
      "model M { input bias: []; target x: seq []; predict x from 0.5 * x[t-1] + 0.5 * x[t-2] + bias }",
      { target },
    );
    const inputs = { bias: 0 };
    expect(await values(model.generate({ inputs, prompt: [1, 1.5, 1.25], length: 3 }))).toEqual([
      [1.375, 1.3125, 1.34375],
    ]);
  });

  test("wrong calls", async () => {
    const model = await compiled(NEXT, { target });
    await expect(model.generate({ length: 3 })).rejects.toThrow("`M` needs its input `x`");
    await expect(model.generate({ prompt: "ab" })).rejects.toThrow(
      '`prompt` is "ab", but it must be an array with the steps of `x`',
    );
    await expect(model.generate({ prompt: [1], beam: 2 })).rejects.toThrow(
      "beam search does not go on from a history: leave out `beam`, or read `target x` as `x[t-1]` in `M`",
    );
    const other = await compiled("model M { input x: seq []; input u: seq []; predict x[t+1] from x + u }", { target });
    await expect(other.generate({ inputs: { x: [1], u: [1] } })).rejects.toThrow(
      "`x` cannot go on from a history: `u` is read at each step too, and its next values are not known. Predict `u[t+1]` as well",
    );
  });
});
