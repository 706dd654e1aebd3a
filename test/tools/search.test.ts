// `recurra search`: each combination of values is trained as `recurra train` trains it, and the lowest held-out loss comes first.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recurra, temporaryFolder } from "../support/command.ts";

const SPEC = "specs/models/charlm.rec";
const SIZES = ["--set", "E=4", "--set", "layers=1", "--updates", "6"];

function textFile(folder: string): string {
  const path = join(folder, "text.txt");
  writeFileSync(path, "the cat sat on the mat; the dog did not.\n".repeat(120));
  return path;
}

test("every combination is a run of its own, and the best one is that of train", async () => {
  const folder = temporaryFolder();
  const [data, out] = [textFile(folder), join(folder, "runs")];
  const call = ["search", SPEC, "--data", data, "--over", "lr=0.02,0.0001,1e12", "--over", "H=4,6", ...SIZES];
  const { out: text, err, code } = await recurra(...call, "--out", out);
  expect(err).toBe("");
  expect(code).toBe(0);
  expect(text).toContain("run 6 of 6: lr=1e12,H=6");
  const [, heading, ...rows] = /\n(lr .*)\n((?:.*\n)*)$/.exec(text)?.slice(0) ?? [];
  expect(heading).toMatch(/^lr +H +held-out loss +time$/);
  const lines = rows.join("").trim().split("\n");
  expect(lines).toHaveLength(7);
  const losses = lines.slice(0, 4).map((line) => Number(line.split(/\s+/)[2]));
  expect(losses).toEqual([...losses].sort((a, b) => a - b));
  expect(lines[4]).toMatch(/^1e12 .*went astray/);
  const best = /^best: (.*)$/.exec(lines[6] ?? "")?.[1] ?? expect.fail("no best run");
  expect(best).toMatch(/lr=0\.02,H=[46]$/);
  expect(existsSync(join(out, "lr=1e12,H=4", "weights.safetensors"))).toBe(false);
  // The same weights as by hand.
  const byHand = join(folder, "by-hand");
  const H = best.endsWith("4") ? "4" : "6";
  await recurra("train", SPEC, "--data", data, ...SIZES, "--lr", "0.02", "--set", `H=${H}`, "--out", byHand);
  const weightsIn = (run: string): Buffer => readFileSync(join(run, "weights.safetensors"));
  expect(weightsIn(best).equals(weightsIn(byHand))).toBe(true);
  expect((await recurra(...call, "--out", out)).err).toContain("already holds a trained model");
});

test.each([
  [["--over", "lr"], "expected NAME=VALUE,VALUE, such as lr=0.01,0.003"],
  [["--over", "lr=0.1", "--over", "lr=0.2"], "lr is tried twice"],
  [["--over", "lr=0.1,fast"], "--over lr: `fast` is wrong: expected a number above 0"],
  [["--over", "optimizer=adam,newton"], "--over optimizer: `newton` is wrong: Allowed choices are"],
  [["--over", "W=3,4"], "has no parameter `W`"],
  [
    ["--over", "seed=1,2,3,4,5", "--over", "H=1,2,3,4,5,6,7,8,9", "--over", `E=${"1,".repeat(22)}1`],
    "1035 combinations",
  ],
  [[], "nothing to try: add --over NAME=VALUES"],
])("%j: %s", async (call, message) => {
  const folder = temporaryFolder();
  const { err, code } = await recurra("search", SPEC, "--data", textFile(folder), "--out", join(folder, "r"), ...call);
  expect(err).toContain(message);
  expect(code).not.toBe(0);
});
