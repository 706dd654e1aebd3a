// Certificates: right cells are certified, and each kind of fault is found.
import { expect, test } from "vitest";
import { compile, gradcheck, UserError, type Certificate } from "../../src/index.ts";
import { largest, slopes, TOLERANCE } from "../../src/gradcheck/differences.ts";
import { partsAgainstRun } from "../../src/gradcheck/parts.ts";
import { named } from "../../src/gradcheck/run.ts";
import { valuesFor } from "../../src/gradcheck/point.ts";
import { recurra } from "../support/command.ts";
import { pointOf } from "../support/differences.ts";
import { programFrom, RAGGED, shippedNamed, shippedProgram } from "../support/specs.ts";
import { sizesOf } from "../support/run.ts";

function differing({ checks }: Certificate): readonly string[] {
  return checks.flatMap(({ name, compared }) =>
    compared.filter(({ error, limit }) => !(error <= limit)).map((each) => `${name}: ${each.name} ${each.error}`),
  );
}

function skipped({ checks }: Certificate): readonly string[] {
  return checks.flatMap(({ name, skipped: reason }) => (reason === null ? [] : [`${name}: ${reason}`]));
}

test.each(["LSTM", "GRU", "MinGRU", "AttentionDecoder", "Dilated"])("%s from the shipped cells", async (cell) => {
  const certificate = await gradcheck(`use ${cell} from "cells"`, { cell, targets: ["reference", "wasm"] });
  expect(differing(certificate)).toEqual([]);
  expect(skipped(certificate)).toEqual([]);
  for (const { compared } of certificate.checks) expect(compared.length).toBeGreaterThan(0);
});

test("a cell with a corner, of which some differences go across it", async () => {
  const text = "cell C(H) {\n  input x\n  state h: [H]\n  h = relu(linear(x, h[t-1])) + abs(x) |> max(0.1)\n}";
  expect(differing(await gradcheck(text, { sizes: { I: 3 }, set: { H: 3 }, targets: [] }))).toEqual([]);
});

test("values behind `stopgradient` are held", async () => {
  const text = "cell C {\n  input x: []\n  state h: []\n  h = x * stopgradient(x + h[t-1]) + 0.5 * h[t-1]\n}";
  const { checks } = await gradcheck(text, { targets: [] });
  expect(differing({ name: "", sizes: {}, checks })).toEqual([]);
  expect(checks[0]?.compared.map(({ name }) => name)).toContain("gradient of x");
});

test("a model of logarithms is certified on positive numbers", async () => {
  const text = "cell C {\n  input x: []\n  state h: []\n  h = log(x) + 0.5 * h[t-1]\n}";
  expect(differing(await gradcheck(text, { targets: [], range: [1, 2] }))).toEqual([]);
  expect(differing(await gradcheck(text, { targets: [] })).length).toBeGreaterThan(0);
  await expect(gradcheck(text, { range: [2, 1] })).rejects.toThrow("the smaller one first");
  const { out, code } = await recurra("gradcheck", "demo/passengers.rec", "--targets", "wasm");
  expect(code).toBe(1);
  expect(out).toContain("give their --range");
  expect((await recurra("gradcheck", "demo/passengers.rec", "--targets", "wasm", "--range", "1,2")).code).toBe(0);
});

test("values that are not numbers differ from themselves", async () => {
  const text = "cell C {\n  input x: []\n  state h: []\n  h = sqrt(x - 10) + h[t-1]\n}";
  expect(differing(await gradcheck(text, { targets: ["wasm"] })).length).toBeGreaterThan(0);
});

test("a gradient with a flipped sign is found, and only that", () => {
  const { gradients, ...point } = pointOf(shippedProgram(shippedNamed("GRU"), RAGGED), ["output"]);
  expect(slopes(point, gradients).every(({ error }) => error < TOLERANCE)).toBe(true);
  const names = slopes(point, gradients).map(({ name }) => name);
  for (const name of names) {
    const { shape, data } = named(gradients, `grad.${name}`);
    if (largest({ shape, data }) === 0) continue;
    const flipped = new Map(gradients).set(`grad.${name}`, { shape, data: data.map((value) => -value) });
    const wrong = slopes(point, flipped).filter(({ error }) => !(error < TOLERANCE));
    expect(wrong.map((slope) => slope.name)).toEqual([name]);
  }
});

