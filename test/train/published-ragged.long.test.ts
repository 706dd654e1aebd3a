// Cells of papers train on series of unequal lengths, and every target takes the same course: the months of demo/passengers.csv, in parts.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { TARGET_NAMES } from "../../src/targets/registry.ts";
import { compile, type NumberArray } from "../../src/index.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";

const lines = readFileSync(new URL("../../demo/passengers.csv", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .slice(1);
const passengers = lines.map((line) => Math.log(Number(line.split(",")[1]) / 250));

/** The series that are learnt: where each begins, and its steps. */
const PARTS = [
  [0, 12],
  [20, 5],
  [40, 9],
  [70, 1],
] as const;
const LENGTHS = PARTS.map(([, steps]) => steps);
const STEPS = Math.max(...LENGTHS);

/** `[B, T, …]` of what `at` says of month `month`, step `step` of its part; padding is NaN. */
function series(at: (month: number, step: number) => number, axes: readonly number[] = [1]): NumberArray {
  const data = PARTS.flatMap(([first, length]) =>
    Array.from({ length: STEPS }, (_, step) => (step < length ? at(first + step, step) : NaN)),
  );
  return { shape: [PARTS.length, STEPS, ...axes], data: Float32Array.from(data) };
}

const value = (month: number): number => passengers[month] ?? expect.fail(`no month ${month}`);
/** Each third month is missing, as in the paper of GRU-D. */
const isSeen = (month: number): boolean => month % 3 !== 2;

const MODELS: Readonly<Record<string, string>> = {
  GRUD: "GRUD(4)(x, m, delta)",
  Mamba: "Mamba(3, 4, 2, 2)(linear(x, out = 3))",
  DeltaNet: "DeltaNet(3, 4)(linear(s, out = 3))",
  LRU: "LRU(4, 3)(concat(x, m))",
  LocationSensitiveDecoder: "LocationSensitiveDecoder(4, A = 3)(x, memory = linear(x, delta, out = 4))",
};

function modelOf(cell: string, application: string): string {
  return `use ${cell} from "cells"
model Forecast() {
  input x, m, delta: seq [1]
  target next: seq []
  s = concat(x, m, delta)
  predict next from linear(${application}, s, out = [])
}`;
}

const UPDATES = 12;

async function course(target: string, source: string): Promise<readonly number[]> {
  const model = await compile(source, { target, seed: 3 });
  const trainer = await model.trainer({ optimizer: { kind: "adam", lr: 0.03 } });
  const losses: number[] = [];
  for (let update = 0; update < UPDATES; update++) {
    const arrays = {
      x: series((month) => (isSeen(month) ? value(month) : 0)),
      m: series((month) => Number(isSeen(month))),
      delta: series((month, step) => (step > 0 && !isSeen(month - 1) ? 2 : 1)),
      next: series((month) => value(month + 1), []),
    };
    losses.push((await trainer.update(arrays, { lengths: { x: LENGTHS } })).loss);
  }
  trainer.dispose();
  model.dispose();
  return losses;
}

const TRIED = TARGET_NAMES.filter(
  (name) => name !== "reference" && name !== "tfjs-tensorflow" && name !== "tfjs-webgl",
);

describe.each(Object.entries(MODELS))("%s", (cell, application) => {
  const source = modelOf(cell, application);
  let expected: readonly number[] = [];
  beforeAll(async () => {
    expected = await course("reference", source);
  });
  test("learns", () => {
    expect(expected.at(-1)).toBeLessThan(0.7 * (expected[0] ?? 0));
  });
  describe.each(TRIED)("on %s", (target) => {
    test.skipIf(target === "tfjs-webgpu" && !HAS_WEBGPU)("takes the same course", async () => {
      const losses = await course(target, source);
      for (const [update, loss] of expected.entries())
        expect(Math.abs((losses[update] ?? NaN) - loss)).toBeLessThan(1e-4 * (1 + loss));
    });
  });
});
