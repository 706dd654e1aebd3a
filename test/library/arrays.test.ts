// Arrays of the library: all forms of an array mean the same, the caller keeps its tensors, and no memory leaks.
import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { compile, type ArrayInput, type NumberArray } from "../../src/index.ts";
import { compiled, expectNear, numbers, TARGETS, TOLERANCE } from "./models.ts";

const CELL = 'use LSTM from "cells"';
const SET = { H: 4 };
const [B, T, I] = [3, 5, 2];
const x = numbers("x", [B, T, I]);

/** `[B, T, I]` as arrays in arrays. */
function nested({ data }: NumberArray): readonly (readonly (readonly number[])[])[] {
  const row = (b: number, t: number): readonly number[] => Array.from(data.slice((b * T + t) * I, (b * T + t + 1) * I));
  return Array.from({ length: B }, (_, b) => Array.from({ length: T }, (_, t) => row(b, t)));
}

/** Example `b` alone. */
function example(b: number): NumberArray {
  return { shape: [T, I], data: x.data.slice(b * T * I, (b + 1) * T * I) };
}

describe.each(TARGETS)("%s", (target) => {
  test("nested arrays, shaped arrays of several types and tensors give the same; tensors are not disposed of", async () => {
    const model = await compiled(CELL, { target, set: SET });
    const { output } = await model.run({ x });
    expect(output?.shape).toEqual([B, T, 4]);
    const tensor = tf.tensor3d(Float32Array.from(x.data), [B, T, I]);
    const forms: readonly ArrayInput[] = [
      nested(x),
      nested(x).map((rows) => rows.map((row) => Float32Array.from(row))),
      { shape: [B, T, I], data: Float64Array.from(x.data) },
      { shape: [B, T, I], data: [...x.data] },
      tensor,
    ];
    for (const form of forms) expect((await model.run({ x: form })).output).toEqual(output);
    expect(tensor.isDisposed).toBe(false);
    tensor.dispose();
  });

  test("results are float64 on the reference and float32 elsewhere, and the caller owns them", async () => {
    const model = await compiled(CELL, { target, set: SET });
    const before = await model.run({ x });
    expect(before["output"]?.data).toBeInstanceOf(target === "reference" ? Float64Array : Float32Array);
    const weights = await model.weights();
    weights.get("f.x")?.data.fill(9);
    before["output"]?.data.fill(9);
    const after = await model.run({ x });
    expect(after["output"]?.data[0]).not.toBe(9);
  });

  test("a single example has no batch axis, and gives what it gives in a batch", async () => {
    const model = await compiled(CELL, { target, set: SET });
    const { output, "state.c": c } = await model.run({ x });
    for (let b = 0; b < B; b++) {
      const alone = await model.run({ x: example(b) });
      const part = (whole: NumberArray | undefined, size: number): Float64Array =>
        Float64Array.from(whole?.data.slice(b * size, (b + 1) * size) ?? []);
      expectNear(alone["output"], { shape: [T, 4], data: part(output, T * 4) }, TOLERANCE[target] ?? 0);
      expectNear(alone["state.c"], { shape: [4], data: part(c, 4) }, TOLERANCE[target] ?? 0);
    }
  });

  test("a bare typed array is one example: the steps follow from its size when I is known", async () => {
    const model = await compiled(CELL, { target, set: SET, sizes: { I } });
    const { shape, data } = example(0);
    expect(await model.run({ x: Float32Array.from(data) })).toEqual(await model.run({ x: { shape, data } }));
    const stream = model.start();
    const first = stream.step({ x: Float64Array.of(0.5, -0.5) });
    stream.reset();
    expect(stream.step({ x: [0.5, -0.5] })).toEqual(first);
    stream.dispose();
  });

  test("examples of different lengths: each has the same result alone, whatever the padding is", async () => {
    const model = await compiled(CELL, { target, set: SET });
    const lengths = [5, 2, 0];
    const data = x.data.map((value, index) =>
      Math.floor(index / I) % T < (lengths[Math.floor(index / (T * I))] ?? 0) ? value : NaN,
    );
    const { output, "state.h": h } = await model.run({ x: { shape: [B, T, I], data } }, { lengths: { x: lengths } });
    const short = { shape: [2, I], data: example(1).data.slice(0, 2 * I) };
    const [first, second] = [await model.run({ x: example(0) }), await model.run({ x: short })];
    const rows = output?.data ?? new Float32Array(0);
    expectNear({ shape: [T, 4], data: rows.slice(0, T * 4) }, first["output"], TOLERANCE[target] ?? 0);
    expectNear({ shape: [2, 4], data: rows.slice(T * 4, T * 4 + 8) }, second["output"], TOLERANCE[target] ?? 0);
    expect(rows.slice(T * 4 + 8).every((value) => value === 0)).toBe(true);
    expectNear({ shape: [4], data: (h?.data ?? rows).slice(4, 8) }, second["state.h"], TOLERANCE[target] ?? 0);
    expect(Array.from((h?.data ?? rows).slice(8))).toEqual([0, 0, 0, 0]);
  });
});

describe.each(["tfjs-cpu", "tfjs-wasm"])("%s leaves no tensor behind", (target) => {
  const source = `use LSTM from "cells"
    model Sum(H = 3) {
      input x: seq [2]
      target y: seq []
      predict y from linear(LSTM(H)(x), out = [])
    }`;

  test("runs, ragged runs, streams, updates and errors hold no more than the first of them did; disposing frees all", async () => {
    await (await compile(source, { target })).run({ x });
    const model = await compile(source, { target });
    const stream = model.start({ batch: B });
    const trainer = await model.trainer();
    const y = numbers("y", [B, T]);
    const tensor = tf.tensor3d(Float32Array.from(x.data), [B, T, I]);
    const others = tf.memory().numTensors;
    const work = async (): Promise<number> => {
      await model.run({ x: tensor });
      await Promise.all([model.run({ x }), model.run({ x }, { lengths: { x: [5, 2, 1] } })]);
      for (let t = 0; t < 3; t++)
        stream.step({
          x: [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
        });
      await trainer.update({ x, y });
      await expect(model.run({ x: [[1, 2, 3]] })).rejects.toThrow("`x` is seq [2]");
      expect(() => stream.step({ x: [1, 2] })).toThrow("a batch of 3");
      return tf.memory().numTensors;
    };
    const after = await work();
    expect(after).toBeGreaterThan(others);
    expect(await work()).toBe(after);
    expect(await work()).toBe(after);
    expect(tensor.isDisposed).toBe(false);
    for (const each of [stream, trainer, model]) each.dispose();
    expect(tf.memory().numTensors).toBe(others);
    tensor.dispose();
  });

  test("tfjs' current backend does not change", async () => {
    for (const current of ["cpu", "wasm"]) {
      await tf.setBackend(current);
      await compiled(source, { target });
      expect(tf.getBackend()).toBe(current);
    }
  });

  test("writing frees what it used", async () => {
    const model = await compile('use CharLM from "models"', { target, set: { E: 3, H: 4 }, sizes: { V: 5 } });
    await model.generate({ prompt: [1], length: 2 });
    const before = tf.memory().numTensors;
    await model.generate({ prompt: [1, 2], length: 3 });
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});
