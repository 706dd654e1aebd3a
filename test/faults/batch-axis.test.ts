// Results are `[B, T, …]` or `[B, …]`, even if they do not depend on the batch, and so are gradients.
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { compiled, TARGETS } from "../library/models.ts";

const CELL = `cell C {
  input x: [2]
  state h: [2]
  state k: [2]
  param p: [2] ~ constant(0.5)
  h = x
  k = p
  y = 2 * p
  output y, k
}`;
const NUMBER = "model M { input x: seq [1]; target y: [2]; param p: [2] ~ constant(0.5); predict y from p }";
const SCALAR = "model M { input x: seq [1]; target y: []; param p: [] ~ constant(0.5); predict y from 3 * p }";
const BINARY = "model M { input x: seq [1]; target y: []; param p: [] ~ zeros; predict y from p by binary }";
const LABEL =
  "model M { input x: seq [1]; target y: token[3]; param p: [3] ~ constant(0.5); predict y from p * range(3) }";
/** A sequence without a batch of its own. */
const CONSTANT = `
cell Constant(V) {
  input x: [V]
  param p: [V] ~ constant(0.5)
  y = p * range(V)
  output y
}`;
const TEXT = `model M {
  input text: seq token[3]
  h = Constant(3)(onehot(text))
  predict text[t+1] from h
}${CONSTANT}`;
const ROWS = `model M {
  input s: seq [1]
  target y: seq token[3]
  h = Constant(3)(onehot(y[t-1]))
  predict y from h
  minimize mean(sum(square(s)))
}${CONSTANT}`;

const [B, T] = [2, 4];
const x = (size: number): readonly (readonly (readonly number[])[])[] =>
  Array.from({ length: B }, () => Array.from({ length: T }, () => Array.from({ length: size }, (_, i) => i + 1)));

const all = (
  shape: readonly number[],
  value: number,
): { readonly shape: readonly number[]; readonly data: number[] } => ({
  shape,
  data: Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => value),
});

function plain(
  results: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>>,
): object {
  return Object.fromEntries(
    Object.entries(results).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }]),
  );
}

describe.each(TARGETS)("%s", (target) => {
  test("a cell: its outputs, its last states, its steps", async () => {
    const cell = await compiled(CELL, { target });
    const states = { "state.h": { shape: [B, 2], data: [1, 2, 1, 2] }, "state.k": all([B, 2], 0.5) };
    const outputs = { output: all([B, T, 2], 1), y: all([B, T, 2], 1), k: all([B, T, 2], 0.5) };
    expect(plain(await cell.run({ x: x(2) }))).toEqual({ ...outputs, ...states });
    const ragged = await cell.run({ x: x(2) }, { lengths: { x: [T, 2] } });
    expect(ragged["output"]?.shape).toEqual([B, T, 2]);
    const stream = cell.start({ batch: B });
    const step = { output: all([B, 2], 1), y: all([B, 2], 1), k: all([B, 2], 0.5) };
    expect(
      plain(
        stream.step({
          x: [
            [1, 2],
            [1, 2],
          ],
        }),
      ),
    ).toEqual(step);
    stream.dispose();
    const alone = cell.start();
    expect(plain({ output: alone.step({ x: [1, 2] })["output"] ?? all([], NaN) })).toEqual({ output: all([2], 1) });
    alone.dispose();
  });

  test("a model: numbers, a scalar, probabilities, labels and their logits", async () => {
    const run = async (source: string): Promise<object> =>
      plain(await (await compiled(source, { target })).run({ x: x(1) }));
    expect(await run(NUMBER)).toEqual({ y: all([B, 2], 0.5) });
    expect(await run(SCALAR)).toEqual({ y: all([B], 1.5) });
    expect(await run(BINARY)).toEqual({ y: all([B], 0.5), "y.logits": all([B], 0) });
    expect(await run(LABEL)).toEqual({ y: all([B], 2), "y.logits": { shape: [B, 3], data: [0, 0.5, 1, 0, 0.5, 1] } });
  });

  test("a model of text: logits and steps", async () => {
    const model = await compiled(TEXT, { target });
    const text = Array.from({ length: B }, () => [0, 1, 2, 1]);
    const { text: likeliest, "text.logits": logits } = await model.run({ text });
    expect(likeliest?.shape).toEqual([B, T]);
    expect(logits?.shape).toEqual([B, T, 3]);
    const stream = model.start({ batch: B });
    expect(stream.step({ text: [0, 1] })["text.logits"]?.shape).toEqual([B, 3]);
    stream.dispose();
  });

  test("a model that writes from inputs: each of a batch", async () => {
    const model = await compiled(ROWS, { target });
    const written = await model.generate({ inputs: { s: x(1) }, length: 3, temperature: 0 });
    expect(written.map((each) => Array.from(each["y"]?.data ?? []))).toEqual([
      [2, 2, 2],
      [2, 2, 2],
    ]);
  });
});

describe("onTfjs", () => {
  beforeAll(() => tf.setBackend("cpu"));

  test("outputs and last states, and the gradient by what they are made of", async () => {
    const cell = await compiled(CELL, { target: "reference", sizes: {} });
    const layer = await cell.onTfjs(tf);
    const given = tf.tensor(x(2));
    const { output, "state.k": k } = layer.apply({ x: given });
    expect([output?.shape, k?.shape]).toEqual([
      [B, T, 2],
      [B, 2],
    ]);
    const { grads } = tf.variableGrads(() => {
      const results = layer.apply({ x: given });
      return tf.add(results["output"]?.sum() ?? expect.fail("no output"), results["state.k"]?.sum() ?? 0).asScalar();
    });
    const [byP] = Object.values(grads);
    // 2 a step and example, and 1 an example for the last state.
    expect(Array.from(byP?.dataSync() ?? [])).toEqual([2 * B * T + B, 2 * B * T + B]);
    layer.dispose();
  });
});
