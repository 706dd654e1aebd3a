// `input x: seq [2] scaled`: the model learns as from data that were standardised by hand, and predicts, measures and writes in the unit of
// the data. Shift and scale are measured once, and stored.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile, open, type CompiledModel } from "../../src/index.ts";
import { importedModule } from "../module/modules.ts";
import { expectSameBits, trainableModule } from "../module/training.ts";
import { recurra, temporaryFolder } from "../support/command.ts";
import { compiled, numbers, TARGETS } from "./models.ts";

const spec = (by: string, out: string, scaled: string): string => `use GRU from "cells"

model M(H = 4) {
  input  x: seq [2]${scaled}
  target y: seq []${scaled}
  h = GRU(H)(concat(x, x[t-1]))
  sd = softplus(linear(h, out = []))
  predict y from linear(h, out = ${out}) ${by}
  train {
    batch 4
    epochs 3
  }
}
`;

/** Of very different sizes, and lengths. */
const ROWS = Array.from({ length: 12 }, (_, row) => {
  const { data } = numbers(`row ${row}`, [6, 3]);
  const steps = Array.from({ length: 4 + (row % 3) }, (_, t) => data.slice(3 * t, 3 * t + 3));
  return {
    x: steps.map(([a = 0, b = 0]) => [1000 + 250 * a, 0.001 * b].map(Math.fround)),
    y: steps.map(([a = 0, , c = 0]) => Math.fround(-70 + 20 * (a + c))),
  };
});
type Rows = typeof ROWS;

function moments(values: readonly number[]): readonly [number, number] {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length)];
}

const UNITS = [0, 1].map((k) => moments(ROWS.flatMap(({ x }) => x.map((step) => step[k] ?? NaN))));
const [SHIFT, SCALE] = moments(ROWS.flatMap(({ y }) => y));
const BY_HAND: Rows = ROWS.map(({ x, y }) => ({
  x: x.map((step) => step.map((value, k) => (value - (UNITS[k]?.[0] ?? NaN)) / (UNITS[k]?.[1] ?? NaN))),
  y: y.map((value) => (value - SHIFT) / SCALE),
}));

async function trained(text: string, data: Rows, target: string): Promise<CompiledModel> {
  const model = await compiled(text, { target, seed: 3 });
  await model.fit({ data, valid: false });
  return model;
}

describe.each(TARGETS)("on %s", (target) => {
  // float64; or float32, through a dozen updates, of numbers near 1000.
  const digits = target === "reference" ? 4 : 3;

  test.each([
    ["by squared", "[]", (value: number) => SHIFT + SCALE * value, 0],
    ["by quantile(0.2, 0.8)", "2", (value: number) => SHIFT + SCALE * value, 0],
    ["by gaussian(sd)", "[]", (value: number) => SHIFT + SCALE * value, Math.log(SCALE)],
    ["by mixture(2)", "[2, 3]", (value: number) => SHIFT + SCALE * value, Math.log(SCALE)],
  ])("%s", { timeout: 60_000 }, async (by, out, back, more) => {
    const own = await trained(spec(by, out, " scaled"), ROWS, target);
    const byHand = await trained(spec(by, out, ""), BY_HAND, target);
    const weights = await own.weights();
    expect([...(weights.get("y.shift")?.data ?? []), ...(weights.get("y.scale")?.data ?? [])]).toEqual(
      [SHIFT, SCALE].map((each) => expect.closeTo(each, 4)),
    );
    for (const [name, { data }] of await byHand.weights())
      data.forEach((value, index) => expect(weights.get(name)?.data[index], name).toBeCloseTo(value, digits));
    const [{ x }] = [ROWS[0] ?? expect.fail("no row")];
    const found = (await own.run({ x }))["y"]?.data ?? [];
    const expected = (await byHand.run({ x: BY_HAND[0]?.x ?? [] }))["y"]?.data ?? [];
    expect(found.length).toBe(expected.length);
    expected.forEach((value, index) => expect((found[index] ?? NaN) - back(value)).toBeCloseTo(0, digits - 2));
    const [measured, theirs] = [await own.evaluate({ data: ROWS }), await byHand.evaluate({ data: BY_HAND })];
    expect(measured.loss).toBeCloseTo(theirs.loss + more, digits);
    const [mine, other] = [measured.predictions[0], theirs.predictions[0]];
    if (other?.error === undefined) expect(mine?.covered).toBeCloseTo(other?.covered ?? NaN, digits);
    else expect(mine?.error).toBeCloseTo(SCALE * other.error, digits - 2);
  });
});

test("a second training keeps the scale, and so does one that begins with other weights", async () => {
  const model = await trained(spec("", "[]", " scaled"), ROWS, "wasm");
  const scaleOf = async (each: CompiledModel) => [...((await each.weights()).get("x.scale")?.data ?? [])];
  const before = await scaleOf(model);
  const doubled = ROWS.map(({ x, y }) => ({ x: x.map((step) => step.map((each) => 2 * each)), y }));
  await model.fit({ data: doubled, valid: false });
  expect(await scaleOf(model)).toEqual(before);
  const other = await compiled(spec("", "[]", " scaled"), { target: "wasm" });
  await other.setWeights(Object.fromEntries(await model.weights()));
  await other.fit({ data: doubled, valid: false });
  expect(await scaleOf(other)).toEqual(before);
});

