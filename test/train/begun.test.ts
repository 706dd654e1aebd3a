// What a run is begun with, as the user meets it: which model, held-out data, bad rows, files that do not fit into memory,
// measures that can be counted by hand, and how it ends where it does not get better or runs away.
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { beginRun, type BeginOptions, type Begun } from "../../src/cli/train-begin.ts";
import { trainAndSave } from "../../src/cli/train-run.ts";
import { loadCheckpoint, loadRun } from "../../src/checkpoint/checkpoint-files.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { DeviceState } from "../../src/train/device-state.ts";
import type { Outcome } from "../../src/train/loop.ts";
import { Meter, type PredictionMeasures } from "../../src/train/measure.ts";
import { openMeasuredData } from "../../src/train/open-data.ts";
import { fileData } from "../../src/data/data-file.ts";
import { runNode } from "../support/command.ts";
import { array } from "../support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "recurra-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const jsonLines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const SPEC = file(
  "two.rec",
  `model Line {
  input x: seq [1]
  target y: seq [1]
  predict y from linear(x, out = 1)
  train { optimizer sgd(lr = 0.1); batch 4; epochs 2 }
}
model Next(E = 2) {
  input text: seq char[V]
  predict text[t+1] from linear(embed(text, E), out = V)
  train { truncate k1 = 4, k2 = 4; batch 2 }
}
`,
);
const ROWS = Array.from({ length: 40 }, (_, row) => {
  const x = Array.from({ length: 1 + (row % 3) }, (_unused, step) => [(row + step) % 5]);
  return { x, y: x.map(([each = 0]) => [each / 2]) };
});
const GOOD = file("good.jsonl", jsonLines(ROWS));

let runs = 0;
function begun(options: Partial<BeginOptions> = {}, spec = SPEC): Begun {
  return beginRun(spec, {
    data: GOOD,
    target: "reference",
    set: [],
    out: join(folder, `run ${(runs += 1)}`),
    ...options,
  });
}

async function trained(run: Begun): Promise<Outcome & { readonly said: string }> {
  let said = "";
  const out = { write: (text: string) => (said += text) };
  return { ...(await trainAndSave({ ...run, out }, referenceTarget())), said };
}

describe("which model", () => {
  test("the file's first one, or the one that --model names", () => {
    const names = [
      begun(),
      begun({ model: "Line" }),
      begun({ model: "Next", data: file("next.txt", "abcd".repeat(30)) }),
    ];
    expect(names.map(({ model, data }) => (data.close(), model.inference.name))).toEqual(["Line", "Line", "Next"]);
  });

  test("an unknown one is refused with the nearest name, before any data are read", () => {
    expect(() => begun({ model: "Lines", data: "nowhere.jsonl" })).toThrow("did you mean `Line`?");
  });
});

describe("held-out data", () => {
  test("without --valid the last tenth, and the run says so; it is not trained on", async () => {
    const rows = [...ROWS.slice(0, 36), ...ROWS.slice(36).map(({ x }) => ({ x, y: x.map(() => [1e6]) }))];
    const { said, standing } = await trained(begun({ data: file("outliers.jsonl", jsonLines(rows)) }));
    expect(said).toContain("no --valid: the last tenth of the data is held out\n");
    expect(said).toContain("36 rows to train on, 4 held out");
    expect(standing.loss).toBeLessThan(10);
    expect(standing.best).toBeGreaterThan(1e11);
  });

  test("of a text the last tenth of its characters", async () => {
    const { said } = await trained(begun({ model: "Next", data: file("tenth.txt", "abcd".repeat(30)) }));
    expect(said).toContain("108 characters to train on, 12 held out");
  });

  test("with --valid all data are trained on, without a note", async () => {
    const { said } = await trained(begun({ valid: file("valid.jsonl", jsonLines(ROWS.slice(0, 7))) }));
    expect(said).not.toContain("--valid");
    expect(said).toContain("40 rows to train on, 7 held out");
  });
});

