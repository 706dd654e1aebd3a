// `step` over a stream equals `run` over the whole: for every shipped cell and the character model, on every target, alone and in a batch.
import { describe, expect, test } from "vitest";
import type { CompiledModel, NumberArray } from "../../src/index.ts";
import { compiled, expectNear, numbers, stepOf, TARGETS, TOLERANCE } from "./models.ts";
import { arraysFor, SIZED_CELLS } from "./shipped.ts";

const STEPS = 7;

/** Runs the whole, then steps through it, after a reset again. */
async function compareStepsWithRun(model: CompiledModel, batch: number | null): Promise<void> {
  const leading = batch === null ? [] : [batch];
  const inputs = arraysFor(model, "input", [...leading, STEPS]);
  const memories = arraysFor(model, "memory", [...leading, 4]);
  const whole = await model.run({ ...inputs, ...memories });
  const stream = model.start({ inputs: memories, ...(batch === null ? {} : { batch }) });
  const names = Object.keys(whole).filter((name) => !name.startsWith("state."));
  expect(names.length).toBeGreaterThan(0);
  for (let t = 0; t < 2 * STEPS; t++) {
    if (t === STEPS) stream.reset();
    const one = (array: NumberArray): NumberArray => stepOf(array, t % STEPS, batch !== null);
    const found = stream.step(Object.fromEntries(Object.entries(inputs).map(([name, array]) => [name, one(array)])));
    expect(Object.keys(found)).toEqual(names);
    for (const name of names) {
      const expected = whole[name] ?? expect.fail(name);
      expectNear(found[name], one(expected), TOLERANCE[model.target] ?? 0);
    }
  }
  stream.dispose();
}

const BATCHES = [null, 1, 3];

describe.each(TARGETS)("%s: each step is that of the whole run, for one example and batches of 1 and 3", (target) => {
  test.each(SIZED_CELLS)("$name", async ({ name, folder, set }) => {
    const model = await compiled(`use ${name} from "${folder}"`, { target, set });
    for (const batch of BATCHES) await compareStepsWithRun(model, batch);
  });

  test("CharLM in two layers", async () => {
    const set = { E: 3, H: 4, layers: 2 };
    const model = await compiled('use CharLM from "models"', { target, set, sizes: { V: 5 } });
    for (const batch of BATCHES) await compareStepsWithRun(model, batch);
  });

  test("several states, delays of states and inputs, the number of the step", async () => {
    const model = await compiled(
      `cell Mixed(H) {
         input x
         input k: char[6]
         state a, b: [H]
         a = tanh(linear(a[t-3], b[t-1], x[t-2], embed(k[t-1], 2)))
         b = 0.5 * a + b[t-2] * sin(t)
         output b, a
       }`,
      { target, set: { H: 4 }, sizes: { I: 3 } },
    );
    for (const batch of BATCHES) await compareStepsWithRun(model, batch);
  });
});

describe("streams", () => {
  test("two of one model do not disturb each other", async () => {
    const model = await compiled('use GRU from "cells"', { target: "tfjs-cpu", set: { H: 4 } });
    const x = numbers("x", [STEPS, 3]);
    const [one, other] = [model.start(), model.start()];
    const alone = Array.from({ length: STEPS }, (_, t) => one.step({ x: stepOf(x, t, false) }));
    one.reset();
    for (let t = 0; t < STEPS; t++) {
      other.step({ x: [9, 9, 9] });
      expect(one.step({ x: stepOf(x, t, false) })).toEqual(alone[t]);
    }
    one.dispose();
    other.dispose();
  });

  test("stepLater returns the same as step", async () => {
    const model = await compiled('use GRU from "cells"', { target: "tfjs-wasm", set: { H: 4 } });
    const [one, other] = [model.start(), model.start()];
    for (const x of [
      [1, 2],
      [3, 4],
    ])
      expect(await other.stepLater({ x })).toEqual(one.step({ x }));
    one.dispose();
    other.dispose();
  });

  test("a stream continues with the weights after an update", async () => {
    const source = `use LSTM from "cells"
      model Sum(H = 3) {
        input x: seq [2]
        target y: seq []
        predict y from linear(LSTM(H)(x), out = [])
      }`;
    const model = await compiled(source, { target: "tfjs-cpu" });
    const stream = model.start();
    stream.step({ x: [1, 2] });
    stream.reset();
    const trainer = await model.trainer({ optimizer: { kind: "sgd", lr: 0.5 } });
    stream.step({ x: [1, 2] });
    await trainer.update({
      x: [
        [1, 2],
        [3, 4],
      ],
      y: [5, 6],
    });
    const fresh = await compiled(source, { target: "tfjs-cpu", weights: await model.weights() });
    const expected = await fresh.run({ x: [[1, 2]] });
    stream.reset();
    expectNear(stream.step({ x: [1, 2] }).y, { shape: [], data: expected.y?.data ?? new Float32Array(0) }, 1e-6);
    const going = model.start();
    going.step({ x: [1, 2] });
    await model.setWeights(
      new Map(
        [...(await model.weights())].map(([name, { shape }]) => [
          name,
          { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
        ]),
      ),
    );
    expect([...(going.step({ x: [1, 2] }).y?.data ?? [])]).toEqual([0]);
    for (const each of [stream, going, trainer]) each.dispose();
  });
});
