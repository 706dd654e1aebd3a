// The weights of attention could not be had from a trained model: one weight for each source position cannot be predicted, and `run` gave
// predictions only. Now any named value is shown, by the library and by the command line.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile } from "../../src/index.ts";
import { recurraIn, temporaryFolder } from "../support/command.ts";

const SPEC = `use GRU from "cells"
cell Dec(H) {
  input y
  memory z: seq [H]
  state h: [H]
  a = softmax(z @ h[t-1])
  h = GRU(H)(concat(y, a @ z), h = h[t-1])
}
model M {
  input s: seq token[5]
  target o: seq token[5]
  enc = GRU(3)(embed(s, 3))
  d = Dec(3)(embed(o[t-1], 3), z = enc, h = last(enc))
  predict o from linear(d, out = 5)
}`;

test("run gives a weight for each source position, and they add up to 1", async () => {
  const model = await compile(SPEC, { model: "M" });
  const { "d.a": weights } = await model.run({ s: [1, 2, 3, 4], o: [4, 3] }, { show: ["d.a"] });
  expect(weights?.shape).toEqual([2, 4]);
  const data = weights?.data ?? [];
  for (const step of [0, 1])
    expect([0, 1, 2, 3].reduce((sum, place) => sum + (data[4 * step + place] ?? NaN), 0)).toBeCloseTo(1, 6);
  model.dispose();
});

test("the command line prints them for each row of a trained model, and refuses names that do not exist", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "m.rec"), SPEC);
  const rows = [
    { s: [1, 2, 3], o: [3, 2, 1] },
    { s: [4, 0, 1, 2, 3], o: [3, 2] },
  ];
  writeFileSync(join(folder, "rows.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const trained = await recurraIn(folder, ["train", "m.rec", "--data", "rows.jsonl", "--updates", "2", "--out", "run"]);
  expect(trained.code, trained.err).toBe(0);
  const predict = ["predict", "run", "--input", "rows.jsonl", "--length", "2"];
  const { out, err, code } = await recurraIn(folder, [...predict, "--show", "d.a, enc.z"]);
  expect([code, err]).toEqual([0, ""]);
  const lines: { readonly o: readonly number[]; readonly "d.a": readonly (readonly number[])[] }[] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  for (const [index, line] of lines.entries()) {
    expect(Object.keys(line)).toEqual(["o", "d.a", "enc.z"]);
    expect(line["d.a"].map(({ length }) => length)).toEqual(line.o.map(() => rows[index]?.s.length));
    for (const step of line["d.a"]) expect(step.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
  }
  const refused = await recurraIn(folder, [...predict, "--show", "d.b"]);
  expect([refused.code, refused.out]).toEqual([1, ""]);
  expect(refused.err).toContain("`M` has no value `d.b` to show: the values in `d` are `d.a`, `d.h`");
});
