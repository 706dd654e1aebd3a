// `null` for a step without a target: it does not count in the loss, which is the mean over the other steps, or in any measure. The
// models read one step at a time, so the same rows without these steps must train to the same weights.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { beginRun } from "../../src/cli/train-begin.ts";
import { trainAndSave } from "../../src/cli/train-run.ts";
import { loadCheckpoint } from "../../src/checkpoint/checkpoint-files.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { withTarget } from "../../src/targets/registry.ts";
import { DeviceState } from "../../src/train/device-state.ts";
import { Meter } from "../../src/train/measure.ts";
import { labelledAs } from "../../src/train/model.ts";
import { openMeasuredData } from "../../src/train/open-data.ts";
import { fileData } from "../../src/data/data-file.ts";
import { recurra } from "../support/command.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";
import { jsonLines } from "../data/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "recurra-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Trained {
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly loss: number;
  readonly said: string;
}

let runs = 0;
/** Two epochs of one update each, measured on the same rows. */
async function trained(model: string, rows: string, target: string, ending = "jsonl", more = {}): Promise<Trained> {
  runs += 1;
  const data = file(`${runs}.${ending}`, rows);
  const out = join(folder, String(runs));
  const run = beginRun(file(`${runs}.rec`, model), { data, valid: data, set: [], out, target, epochs: 2, ...more });
  let said = "";
  const outcome = await withTarget(target, (opened) =>
    trainAndSave({ ...run, out: { write: (part: string) => (said += part) } }, opened),
  );
  const arrays = [...loadCheckpoint(out).arrays].map(([name, { data: numbers }]) => [name, [...numbers]] as const);
  return { weights: Object.fromEntries(arrays), loss: outcome.measures?.loss ?? NaN, said };
}

const OPTIMIZER = "  train { optimizer sgd(lr = 0.1); batch 8 }\n";
const NUMBERS = `model M {\n  input x: seq [2]\n  target y: seq []\n  predict y from linear(x, out = [])\n${OPTIMIZER}}\n`;
const PAIRS = `model M {\n  input x: seq [2]\n  target y: seq [2]\n  predict y from linear(x, out = 2) by binary\n${OPTIMIZER}}\n`;
const TOKENS = `model M {\n  input x: seq [2]\n  target y: seq label[C]\n  predict y from linear(x, out = C)\n${OPTIMIZER}}\n`;
const ONE = `model M {\n  input x: seq [2]\n  target y: label[C]\n  predict y from linear(sum(x), out = C)\n${OPTIMIZER}}\n`;

const X: readonly (readonly number[])[] = [
  [1, 0],
  [0, 1],
  [1, 1],
  [0.5, -1],
];

/** The model, rows with `null`, and the same rows without what it stands for. */
const CASES: readonly (readonly [string, string, readonly unknown[], readonly unknown[]])[] = [
  [
    "numbers",
    NUMBERS,
    [
      { x: X.slice(0, 3), y: [1, null, 2] },
      { x: X.slice(2), y: [null, 0.5] },
    ],
    [
      { x: [X[0], X[2]], y: [1, 2] },
      { x: [X[3]], y: [0.5] },
    ],
  ],
  [
    "several numbers a step, by binary, the first of which is null",
    PAIRS,
    [
      { x: X.slice(0, 3), y: [null, [1, 0], [0, 1]] },
      { x: X.slice(2), y: [[1, 1], null] },
    ],
    [
      {
        x: X.slice(1, 3),
        y: [
          [1, 0],
          [0, 1],
        ],
      },
      { x: [X[2]], y: [[1, 1]] },
    ],
  ],
  [
    "labels",
    TOKENS,
    [
      { x: X.slice(0, 3), y: ["a", null, "b"] },
      { x: X.slice(2), y: [null, "c"] },
    ],
    [
      { x: [X[0], X[2]], y: ["a", "b"] },
      { x: [X[3]], y: ["c"] },
    ],
  ],
  [
    "a label a row",
    ONE,
    [
      { x: X.slice(0, 3), y: null },
      { x: X.slice(2), y: "c" },
      { x: X.slice(1), y: "a" },
    ],
    [
      { x: X.slice(2), y: "c" },
      { x: X.slice(1), y: "a" },
    ],
  ],
];

describe.each(["reference", "wasm", "tfjs-wasm", "tfjs-cpu", ...(HAS_WEBGPU ? ["tfjs-webgpu"] : [])])(
  "on %s, null in",
  (target) => {
    test.each(CASES)(
      "%s: loss, updates and measures are those without these steps",
      async (_, model, rows, without) => {
        const [masked, cut] = [
          await trained(model, jsonLines(rows), target),
          await trained(model, jsonLines(without), target),
        ];
        expect(masked.loss).toBeCloseTo(cut.loss, 5);
        expect(Object.keys(masked.weights)).toEqual(Object.keys(cut.weights));
        for (const [name, weights] of Object.entries(cut.weights))
          weights.forEach((weight, index) => expect(masked.weights[name]?.[index], name).toBeCloseTo(weight, 5));
        expect(masked.said).toMatch(/`y` is null \d+ times: no loss and no measure counts it there/);
        expect(cut.said).not.toContain("null");
      },
    );
  },
);

