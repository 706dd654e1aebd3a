// Golden values of published cells: each cell, written from its paper's equations, forward and gradient.
import { describe, expect, test } from "vitest";
import { differences, GOLDENS, SHIPPED } from "./support/published.ts";

/** Compared in test/fixtures. */
const ELSEWHERE: ReadonlySet<string> = new Set(["GRU", "LSTM", "RNN", "UGRNN"]);
/** Compared as a part of another cell. */
const AS_PART: ReadonlySet<string> = new Set(["DilatedGRU", "HighwayLayer", "RGLRU"]);

test("every shipped cell has golden values", () => {
  const compared = new Set(GOLDENS.map(({ golden }) => golden.cell));
  const without = [...SHIPPED.keys()].filter(
    (name) => !compared.has(name) && !ELSEWHERE.has(name) && !AS_PART.has(name),
  );
  expect(without).toEqual([]);
  expect(SHIPPED.size).toBeGreaterThanOrEqual(60);
});

describe.each([
  // Both sides are float64 and differ in the order of sums only.
  ["reference", 1e-10],
  // float32 against float64, over at most some dozen steps.
  ["wasm", 1e-4],
] as const)("%s: every tensor within %s", (target, tolerance) => {
  test.each(GOLDENS)("$file", async ({ golden }) => {
    expect(await differences(golden, target, tolerance)).toEqual([]);
  });
});
