// k1 and k2 of a trainer: a batch of whole sequences is cut into windows, each an update, with the gradient that these say.
import { describe, expect, test } from "vitest";
import { mobyDickText } from "../../src/datasets/moby-dick.ts";
import type { CompiledModel, NumberArray, TrainerSettings } from "../../src/index.ts";
import { compiled, numbers } from "./models.ts";

const TEXT = mobyDickText().slice(0, 4000);
const CHARS = 'use CharLM from "models"';
const SGD = { optimizer: { kind: "sgd", lr: 0.5 } } as const;

async function charlm(): Promise<CompiledModel> {
  return compiled(CHARS, { set: { E: 4, H: 8 }, texts: { V: TEXT }, target: "reference" });
}

/** The weights, one number after the other. */
async function weightsOf(model: CompiledModel): Promise<readonly number[]> {
  return [...(await model.weights()).values()].flatMap(({ data }) => [...data]);
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  const far = found.findIndex((value, index) => !(Math.abs(value - (expected[index] ?? NaN)) <= 1e-9));
  expect(far === -1 ? "close" : `${far}: ${found[far]}, ${expected[far]}`).toBe("close");
}

/** `[2, steps]` ids of the text. */
function batchOf(model: CompiledModel, steps: number): NumberArray {
  const ids = model.vocabulary("text").encode(TEXT);
  return { shape: [2, steps], data: Int32Array.from([...ids.subarray(0, steps), ...ids.subarray(1000, 1000 + steps)]) };
}

function chunk({ shape, data }: NumberArray, from: number, to: number): NumberArray {
  const steps = shape[1] ?? 0;
  const parts = [0, 1].flatMap((b) => [...data.subarray(b * steps + from, b * steps + to)]);
  return { shape: [2, to - from], data: Int32Array.from(parts) };
}

test("k1 = k2: the updates that chunks give whose state is carried, in one call", async () => {
  const [ours, theirs] = [await charlm(), await charlm()];
  const text = batchOf(ours, 33);
  const windows = await ours.trainer({ ...SGD, steps: 8 });
  const { loss, norm } = await windows.update({ text });
  const carried = await theirs.trainer({ ...SGD, carriesState: true });
  const parts = [];
  for (let from = 0; from < 32; from += 8) parts.push(await carried.update({ text: chunk(text, from, from + 9) }));
  expect([windows.updates, carried.updates]).toEqual([4, 4]);
  expect(loss).toBeCloseTo(parts.reduce((sum, each) => sum + each.loss, 0) / 4, 9);
  expect(norm).toBeCloseTo(Math.max(...parts.map((each) => each.norm)), 9);
  expectClose(await weightsOf(ours), await weightsOf(theirs));
});

test("a window that goes back to the first step of a chunk begins with the states of the chunk before", async () => {
  const model = await charlm();
  const text = batchOf(model, 17);
  const losses: number[] = [];
  for (const settings of [{}, { k1: 8, k2: 8 }, { k1: 2, k2: 8 }, { k1: 3, k2: 5 }]) {
    const trainer = await model.trainer({ ...SGD, ...settings, carriesState: true });
    const still = { rate: 0 };
    await trainer.update({ text: chunk(text, 0, 9) }, still);
    losses.push((await trainer.update({ text: chunk(text, 8, 17) }, still)).loss);
  }
  for (const loss of losses) expect(loss).toBeCloseTo(losses[0] ?? NaN, 9);
});

describe("k1 and k2 apart", () => {
  /** The weights after one call with these steps. */
  async function after(settings: TrainerSettings): Promise<readonly number[]> {
    const model = await charlm();
    const trainer = await model.trainer({ ...SGD, ...settings });
    await trainer.update({ text: batchOf(model, 17) });
    return weightsOf(model);
  }

  test("k1 and k2 as long as the batch are one update through all of it", async () => {
    expectClose(await after({ k1: 16, k2: 16 }), await after({}));
    expectClose(await after({ k1: 16, k2: 40 }), await after({}));
  });

  test("k1 and k2 each change the updates", async () => {
    const all = [{ steps: 4 }, { k1: 4, k2: 8 }, { k1: 8, k2: 4 }, { steps: 8 }];
    const weights: (readonly number[])[] = [];
    for (const each of all) weights.push(await after(each));
    expect(new Set(weights.map((each) => each.join())).size).toBe(all.length);
  });

  test("the state that one call leaves is where the next begins, with `carriesState`", async () => {
    const [ours, theirs] = [await charlm(), await charlm()];
    const text = batchOf(ours, 33);
    const parts = await ours.trainer({ ...SGD, steps: 8, carriesState: true });
    await parts.update({ text: chunk(text, 0, 17) });
    await parts.update({ text: chunk(text, 16, 33) });
    const whole = await theirs.trainer({ ...SGD, steps: 8 });
    await whole.update({ text });
    expectClose(await weightsOf(ours), await weightsOf(theirs));
  });
});

test("rows of unequal length are cut along their time, and a model that reads from both sides is refused", async () => {
  const source = `use GRU from "cells"
    model Sum(H = 4) {
      input x: seq [1]
      target total: seq []
      predict total from linear(GRU(H)(x), out = [])
    }`;
  const model = await compiled(source, { target: "reference" });
  const trainer = await model.trainer({ ...SGD, k1: 2, k2: 3 });
  const { loss } = await trainer.update(
    { x: numbers("x", [2, 5, 1]), total: numbers("y", [2, 5]) },
    { lengths: { x: [5, 3] } },
  );
  expect(trainer.updates).toBe(3);
  expect(loss).toBeGreaterThan(0);
  const both = await compiled(source.replace("GRU(H)(x)", "bidirectional(GRU(H))(x)"), { target: "reference" });
  await expect(both.trainer({ k1: 2, k2: 2 })).rejects.toThrow("cannot be trained or measured on parts of a sequence");
  await expect(both.trainer({ k1: 0 })).rejects.toThrow("`k1` is 0, but it must be a whole number of steps, 1 or more");
});
