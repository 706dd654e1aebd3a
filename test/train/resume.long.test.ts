// A run that is stopped and resumed equals one that never stopped: every byte of its files is the same. It is stopped in mid-epoch, by
// Ctrl-C, and by kill -9 while it writes a checkpoint.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { beginRun, resumeRun, type BeginOptions, type Begun } from "../../src/cli/train-begin.ts";
import { trainAndSave } from "../../src/cli/train-run.ts";
import type { StoredRun } from "../../src/checkpoint/checkpoint.ts";
import { loadRun, saveRun } from "../../src/checkpoint/checkpoint-files.ts";
import { withTarget } from "../../src/targets/registry.ts";
import type { Outcome } from "../../src/train/loop.ts";
import { commandCall, recurra, ROOT } from "../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "recurra-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Dropout at each step and for a whole sequence, and states that are carried on, two of them of one set of weights. */
const TEXT_SPEC = file(
  "text.rec",
  `use LSTM, GRU from "cells"
model Dropping(E = 3, H = 5) {
  input text: seq char[V]
  same = GRU(H)
  h = dropout(embed(text, E), 0.2) |> stack(LSTM(H), 2, dropout = 0.3) |> same |> same
  predict text[t+1] from linear(dropout(h, 0.25, per = sequence), out = V)
  train {
    optimizer adam(lr = 0.02)
    schedule cosine(warmup = 3)
    clip norm 1
    truncate k1 = 4, k2 = 7
    batch 3
    epochs 2
    seed 5
  }
}
`,
);
const TEXT = file("text.txt", "the whale and the sea; and a ship. ".repeat(12));

const ROW_SPEC = file(
  "rows.rec",
  `use GRU from "cells"
model Counting(H = 4) {
  input x: seq [2]
  target y: seq [1]
  h = GRU(H)(x)
  predict y from linear(dropout(h, 0.3), out = 1)
  train {
    optimizer adamw(lr = 0.02)
    schedule step(every = 9)
    batch 4
    epochs 3
  }
}
`,
);
const ROWS = file(
  "rows.jsonl",
  Array.from({ length: 41 }, (_, row) => {
    const steps = Array.from({ length: 1 + ((row * 5) % 9) }, (_unused, step) => (row * 7 + step * 3) % 11);
    return `${JSON.stringify({ x: steps.map((each) => [each / 10, 1 - each / 5]), y: steps.map((each) => [each / 20]) })}\n`;
  }).join(""),
);

const SILENT = { write: () => true };

async function run(begun: Begun, stopAfter?: number): Promise<Outcome> {
  const stop = stopAfter === undefined ? {} : { stopAfter };
  return withTarget(begun.target, (target) => trainAndSave({ ...begun, out: SILENT, ...stop }, target));
}

/** What two runs must have alike: all that the next update would read, where they stand, the weights, the curve. */
function leftIn(out: string): Readonly<Record<string, string>> {
  const names = ["weights.safetensors", "resume.safetensors", "settings.json", "curve.svg"];
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(out, name)).toString("latin1")]));
}

function expectSame(out: string, expected: string): void {
  const [found, whole] = [leftIn(out), leftIn(expected)];
  for (const [name, bytes] of Object.entries(whole)) expect(found[name] === bytes, name).toBe(true);
}

let runs = 0;
const newFolder = (): string => join(folder, `run ${(runs += 1)}`);

type Case = readonly [string, string, string, Omit<BeginOptions, "out" | "set" | "data">, readonly number[]];

/** The updates after which it stops each time: in the first epoch, at an epoch's end, right after it. */
const CASES: readonly Case[] = [
  ["a text, k1 < k2", TEXT_SPEC, TEXT, {}, [5, 32, 33]],
  ["a text, k2 < k1, saved now and then", TEXT_SPEC, TEXT, { k1: 6, k2: 2, saveEvery: 4 }, [2, 30]],
  ["rows", ROW_SPEC, ROWS, {}, [3, 10, 11]],
  ["rows in windows", ROW_SPEC, ROWS, { k1: 2, k2: 3, optimizer: "rmsprop" }, [4, 40]],
  [
    "rows on tfjs-cpu, stopped early",
    ROW_SPEC,
    ROWS,
    { target: "tfjs-cpu", patience: 1, lr: 0.5, epochs: 9, clipValue: 0.1 },
    [3, 14],
  ],
];

describe("stopped and resumed", () => {
  test.each(CASES)("%s: every byte is that of a run that never stopped", async (_, spec, data, more, stops) => {
    const [whole, parts] = [newFolder(), newFolder()];
    const options = (out: string): BeginOptions => ({ data, set: [], ...more, out });
    const outcome = await run(beginRun(spec, options(whole)));
    expect(outcome.standing.updates).toBeGreaterThan(Math.max(...stops));
    for (const [index, stop] of stops.entries()) {
      const begun = index === 0 ? beginRun(spec, options(parts)) : resumeRun(undefined, { out: parts, set: [] });
      const stopped = await run(begun, stop);
      expect([stopped.ending, stopped.standing.updates]).toEqual(["stopped", stop]);
    }
    expect(await run(resumeRun(undefined, { out: parts, set: [] }))).toMatchObject({ ending: outcome.ending });
    expectSame(parts, whole);
  });
});