test("windows of truncated training mask the same steps", async () => {
  const rows = [
    { x: X, y: [1, null, null, 2] },
    { x: X.slice(1), y: [null, 3, 1] },
  ];
  const without = [
    { x: [X[0], X[3]], y: [1, 2] },
    { x: X.slice(2), y: [3, 1] },
  ];
  // One window holds all; the rest of what is fed for it is as in others.
  const [masked, cut] = [
    await trained(NUMBERS, jsonLines(rows), "reference", "jsonl", { k1: 4, k2: 6 }),
    await trained(NUMBERS, jsonLines(without), "reference"),
  ];
  for (const [name, weights] of Object.entries(cut.weights))
    weights.forEach((weight, index) => expect(masked.weights[name]?.[index], name).toBeCloseTo(weight, 10));
});

test("in CSV an empty cell is null where a row has one value, and null stands in arrays", async () => {
  // Each file is trained on and measured on: what is null is counted in both.
  const one = await trained(ONE, 'x,y\n"[[1,0],[0,1]]",\n"[[1,1]]",c\n"[[2,1]]",a\n', "reference", "csv");
  expect(one.said).toContain("`y` is null 2 times");
  expect(one.said).toContain('C: "a", "c"\n');
  const each = await trained(NUMBERS, 'x,y\n"[[1,0],[0,1]]","[null,1]"\n', "reference", "csv");
  expect(each.said).toContain("`y` is null 2 times");
});

test("measures are means over the steps with a target; exact sequences are counted among examples with a target", async () => {
  const rows = [
    {
      x: [
        [9, 0],
        [0, 9],
      ],
      y: ["a", null],
    },
    {
      x: [
        [9, 0],
        [9, 0],
      ],
      y: ["a", "b"],
    },
    { x: [[9, 0]], y: [null] },
  ];
  const data = file("measured.jsonl", jsonLines(rows));
  const run = beginRun(file("measured.rec", TOKENS), { data, valid: data, set: [], out: join(folder, "measured") });
  const target = referenceTarget();
  const weights = new DeviceState(target);
  // Logits are x itself.
  weights.put("y.x", { dtype: "float", shape: [2, 2], data: Float64Array.of(1, 0, 0, 1) });
  weights.put("y.b", { dtype: "float", shape: [2], data: Float64Array.of(0, 0) });
  const measured = openMeasuredData(run.model, fileData(data), run.settings, run.data);
  const model = labelledAs(run.model, measured.isPartlyLabelled);
  const { predictions } = await new Meter(model.inference, target, weights, run.data.sizes).measure(measured.source);
  run.data.close();
  measured.close();
  const right = Math.log(1 + Math.exp(-9));
  expect(predictions).toHaveLength(1);
  expect(predictions[0]).toMatchObject({ count: 3, accuracy: 2 / 3, exact: 1 / 2 });
  expect(predictions[0]?.loss).toBeCloseTo((2 * right + 9 + right) / 3, 10);
});

test("the command line trains and evaluates, and takes null in targets only", async () => {
  const spec = file(
    "null.rec",
    `use GRU from "cells"\nmodel S(H = 4) {\n  input x: seq [2]\n  target y: seq []\n  predict y from linear(GRU(H)(x), out = [])\n}\n`,
  );
  const data = file(
    "null.jsonl",
    '{"x": [[1, 0], [0, 1], [1, 1]], "y": [1, null, 2]}\n{"x": [[0, 0], [1, 1]], "y": [null, 0.5]}\n',
  );
  const out = join(folder, "null");
  const done = await recurra("train", spec, "--data", data, "--valid", data, "--epochs", "1", "--out", out);
  expect([done.code, done.err]).toEqual([0, ""]);
  const { out: evaluated } = await recurra("evaluate", out, "--data", data);
  expect(evaluated).toMatch(/^loss \d.*, mean absolute error .*, over 3 predictions\n$/);
  const input = file(
    "input.jsonl",
    '{"x": [[1, null]], "y": [1]}\n{"x": [null], "y": [1]}\n{"x": [[1, 1]], "y": null}\n',
  );
  const refused = await recurra("train", spec, "--data", input, "--out", join(folder, "refused"));
  expect(refused.err).toContain("`x[0][1]`: expected a number, found null");
  expect(refused.err).toContain("`x[0]`: expected an array of 2 numbers, found null");
  expect(refused.err).toContain("`y`: expected an array of numbers, found null");
});
