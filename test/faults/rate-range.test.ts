// `recurra train --learning-rate-range`: losses from the lowest rate to the highest, with an end where they grow, and nothing is saved.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recurra, temporaryFolder } from "../support/command.ts";

const SPEC = `model Line {
  input x: [2]
  target y: []
  predict y from linear(x, out = [])
  train {
    optimizer sgd
    batch 8
  }
}
`;

test("the loss falls, and a rate that is too high ends the search", { timeout: 60_000 }, async () => {
  const folder = temporaryFolder();
  const [spec, data, out] = ["line.rec", "rows.jsonl", "run"].map((name) => join(folder, name));
  writeFileSync(spec ?? "", SPEC);
  const rows = Array.from({ length: 40 }, (_, i) => {
    const x = [10 * Math.sin(i), 10 * Math.cos(2 * i)];
    return JSON.stringify({ x, y: 2 * (x[0] ?? 0) - (x[1] ?? 0) });
  });
  writeFileSync(data ?? "", rows.join("\n"));
  const train = ["train", spec ?? "", "--data", data ?? "", "--out", out ?? "", "--learning-rate-range"];
  const found = await recurra(...train, "--updates", "60");
  expect([found.code, found.err]).toEqual([0, ""]);
  const lines = found.out.trim().split("\n");
  expect(lines[0]).toMatch(/^rate +recent squared error$/);
  const points = lines.slice(1, -2).map((line) => line.split(/\s+/).map(Number));
  const rates = points.map(([rate = NaN]) => rate);
  expect([rates[0], rates.toSorted((a, b) => a - b)]).toEqual([0.000001, rates]);
  // The squares of x are 50 on average, so that rates above 1 / 50 diverge.
  expect(rates.at(-1)).toBeLessThan(1);
  expect(lines.at(-2)).toBe("then the loss was too large to go on");
  const best = Number(
    /^lowest at the rate ([\d.e-]+); a tenth of it is a good begin: --lr /.exec(lines.at(-1) ?? "")?.[1],
  );
  expect([best > 0.0005, best < 0.1]).toEqual([true, true]);
  expect(existsSync(out ?? "")).toBe(false);
  const wrong = await recurra(...train, "--lr", "0.1");
  expect([wrong.code, wrong.err]).toEqual([1, "error: --lr has no effect with --learning-rate-range: leave it out\n"]);
});