/** A run in a process of its own. */
function started(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, commandCall("train", ...args), {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
}

/** How a run that is killed is begun: a checkpoint at each update. */
const BEGUN = [TEXT_SPEC, "--data", TEXT, "--target", "reference", "--save-every", "1"];

/** The same run, never stopped. */
const neverStopped = (): Promise<string> => (unbroken ??= beginAndFinish());
let unbroken: Promise<string> | undefined;

async function beginAndFinish(): Promise<string> {
  const out = newFolder();
  await run(beginRun(TEXT_SPEC, { data: TEXT, set: [], out, target: "reference", saveEvery: 1 }));
  return out;
}

describe("Ctrl-C", () => {
  test("saves and exits with 130, and the run resumes to the same bytes", async () => {
    const out = newFolder();
    const child = started(...BEGUN, "--out", out);
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      const isFirst = !said.includes("steps/s");
      said += part;
      if (isFirst && said.includes("steps/s")) child.kill("SIGINT");
    });
    expect(await ended(child)).toEqual({ code: 130, signal: null });
    const updates = Number(
      /interrupted after (\d+) updates; saved in .*To continue: recurra train --resume/.exec(said)?.[1],
    );
    expect(updates).toBeGreaterThan(0);
    const resumed = await recurra("train", "--resume", "--out", out);
    expect(resumed.code, resumed.err).toBe(0);
    expect(resumed.out).toContain(`continuing after ${updates} updates`);
    expectSame(out, await neverStopped());
  });
});

describe("kill -9", () => {
  /** Kills the child when the `writes`-th file has been begun in `out`, some time into the write. */
  async function killedWhileWriting(child: ChildProcess, out: string, writes: number): Promise<boolean> {
    const begun = new Set<string>();
    let wasWriting = false;
    const watcher = watch(out, (_, name) => {
      if (wasWriting || name?.endsWith(".part") !== true || !existsSync(join(out, name))) return;
      begun.add(name);
      if (begun.size < writes) return;
      child.kill("SIGKILL");
      wasWriting = true;
    });
    const { signal } = await ended(child);
    watcher.close();
    expect(signal, "killed, not ended").toBe("SIGKILL");
    return wasWriting;
  }

  test("while checkpoints are written, again and again: each checkpoint is complete, and resumes to the same bytes", async () => {
    const out = newFolder();
    mkdirSync(out);
    let left = 0;
    for (const writes of [4, 7, 2]) {
      const isFirst = readdirSync(out).length === 0;
      const child = isFirst ? started(...BEGUN, "--out", out) : started("--resume", "--out", out);
      expect(await killedWhileWriting(child, out, writes)).toBe(true);
      if (readdirSync(out).some((name) => name.endsWith(".part"))) left += 1;
    }
    expect(left, "writes that were cut off").toBeGreaterThan(0);
    const resumed = await recurra("train", "--resume", "--out", out);
    expect(resumed.code, resumed.err).toBe(0);
    expectSame(out, await neverStopped());
    expect(
      readdirSync(out).filter((name) => name.endsWith(".part")),
      "what was cut off is cleared away",
    ).toEqual([]);
  });
});

test("what lacks a weight, a size or what the optimizer keeps is refused before it goes on", async () => {
  const out = join(folder, "incomplete");
  await run(beginRun(ROW_SPEC, { data: ROWS, out, set: [] }), 3);
  const whole = loadRun(out);
  const without = (...names: readonly string[]): StoredRun => ({
    ...whole,
    arrays: new Map([...whole.arrays].filter(([name]) => !names.includes(name))),
  });
  const cases: readonly [StoredRun, string][] = [
    [without("y.b"), "there are no weights for `y.b`"],
    [without("slot.mean.y.b"), "the state of `adamw` for the weight `y.b` is missing"],
    [
      {
        ...whole,
        arrays: new Map([
          ...whole.arrays,
          ["slot.square.y.b", { dtype: "float", shape: [2], data: Float32Array.of(0, 0) }],
        ]),
      },
      "the state of `adamw` for the weight `y.b` must be [1], but the stored one is [2]",
    ],
  ];
  for (const [stored, message] of cases) {
    saveRun(out, stored);
    expect(() => resumeRun(undefined, { out, set: [] })).toThrow(`${out}: ${message}`);
  }
  saveRun(out, whole);
  resumeRun(undefined, { out, set: [] }).data.close();
});