test("what never changes has the scale 1", async () => {
  const data = ROWS.map(({ x, y }) => ({ x: x.map(([first = 0]) => [first, 7]), y }));
  const model = await trained(spec("", "[]", " scaled"), data, "reference");
  const weights = await model.weights();
  expect([weights.get("x.shift")?.data[1], weights.get("x.scale")?.data[1]]).toEqual([7, 1]);
});

const HIGH = `use GRU from "cells"

model High(H = 4) {
  input high: seq [2] scaled
  predict high[t+1] from high + linear(GRU(H)(high), out = 2) by gaussian(0.5)
  train { epochs 2 }
}
`;

test(
  "a series of a CSV: training, a resumed run, predictions and what is written are in its unit",
  { timeout: 120_000 },
  async () => {
    const folder = temporaryFolder();
    const [data, file, once, twice] = ["days.csv", "high.rec", "once", "twice"].map((name) => join(folder, name));
    const days = Array.from({ length: 60 }, (_, day) => {
      const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
      return `${date},${(1000 + 5 * Math.sin(day / 5)).toFixed(2)},${(-3 + 0.01 * Math.cos(day / 7)).toFixed(4)}`;
    });
    writeFileSync(data ?? "", ["date,a,b", ...days].join("\n"));
    writeFileSync(file ?? "", HIGH);
    const train = ["train", file ?? "", "--data", data ?? "", "--series", "--window", "12", "--column", "high=a,b"];
    expect((await recurra(...train, "--out", once ?? "")).code).toBe(0);
    expect((await recurra(...train, "--out", twice ?? "", "--updates", "1")).code).toBe(0);
    expect((await recurra("train", "--resume", "--out", twice ?? "")).code).toBe(0);
    const stored = (run: string | undefined) => readFileSync(join(run ?? "", "weights.safetensors"));
    expect(stored(twice).equals(stored(once))).toBe(true);
    const predicted = await recurra("predict", once ?? "", "--input", data ?? "");
    const rows = predicted.out
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(rows).toHaveLength(60);
    for (const row of rows) expect(row).toMatchObject({ high: [expect.closeTo(1000, -1.3), expect.closeTo(-3, 1)] });
    const written = await recurra("generate", once ?? "", "--input", data ?? "", "--length", "3", "--seed", "1");
    expect(written.code).toBe(0);
    const [row]: unknown[] = written.out
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(row).toMatchObject({
      high: Array.from({ length: 3 }, () => [expect.closeTo(1000, -1.6), expect.closeTo(-3, 0.5)]),
    });
    const model = await open(once ?? "");
    expect((await model.weights()).get("high.shift")?.data[0]).toBeCloseTo(1000.4, 0);
    model.dispose();
  },
);

test.each([
  ["by squared", "[]"],
  ["by mixture(2)", "[2, 3]"],
])("a module %s has the numbers of the library, and trains with its bits", async (by, out) => {
  const model = await compile(spec(by, out, " scaled"), { target: "wasm", seed: 3 });
  await model.fit({ data: ROWS, valid: false });
  const arrays = { x: { shape: [1, 4, 2], data: Float32Array.from(ROWS[0]?.x.flat() ?? []) } };
  const module = await importedModule(model);
  // Sums of float32 in another order, times the scale.
  const found = [...(module.run(arrays)["y"]?.data ?? [])];
  expect(found).toEqual([...((await model.run(arrays))["y"]?.data ?? [])].map((value) => expect.closeTo(value, 4)));
  const trainable = await trainableModule(model);
  const y = { shape: [1, 4], data: Float32Array.from(ROWS[0]?.y ?? []) };
  await expectSameBits(model, trainable, [{ arrays: { ...arrays, y } }, { arrays: { ...arrays, y } }]);
  model.dispose();
});

test("numbers are drawn in the unit of the data, in a module too", async () => {
  const model = await compile(
    `model M {
      input z: seq []
      target y: seq [2] scaled
      predict y from reshape(concat(z, 0.1 * y[t-1], -z, -z, 2 * z, z, -y[t-1], z), [2, 5]) by mixture(2)
    }`,
    { target: "wasm" },
  );
  const at = (data: readonly number[]) => ({ shape: [2], data: Float32Array.from(data) });
  await model.setWeights({ "y.shift": at([100, -50]), "y.scale": at([10, 0.5]) });
  const module = await importedModule(model);
  const z = [0.5, 1, -1];
  const [row] = await model.generate({ temperature: 0, length: 3, inputs: { z: [z] } });
  // The likeliest component is the first where z > 0: its means are 0.1 y[t-1], which begins with the mean; else -y[t-1] of the second.
  const [first = NaN, second = NaN] = row?.["y"]?.data ?? [];
  expect([first, second]).toEqual([expect.closeTo(100 + 10 * 0.5, 3), expect.closeTo(-50, 3)]);
  for (const options of [{ temperature: 0 }, { seed: 4 }]) {
    const [own] = await model.generate({ ...options, length: 3, inputs: { z: [z] } });
    const steps: unknown[] = [];
    for await (const step of module.generate({ ...options, length: 3, inputs: { z } }))
      steps.push(typeof step === "string" ? step : Object.values(step)[0]);
    expect(steps.flat()).toEqual([...(own?.["y"]?.data ?? [])]);
  }
  model.dispose();
});
