// Worked examples of lecture notes (worked.json: float64, nine digits), value by value, as `recurra run` prints them.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { compile, type CompileOptions, type Trace } from "../../src/index.ts";
import { expectClose } from "../ops/arrays.ts";

type Nested = number | readonly Nested[];
type Values = Readonly<Record<string, Nested>>;

const NESTED: z.ZodType<Nested> = z.lazy(() => z.union([z.number(), z.array(NESTED)]));
const PARTS = z.record(z.string(), z.unknown());

const GIVEN = JSON.parse(readFileSync("test/run/worked.json", "utf8"));

/** The arrays of a part of the file: `equations.gru.weights`. */
function arrays(path: string): Values {
  const part = path.split(".").reduce((within: unknown, key) => PARTS.parse(within)[key], GIVEN);
  return Object.fromEntries(
    Object.entries(PARTS.parse(part)).flatMap(([name, value]) => {
      const array = NESTED.safeParse(value);
      return array.success ? [[name, array.data]] : [];
    }),
  );
}

const EQUATIONS = arrays("equations");
const [TANH, GRU] = [arrays("equations.tanh"), arrays("equations.gru.weights")];
const ATTENTION = arrays("attention");
const RNN = arrays("rnn");

function numbersOf(nested: Nested | undefined): readonly number[] {
  if (nested === undefined) return [];
  return typeof nested === "number" ? [nested] : nested.flatMap(numbersOf);
}

function pick(values: Values, ...names: readonly string[]): Values {
  return Object.fromEntries(names.map((name) => [name, values[name] ?? expect.fail(name)]));
}

/** Columns of a matrix. */
function columns(matrix: Nested | undefined, from: number, to: number): Nested {
  return Array.isArray(matrix) ? matrix.map((row) => numbersOf(row).slice(from, to)) : expect.fail("no matrix");
}

interface Case {
  readonly cell: string;
  readonly set: CompileOptions["set"];
  readonly weights: Values;
  readonly inputs: Values;
  readonly right: Values;
}

const x = pick(EQUATIONS, "x");
const logistic = arrays("equations.logistic");
const transposed = arrays("equations.transposed");
const jordan = arrays("equations.jordan");
const [dot, additive] = [arrays("attention.dot"), arrays("attention.additive")];
const attended = { inputs: pick(ATTENTION, "y", "z"), weights: pick(ATTENTION, "Wy", "Wc", "Wh") };

const CASES: readonly Case[] = [
  { cell: "Tanh", set: { H: 4 }, weights: pick(TANH, "Wxh", "Whh"), inputs: x, right: pick(TANH, "h") },
  {
    cell: "Logistic",
    set: { H: 4, O: 2 },
    weights: { Wih: TANH["Wxh"] ?? [], U: TANH["Whh"] ?? [], ...pick(logistic, "b", "Wo") },
    inputs: x,
    right: pick(logistic, "h", "y"),
  },
  {
    cell: "Transposed",
    set: { H: 4, O: 3 },
    weights: pick(transposed, "W", "V", "b", "U", "c"),
    inputs: x,
    right: pick(transposed, "f"),
  },
  { cell: "FirstGRU", set: { H: 4 }, weights: GRU, inputs: x, right: pick(arrays("equations.gru.first"), "h") },
  { cell: "SecondGRU", set: { H: 4 }, weights: GRU, inputs: x, right: pick(arrays("equations.gru.second"), "h") },
  {
    cell: "OutputsBack",
    set: { H: 4, O: 2 },
    weights: pick(jordan, "W", "V", "b", "U", "c"),
    inputs: x,
    right: pick(jordan, "y"),
  },
  {
    cell: "Counted",
    set: { H: 3, V: 4 },
    weights: { ...pick(RNN, "U", "W"), Vo: RNN["V"] ?? [] },
    inputs: pick(RNN, "x"),
    right: pick(RNN, "s", "o"),
  },
  { cell: "Dot", set: { H: 3 }, ...attended, right: pick(dot, "alpha", "c", "h") },
  {
    cell: "Additive",
    set: { H: 3, A: 4 },
    inputs: attended.inputs,
    weights: {
      ...attended.weights,
      v: additive["v"] ?? [],
      Wg: columns(additive["W"], 0, 3),
      Wz: columns(additive["W"], 3, 6),
    },
    right: pick(additive, "rel", "alpha", "g"),
  },
];

