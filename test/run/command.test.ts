// `recurra run`: what it prints and draws, and what it refuses.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { recurra } from "../support/command.ts";

const GRU = ["run", "test/run/worked.rec", "--cell", "SecondGRU", "--set", "H=2", "--weights", "test/run/weights.json"];
const GIVEN = [...GRU, "--inputs", "test/run/x.json"];

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "recurra-run-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("a table has a line for each number, below its equation", async () => {
  const {
    out: stdout,
    err: stderr,
    code: status,
  } = await recurra(...GIVEN, "--state", "test/run/state.json", "--table");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  await expect(stdout).toMatchFileSnapshot("table.txt");
  const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
  const z = sigmoid(1);
  expect(stdout).toContain(`z = sigmoid(Wz @ x + Uz @ h[t-1])\n  z[0]          0.5     0.731059     0.731059\n`);
  // By hand: r = σ(1), n = tanh(W x + U (r h)), h = (1 - z) h + z n, at the first step.
  const n = Math.tanh(1 + 0.3 * (z * -0.25));
  expect(stdout).toContain(`  h[1] ${String(Number(((1 - z) * -0.25 + z * n).toPrecision(6))).padStart(12)}`);
});

test("JSON has all numbers, and the last states under `state`", async () => {
  const { out: stdout } = await recurra(...GIVEN, "--show", "z,h");
  const found = JSON.parse(stdout);
  expect(Object.keys(found)).toEqual(["z", "h", "state"]);
  expect(found.z).toHaveLength(3);
  expect(found.state.h).toEqual(found.h[2]);
});

test("a batch has a table for each example", async () => {
  const folder = temporary();
  writeFileSync(join(folder, "x.json"), '{ "x": [[[1, 0]], [[0, 1]]] }');
  const { out: stdout } = await recurra(...GRU, "--inputs", join(folder, "x.json"), "--table");
  expect(stdout.match(/^Example \d$/gm)).toEqual(["Example 1", "Example 2"]);
});

test("a model that reads text takes a row of data", async () => {
  const folder = temporary();
  const [data, inputs] = [join(folder, "rows.jsonl"), join(folder, "row.json")];
  writeFileSync(data, ["abc", "cab", "bca"].map((source) => JSON.stringify({ source, output: source })).join("\n"));
  writeFileSync(inputs, '{ "source": "cab", "output": "c" }');
  const sizes = ["--set", "H=4", "--set", "E=3"];
  const trained = join(folder, "run");
  const done = await recurra(
    "train",
    "specs/models/translate.rec",
    "--data",
    data,
    "--epochs",
    "1",
    ...sizes,
    "--out",
    trained,
  );
  expect(done.code, done.err).toBe(0);
  const { out, err } = await recurra("run", trained, "--inputs", inputs, "--show", "dec.a");
  expect(err).toBe("");
  const weights = JSON.parse(out)["dec.a"];
  expect([weights.length, weights[0].length, weights[0][0].length]).toEqual([1, 2, 3]);
});

test("values are drawn over the steps", async () => {
  const file = join(temporary(), "gru.svg");
  const { out: stdout } = await recurra(...GIVEN, "--plot", file);
  expect(stdout).toBe(`${file}\n`);
  const svg = readFileSync(file, "utf8");
  for (const name of ["r", "z", "n", "h"]) expect(svg).toContain(`>${name}</text>`);
});

test.each([
  [["--inputs", "test/run/worked.rec"], "test/run/worked.rec is not JSON: "],
  [["--inputs", "test/run/state.json"], "`SecondGRU` has no input `h`"],
  [["--inputs", "test/run/x.json", "--show", "q"], "`SecondGRU` has no value `q` to show"],
  [["--inputs", "test/run/x.json", "--state", "test/run/x.json"], "`SecondGRU` has no state `x`"],
  [["--inputs", "no.json"], "no.json"],
])("%j is an error", async (options, message) => {
  const file = join(temporary(), "out.svg");
  const { err: stderr, code: status } = await recurra(...GRU, ...options, "--plot", file);
  expect(stderr).toContain(message);
  expect(status).toBe(1);
  expect(existsSync(file)).toBe(false);
});
