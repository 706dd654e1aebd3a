// Losses as equations: `minimize` reads targets at their own step. Values by closed form; a model that is used needs no targets.
import { expect, onTestFinished, test } from "vitest";
import { compile, type CompiledModel } from "../../src/index.ts";
import { importedModule } from "../module/modules.ts";

async function opened(text: string, target = "reference"): Promise<CompiledModel> {
  const model = await compile(text, { target, seed: 4 });
  onTestFinished(() => model.dispose());
  return model;
}

/** Three examples of different lengths. */
const ROWS = [2, 5, 3].map((steps, row) => ({
  x: Array.from({ length: steps }, (_, t) => [Math.sin(row + t), Math.cos(2 * t)]),
  y: Array.from({ length: steps }, (_, t) => Math.sin(3 * row + t)),
  kind: Array.from({ length: steps }, (_, t) => (row + 2 * t) % 3),
}));

const spec = (goals: string): string => `model M {
  input x: seq [2]
  target y: seq []
  guess = sum(linear(x, out = 1), axis = -1)
  output guess
  ${goals}
}`;

test.each([
  ["absolute", "mean(abs(guess - y))", (a: number, y: number) => Math.abs(a - y)],
  ["hinge", "mean(max(0, 1 - guess * y))", (a: number, y: number) => Math.max(0, 1 - a * y)],
  [
    "Huber",
    "mean(where(abs(guess - y) < 0.3, 0.5 * (guess - y)^2, 0.3 * (abs(guess - y) - 0.15)))",
    (a: number, y: number) => (Math.abs(a - y) < 0.3 ? 0.5 * (a - y) ** 2 : 0.3 * (Math.abs(a - y) - 0.15)),
  ],
])("the %s loss is the one of its formula, and training lowers it", async (_, loss, each) => {
  const model = await opened(spec(`minimize ${loss}`));
  // The mean over each example's steps, and then over the examples.
  const perExample: number[] = [];
  for (const { x, y } of ROWS) {
    const { guess } = await model.run({ x });
    perExample.push(y.reduce((sum, value, t) => sum + each(guess?.data[t] ?? NaN, value), 0) / y.length);
  }
  const expected = perExample.reduce((sum, value) => sum + value, 0) / perExample.length;
  const before = (await model.evaluate({ data: ROWS })).loss;
  expect(before).toBeCloseTo(expected, 6);
  await model.fit({ data: ROWS, valid: false, epochs: 30, batch: 3, optimizer: { kind: "adam", lr: 0.02 } });
  expect((await model.evaluate({ data: ROWS })).loss).toBeLessThan(before);
});

test("cross-entropy as an equation is the loss of `predict`, of one example", async () => {
  const text = (goal: string): string => `model M {
    input x: seq [2]
    target kind: seq token[3]
    scores = linear(x, out = 3)
    ${goal}
  }`;
  const written = await opened(
    text("minimize mean(-sum(onehot(kind) * logsoftmax(scores), axis = -1))\n output scores"),
  );
  const built = await opened(text("predict kind from scores"));
  const [row] = ROWS;
  await written.setWeights(await built.weights());
  expect((await written.evaluate({ data: [row ?? {}] })).loss).toBeCloseTo(
    (await built.evaluate({ data: [row ?? {}] })).loss,
    6,
  );
});

test("a model that is used needs no targets: run, step, predict, and a module", async () => {
  const model = await opened(spec("minimize mean(abs(guess - y))"), "wasm");
  const [row] = ROWS;
  const x = row?.x ?? [];
  const { guess } = await model.run({ x });
  const stream = model.start();
  for (const [t, now] of x.entries())
    expect((await stream.step({ x: now })).guess?.data[0]).toBeCloseTo(guess?.data[t] ?? NaN, 5);
  expect(await model.predict([{ x }])).toHaveLength(1);
  const module = await importedModule(model);
  expect(module.run({ x })["guess"]?.data[1]).toBeCloseTo(guess?.data[1] ?? NaN, 5);
});

test("a target that is minimised cannot be null, also where another one may be", async () => {
  const both = spec("predict y from guess\n  minimize mean(abs(guess - y))");
  const model = await opened(both);
  const row = { x: [[1, 2], [3, 4]], y: [null, 1] }; // prettier-ignore
  await expect(model.evaluate({ data: [row] })).rejects.toThrow("`y[0]`: expected a number, found null");
  const other = await opened(spec("minimize mean(abs(guess - y))\n  target z: seq []\n  predict z from guess + 1"));
  const { loss } = await other.evaluate({ data: [{ x: row.x, y: [0, 1], z: [null, 2] }] });
  expect(loss).toBeGreaterThan(0);
});