describe("bad rows", () => {
  const lines = jsonLines(ROWS).trimEnd().split("\n");
  const bad = file("bad.jsonl", lines.with(6, '{"x": [[1]], "y": [["one"]]}').with(30, '{"x": [[1]').join("\n"));

  test("are all reported with file and line before anything is trained; nothing is written", () => {
    const out = join(folder, "never");
    const message = /bad\.jsonl:7: .*\n[^]*bad\.jsonl:31: /;
    expect(() => begun({ data: bad, out })).toThrow(message);
    expect(existsSync(out)).toBe(false);
  });

  test("--skip-bad leaves them out and counts them", async () => {
    const { said } = await trained(begun({ data: bad, skipBad: true }));
    expect(said).toContain("35 rows to train on, 3 held out");
    expect(said).toMatch(/2 bad rows are left out, such as .*bad\.jsonl:7/);
  });
});

describe("files larger than memory", () => {
  const MEGABYTES = 128;
  const HEAP = 64;

  /** `line` again and again. */
  function large(name: string, line: string): string {
    const path = join(folder, name);
    const part = Buffer.from(line.repeat(Math.ceil(2 ** 20 / line.length)));
    const open = openSync(path, "w");
    for (let written = 0; written < MEGABYTES; written++) writeSync(open, part);
    closeSync(open);
    return path;
  }

  const row = JSON.stringify({
    x: Array.from({ length: 90 }, (_, step) => [step / 7]),
    y: Array.from({ length: 90 }, () => [1]),
  });

  test.each([
    [
      "a text",
      "Next",
      "large.txt",
      "Call me Ishmael. Some years ago - never mind how long precisely\n",
      "abcd".repeat(9),
    ],
    ["rows", "Line", "large.jsonl", `${row}\n`, jsonLines(ROWS.slice(0, 3))],
  ])(`%s of ${MEGABYTES} MB is trained on with a heap of ${HEAP} MB`, async (_, model, name, line, valid) => {
    const data = large(name, line);
    const held = file(`held ${name}`, valid);
    const options = ["--valid", held, "--model", model, "--updates", "3", "--lr", "0.001", "--target", "reference"];
    const { code, out, err } = await runNode(
      [`--max-old-space-size=${HEAP}`],
      ["src/cli/main.ts", "train", SPEC, "--data", data, "--out", join(folder, `large ${model}`), ...options],
    );
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("stopped after 3 updates");
    rmSync(data);
  });
});

describe("measures, counted by hand", () => {
  /** The model's weights are such that each logit is a number of the row. */
  const MODEL = `model M {
  input n: seq [1]
  input flag: []
  target word: seq token[2]
  target number: []
  target side: [2]
  param one: [1] ~ ones
  predict word from linear(n, out = 2)
  predict number from flag
  predict side from reshape(one * flag, [1])[0] * range(2) by binary
}
`;

  test("loss, perplexity, accuracy, exact sequences and mean absolute error, over real steps of all batches", async () => {
    const spec = file("measured.rec", MODEL);
    const rows = [
      // Logits of `word` are n and 0: softmax(n, 0).
      { n: [[2], [2], [-2]], word: [0, 0, 1], flag: 1, number: 3, side: [0, 1] },
      { n: [[2]], word: [1], flag: -1, number: -1.5, side: [1, 1] },
      { n: [[-2], [2]], word: [1, 1], flag: 0.5, number: 0.5, side: [1, 0] },
    ];
    const data = file("measured.jsonl", jsonLines(rows));
    const run = beginRun(spec, { data, valid: data, set: [], out: join(folder, "measured"), batch: 2 });
    const target = referenceTarget();
    const weights = new DeviceState(target);
    const values = { "word.n": [[1], [0]], "word.b": [0, 0], one: [1] };
    for (const [name, value] of Object.entries(values)) weights.put(name, { dtype: "float", ...array(value) });
    const meter = new Meter(run.model.inference, target, weights, run.data.sizes);
    const measured = openMeasuredData(run.model, fileData(data), run.settings, run.data);
    const { loss, predictions } = await meter.measure(measured.source);
    run.data.close();
    measured.close();
    const wordOf = (logit: number, token: number): number => Math.log(1 + Math.exp(token === 0 ? -logit : logit));
    const words = rows.flatMap(({ n, word }) => n.map(([logit = NaN], step) => wordOf(logit, word[step] ?? NaN)));
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const sides = rows.flatMap(({ flag, side }) =>
      side.map((wanted, index) => Math.log(1 + Math.exp(flag * index)) - wanted * flag * index),
    );
    const squares = rows.map(({ flag, number }) => (flag - number) ** 2);
    const expected: readonly PredictionMeasures[] = [
      // Of the first all three are right, of the second none, of the third one.
      {
        name: "word",
        kind: "token",
        by: "cross",
        weight: 1,
        isInNats: true,
        loss: mean(words),
        perplexity: Math.exp(mean(words)),
        accuracy: 4 / 6,
        exact: 1 / 3,
        count: 6,
      },
      {
        name: "number",
        kind: "number",
        by: "squared",
        weight: 1,
        isInNats: false,
        loss: mean(squares),
        error: (2 + 0.5 + 0) / 3,
        count: 3,
      },
      // The logits are 0 and flag, and 0 says no: both are right of the first, none of the others.
      {
        name: "side",
        kind: "binary",
        by: "binary",
        weight: 1,
        isInNats: true,
        loss: mean(sides),
        accuracy: 2 / 6,
        count: 3,
      },
    ];
    for (const [index, each] of expected.entries()) {
      const found = predictions[index] ?? expect.fail(`no ${each.name}`);
      expect(Object.keys(found).toSorted()).toEqual(Object.keys(each).toSorted());
      for (const [key, value] of Object.entries(each)) {
        const got = Object.entries(found).find(([other]) => other === key)?.[1];
        if (typeof value === "number") expect(got, `${each.name}: ${key}`).toBeCloseTo(value, 10);
        else expect(got).toBe(value);
      }
    }
    expect(loss).toBeCloseTo(mean(words) + mean(squares) + mean(sides), 10);
  });
});

