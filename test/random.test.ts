// Random numbers by counter, and initial weights made of them.
import { describe, expect, test } from "vitest";
import type { Init } from "../src/base/init.ts";
import { fillNormal, fillUniform, permutation, philox, uniformAt } from "../src/base/random.ts";
import { initialValues } from "../src/train/initial.ts";

describe("philox 4x32-10", () => {
  // Published with Random123 (kat_vectors): counter and key of zeros, of ones, and of digits of π.
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("gives the published words for counter %j", (counter, key, words) => {
    expect(philox(counter, key)).toEqual(words);
  });
});

describe("random numbers", () => {
  test("filling gives the same numbers as drawing one by one, from any offset", () => {
    const out = new Float32Array(37);
    fillUniform(out, 7, "weights", 5);
    expect([...out]).toEqual(Array.from({ length: 37 }, (_, index) => uniformAt(7, "weights", 5 + index)));
  });

  test("uniform numbers lie in [0, 1) with mean 1/2 and variance 1/12 (100,000 of them, four standard errors)", () => {
    const values = Array.from({ length: 100_000 }, (_, index) => uniformAt(1, "u", index));
    expect(Math.min(...values.slice(0, 10_000))).toBeGreaterThanOrEqual(0);
    expect(values.every((value) => value < 1)).toBe(true);
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 100_000));
    expect(Math.abs(variance(values) - 1 / 12)).toBeLessThan(0.002);
  });

  test("normal numbers have mean 0 and variance 1 (100,000 of them, four standard errors)", () => {
    const values = new Float64Array(100_000);
    fillNormal(values, 1, "n");
    const all = Array.from(values);
    expect(Math.abs(mean(all))).toBeLessThan(4 / Math.sqrt(100_000));
    expect(Math.abs(variance(all) - 1)).toBeLessThan(4 * Math.sqrt(2 / 100_000));
  });

  test("streams and seeds differ", () => {
    const first = (seed: number, stream: string): number => uniformAt(seed, stream, 0);
    expect(new Set([first(1, "a"), first(1, "b"), first(2, "a"), first(2, "b")]).size).toBe(4);
  });

  test("a permutation holds every number once", () => {
    expect([...permutation(100, 3, "p")].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
  });
});

describe("initial weights", () => {
  const call = (name: string, ...args: readonly number[]): Init => ({
    kind: "call",
    name,
    args: args.map((value) => ({ kind: "number", value })),
  });

  test.each([[[8, 8]], [[5, 9]], [[9, 5]]])("orthogonal %j has orthonormal rows or columns", (shape) => {
    const [rows = 0, columns = 0] = shape;
    const w = initialValues(call("orthogonal"), shape, 1, "w");
    const count = Math.min(rows, columns);
    const at = (vector: number, k: number): number =>
      rows <= columns ? (w[vector * columns + k] ?? NaN) : (w[k * columns + vector] ?? NaN);
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) {
        const dot = Array.from({ length: Math.max(rows, columns) }, (_, k) => at(a, k) * at(b, k)).reduce(
          (x, y) => x + y,
          0,
        );
        expect(Math.abs(dot - (a === b ? 1 : 0))).toBeLessThan(1e-12);
      }
    }
  });

  test("glorot is uniform within √(6 / (fan-in + fan-out)); fan-in is the last axis, fan-out the first", () => {
    const w = initialValues(call("glorot"), [200, 100], 1, "w");
    const limit = Math.sqrt(6 / 300);
    expect(Math.max(...w)).toBeLessThanOrEqual(limit);
    expect(Math.max(...w)).toBeGreaterThan(0.99 * limit);
    expect(Math.abs(variance([...w]) - limit ** 2 / 3)).toBeLessThan(0.05 * limit ** 2);
  });

  test("he and lecun are normal with variance 2 and 1 over fan-in", () => {
    expect(variance([...initialValues(call("he"), [300, 50], 1, "w")]) * 50).toBeCloseTo(2, 1);
    expect(variance([...initialValues(call("lecun"), [300, 50], 1, "w")]) * 50).toBeCloseTo(1, 1);
  });

  test("log(uniform(1, 99)) is the logarithm, element by element", () => {
    const w = initialValues({ kind: "call", name: "log", args: [call("uniform", 1, 99)] }, [1000], 1, "w");
    expect(Math.min(...w)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...w)).toBeLessThan(Math.log(99));
    expect(Math.max(...w)).toBeGreaterThan(4);
  });

  test("constants, identity and arithmetic", () => {
    expect([...initialValues(call("identity"), [2, 3], 1, "w")]).toEqual([1, 0, 0, 0, 1, 0]);
    const sum: Init = { kind: "binary", op: "-", left: call("ones"), right: call("constant", 3) };
    expect([...initialValues(sum, [2], 1, "w")]).toEqual([-2, -2]);
  });

  test("the same seed and name give the same weights, another name others", () => {
    const of = (name: string): string => initialValues(call("normal", 1), [4], 1, name).join();
    expect(of("f.x")).toBe(of("f.x"));
    expect(of("f.x")).not.toBe(of("i.x"));
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const average = mean(values);
  return mean(values.map((value) => (value - average) ** 2));
}