async function traced({ cell, set, weights, inputs }: Case, target: string): Promise<Trace> {
  const text = readFileSync("test/run/worked.rec", "utf8");
  const model = await compile(text, { cell, target, weights, ...(set === undefined ? {} : { set }) });
  try {
    return await model.trace(inputs);
  } finally {
    model.dispose();
  }
}

describe.each([
  ["reference", 1e-6],
  ["wasm", 1e-5],
] as const)("on %s, within %f", (target, tolerance) => {
  test.each(CASES.map((each) => [each.cell, each] as const))("%s", async (_, each) => {
    const { values } = await traced(each, target);
    for (const [name, right] of Object.entries(each.right)) {
      const found = values.find((value) => value.name === name) ?? expect.fail(name);
      expect(found.isSequence, name).toBe(true);
      expectClose(found.array.data, numbersOf(right), tolerance, name);
    }
  });

  test("LSTM of the library, with its weights joined", async () => {
    const { f, i, g, o } = Object.fromEntries(
      ["f", "i", "g", "o"].map((gate) => [gate, arrays(`equations.lstm.weights.${gate}`)]),
    );
    const gates = { f, i, g, o };
    const weights = Object.entries(gates).flatMap(([gate, own]) =>
      Object.entries(own ?? expect.fail(gate)).map(([part, value]) => [`${gate}.${part}`, value] as const),
    );
    const model = await compile('use LSTM from "cells"', {
      set: { H: 4 },
      target,
      weights: Object.fromEntries(weights),
    });
    const { values, state } = await model.trace(x);
    model.dispose();
    const right = numbersOf(arrays("equations.lstm")["h"]);
    expectClose(values.find(({ name }) => name === "h")?.array.data ?? [], right, tolerance, "h");
    expectClose(state?.["h"]?.data ?? [], right.slice(-4), tolerance, "last h");
    expect(values.map(({ name }) => name)).toEqual(["f", "i", "g", "o", "c", "h"]);
  });
});

/** Two nodes that hold each other down: w12 = w21 = -1. */
const PAIR = {
  W: [
    [0, -1],
    [-1, 0],
  ],
};

describe("Hopfield network of two nodes", () => {
  test.each([
    { from: [-1, -1], order: [0, 1, 0, 1], right: [1, -1], energies: [-1, -1, -1, -1] },
    { from: [-1, -1], order: [1, 0, 1, 0], right: [-1, 1], energies: [-1, -1, -1, -1] },
    { from: [1, 1], order: [0, 1, 0, 1], right: [-1, 1], energies: [-1, -1, -1, -1] },
    { from: [1, 1], order: [1, 0, 1, 0], right: [1, -1], energies: [-1, -1, -1, -1] },
    { from: [1, -1], order: [0, 1, 0, 1], right: [1, -1], energies: [-1, -1, -1, -1] },
  ])("one unit at a time, $from in the order $order", async ({ from, order, right, energies }) => {
    const model = await compile('use Hopfield from "cells"', { set: { N: 2 }, target: "reference", weights: PAIR });
    const inputs = { x: order.map(() => [0, 0]), k: order };
    const { values, state } = await model.trace(inputs, { state: { y: from } });
    model.dispose();
    expect([...(state?.["y"]?.data ?? [])]).toEqual(right);
    expect([...(values.find(({ name }) => name === "energy")?.array.data ?? [])]).toEqual(energies);
  });

  test("all units at once: a cycle of two", async () => {
    const model = await compile('use SynchronousHopfield from "cells"', {
      set: { N: 2 },
      target: "reference",
      weights: PAIR,
    });
    const { values } = await model.trace({ x: [0, 1, 2, 3].map(() => [0, 0]) }, { state: { y: [-1, -1] } });
    model.dispose();
    expect([...(values.find(({ name }) => name === "y")?.array.data ?? [])]).toEqual([1, 1, -1, -1, 1, 1, -1, -1]);
  });

  test("a stored pattern is recalled from a corrupted one", async () => {
    const stored = arrays("hopfield_store");
    const weights = pick(stored, "W");
    const model = await compile('use Hopfield from "cells"', { set: { N: 6 }, target: "reference", weights });
    const k = [0, 1, 2, 3, 4, 5];
    const { values, state } = await model.trace(
      { x: k.map(() => k.map(() => 0)), k },
      { state: { y: [-1, 1, 1, -1, -1, -1] } },
    );
    model.dispose();
    expect([...(state?.["y"]?.data ?? [])]).toEqual(stored["recalled"]);
    expect(values.find(({ name }) => name === "energy")?.array.data.at(-1)).toBe(stored["E"]);
  });
});