test("steps that forget their state differ from the run", async () => {
  const text = "cell C {\n  input x: []\n  state h: []\n  h = x + h[t-1]\n}";
  const program = programFrom(text, { ragged: false, training: false, states: "carried" });
  const sizes = sizesOf(program.graph);
  const inputs = valuesFor(program, program.graph, sizes);
  const errorOf = async (each: typeof program): Promise<number> => {
    const [found] = await partsAgainstRun(
      { program: each, needed: ["output"], inputs, sizes },
      { time: "T", parts: [1, 1, 1, 1] },
    );
    return found?.error ?? expect.fail("nothing compared");
  };
  expect(await errorOf(program)).toBeLessThan(1e-12);
  expect(await errorOf({ ...program, states: [] })).toBeGreaterThan(0.01);
});

test("what cannot be checked is said", async () => {
  const whole =
    'use LSTM from "cells"\nmodel M {\n  input x: seq [2]\n  target y: [1]\n  h = bidirectional(LSTM(3))(x)\n  predict y from linear(last(h))\n}';
  const [first = ""] = skipped(await gradcheck(whole, { targets: [] }));
  expect(first).toContain("step against run: `M` cannot be fed step by step");
});

test("sizes: small ones for large defaults, given ones as they are, and equal ones where heads must divide them", async () => {
  const text =
    "cell C(H = 256, heads = 4) {\n  input x\n  state h: [H]\n  q = linear(x, out = H / heads)\n  h = tanh(linear(q, h[t-1]))\n}";
  const sizesAt = async (options: Parameters<typeof gradcheck>[1]): Promise<Certificate["sizes"]> =>
    (await gradcheck(text, { ...options, targets: [] })).sizes;
  expect(await sizesAt({})).toMatchObject({ H: 4, B: 3, T: 4 });
  expect(await sizesAt({ set: { H: 12 }, sizes: { T: 6, B: 2 } })).toMatchObject({ H: 12, T: 6, B: 2 });
});

test("wrong calls", async () => {
  await expect(gradcheck('use GRU from "cells"', { targets: ["gpu"] })).rejects.toThrow(UserError);
  await expect(gradcheck('use GRU from "cells"', { sizes: { T: 0.5 } })).rejects.toThrow("the size T");
  // @ts-expect-error: not an option
  await expect(gradcheck('use GRU from "cells"', { target: "wasm" })).rejects.toThrow("has no option `target`");
});

test("the command prints a table, and its exit code says whether anything differs", async () => {
  const right = await recurra("gradcheck", "specs/cells/gru.rec", "--cell", "GRU", "--targets", "wasm,tfjs-webgl");
  expect(right.code).toBe(0);
  const shown = right.out.replace(/\d\.\de-\d+|\b0 {2}/g, "…");
  expect(shown).toMatch(/^GRU, at B = 3, H = 3, I = 2, T = 4$/m);
  expect(shown).toContain("tfjs-webgl against reference: it runs in browsers only");
  expect(shown).toMatch(/certified: 7 of 7 checks agree\n$/);
  const wrong = await recurra("gradcheck", "test/inside/not-a-number.rec", "--targets", "wasm", "--json");
  expect(wrong.code).toBe(1);
  const { certified, checks } = JSON.parse(wrong.out);
  expect(certified).toBe(false);
  expect(checks[0]).toMatchObject({ name: "gradient against central differences", verdict: "differs" });
});

test("a model's gradient from cotangents of its results is the derivative, without targets", async () => {
  const text =
    'use GRU from "cells"\nmodel M {\n  input x: seq [2]\n  target y: [1]\n  h = GRU(3)(x)\n  predict y from linear(last(h))\n}';
  const model = await compile(text, { target: "reference" });
  const x = [
    [0.1, 0.2],
    [0.3, -0.4],
  ];
  const cotangents = { "state.h.h": [1, -2, 0.5], y: [3] };
  const { inputs, loss } = await model.gradients({ x }, { cotangents });
  const lossAt = async (by: number): Promise<number> => {
    const moved = [[0.1 + by, 0.2], ...x.slice(1)];
    return (await model.gradients({ x: moved }, { cotangents })).loss;
  };
  const numeric = ((await lossAt(1e-5)) - (await lossAt(-1e-5))) / 2e-5;
  expect(inputs["x"]?.data[0]).toBeCloseTo(numeric, 8);
  const { y, ...rest } = await model.run({ x });
  const { state } = await model.runChunk({ x });
  const h = state["h.h"]?.data ?? [];
  expect(rest).toEqual({});
  expect(loss).toBeCloseTo(3 * (y?.data[0] ?? NaN) + (h[0] ?? NaN) - 2 * (h[1] ?? NaN) + 0.5 * (h[2] ?? NaN), 12);
});
