// What `zoneout`, `normal`, `uniform` and `gumbel` give in training, from the uniform numbers that the host draws, and in use; and that `einsum`
// of several operands begins with the cheapest product.
import { describe, expect, test } from "vitest";
import { uniformAt } from "../../src/base/random.ts";
import { printGraph } from "../../src/graph/print.ts";
import { nameOfInput } from "../../src/graph/node.ts";
import { compile } from "../../src/index.ts";
import { run, sizesOf, valuesFor } from "../support/run.ts";
import { programFrom } from "../support/specs.ts";

const TRAINING = { ragged: false, training: true, states: "initial" } as const;
const DRAWN = 40_000;

/** The output of a cell in training, on the reference, `drawn` being what the host draws for each step. */
function inTraining(text: string, drawn: readonly (readonly number[])[], x: readonly number[]): readonly number[] {
  const { graph } = programFrom(text, TRAINING);
  const sizes = sizesOf(graph, { B: 1, T: x.length });
  const inputs = new Map(valuesFor(graph, sizes));
  const randoms = graph.inputs().filter(({ input }) => input?.kind === "random");
  randoms.forEach((node, index) => {
    const name = nameOfInput(node);
    inputs.set(name, { shape: inputs.get(name)?.shape ?? [], data: Float64Array.from(drawn[index] ?? []) });
  });
  inputs.set("x", { shape: inputs.get("x")?.shape ?? [], data: Float64Array.from(x) });
  return [...(run(graph, inputs, sizes).get("output")?.data ?? [])];
}

const zone = (p: number): string =>
  `cell Zone {\n  input x: [1]\n  state h: [1] = 10\n  h = zoneout(x, h[t-1], ${p})\n}\n`;

describe("zoneout", () => {
  test("keeps an element of the old value where the number drawn is below p, and gives the others unchanged", () => {
    expect(inTraining(zone(0.3), [[0.29, 0.3, 0.9, 0.1]], [0.1, 0.2, 0.3, 0.4])).toEqual([10, 0.2, 0.3, 0.3]);
  });

  test("with p = 0 is the new value", () => {
    expect(inTraining(zone(0), [], [0.1, 0.2])).toEqual([0.1, 0.2]);
  });

  test("in use is p * old + (1 - p) * new", async () => {
    const compiled = await compile(zone(0.25));
    const { output } = await compiled.run({ x: { shape: [1, 2, 1], data: [2, 4] } });
    expect([...(output?.data ?? [])]).toEqual([0.25 * 10 + 0.75 * 2, 0.25 * 4 + 0.75 * 4]);
    compiled.dispose();
  });
});

describe("noise", () => {
  const cell = (value: string): string => `cell Noise {\n  input x: []\n  y = x + ${value}\n  output y\n}\n`;
  const stream = (name: string): readonly number[] =>
    Array.from({ length: DRAWN }, (_, index) => uniformAt(5, name, index));
  const moments = (numbers: readonly number[]): { readonly mean: number; readonly deviation: number } => {
    const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
    const squares = numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0);
    return { mean, deviation: Math.sqrt(squares / numbers.length) };
  };

  // The means of 40,000 numbers have a deviation of at most 0.0065; four of them are allowed.
  test.each([
    ["uniform([])", 0.5, Math.sqrt(1 / 12)],
    ["normal([])", 0, 1],
    ["gumbel([])", 0.5772156649, Math.PI / Math.sqrt(6)],
  ])("%s has the mean %d and the deviation %d", (value, mean, deviation) => {
    const zeros = Array.from({ length: DRAWN }, () => 0);
    const found = moments(inTraining(cell(value), [stream("u"), stream("v")], zeros));
    expect(Math.abs(found.mean - mean)).toBeLessThan(0.026);
    expect(Math.abs(found.deviation - deviation)).toBeLessThan(0.026);
  });

  test("is finite where the numbers drawn are 0", () => {
    for (const value of ["uniform([])", "normal([])", "gumbel([])"])
      expect(inTraining(cell(value), [[0], [0]], [0]).every(Number.isFinite), value).toBe(true);
  });

  test.each([
    ["uniform([])", 0.5],
    ["normal([], per = sequence)", 0],
    ["gumbel([])", 0],
  ])("%s is %d in use, also step by step", async (value, expected) => {
    const compiled = await compile(cell(value));
    const { output } = await compiled.run({ x: { shape: [1, 2], data: [1, 2] } });
    expect([...(output?.data ?? [])]).toEqual([1 + expected, 2 + expected]);
    const started = compiled.start();
    expect((await started.step({ x: 3 }))["output"]?.data[0]).toBe(3 + expected);
    started.dispose();
    compiled.dispose();
  });
});

test("einsum of three operands multiplies the matrix with the vector first, in whatever order they stand", () => {
  const graphOf = (pattern: string, operands: string): string =>
    printGraph(
      programFrom(
        `cell E(H = 99) {\n  input x: [99]\n  param A, B: [H, H]\n  y = einsum("${pattern}->i", ${operands})\n  output y\n}\n`,
        TRAINING,
      ).graph,
    );
  for (const [pattern, operands] of [
    ["ij,jk,k", "A, B, x"],
    ["k,ij,jk", "x, A, B"],
  ] as const)
    expect(graphOf(pattern, operands)).not.toContain("float[99, 99]   #");
  expect(
    graphOf("ij,jk,k", "A, B, x")
      .match(/contract.*/g)
      ?.every((line) => line.includes("batch B, 99")),
  ).toBe(true);
});