describe("how it ends", () => {
  test("after N epochs without a better held-out loss it stops, and keeps the best weights", async () => {
    // What is held out contradicts what is learnt: it gets worse from some epoch on.
    const rows = [...ROWS.slice(0, 36), ...ROWS.slice(36).map(({ x }) => ({ x, y: x.map(() => [0.5]) }))];
    const run = begun({ data: file("worse.jsonl", jsonLines(rows)), patience: 3, epochs: 50, lr: 0.002 });
    const { ending, standing } = await trained(run);
    expect(ending).toBe("no better");
    const held = standing.history.flatMap(({ update, validation }) =>
      validation === null ? [] : [{ update, validation }],
    );
    const best = held.reduce((a, b) => (b.validation < a.validation ? b : a));
    expect(held.indexOf(best)).toBe(held.length - 1 - 3);
    expect(standing).toMatchObject({ best: best.validation, epochsSinceBest: 3 });
    expect(loadCheckpoint(run.folder).description.updates).toBe(best.update);
    expect(loadRun(run.folder).description.updates).toBe(held.at(-1)?.update);
  });

  test("an exploding loss stops it with the update and both losses named, and what to try; what was saved is kept", async () => {
    const run = begun({ lr: 0.9, epochs: 40, saveEvery: 1 });
    await expect(trained(run)).rejects.toThrow(
      /^update \d+: the loss has exploded: it is \S+, and was \S+ at first\. The last saved state is kept\. Try a smaller learning rate \(--lr\)/,
    );
    const saved = loadRun(run.folder);
    expect(saved.run.standing.updates).toBeGreaterThan(0);
    for (const [name, { data }] of saved.arrays) expect(data.every(Number.isFinite), name).toBe(true);
  });

  test("weights that are not finite are not saved: the update that produced them is named", async () => {
    const { settings, ...rest } = begun({ saveEvery: 1 });
    // No option and no spec can have such a rate: it stands for whatever makes weights overflow while loss and gradient are finite.
    const run = { ...rest, settings: { ...settings, optimizer: { kind: "sgd", values: new Map([["lr", 1e308]]) } } };
    await expect(trained(run)).rejects.toThrow(
      /^update 1: it leaves weights that are not finite \(no longer finite: y\.[^]*\)\. The last saved state is kept/,
    );
    expect(existsSync(run.folder)).toBe(false);
  });
});
