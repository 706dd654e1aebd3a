// `encode`: rows as the arrays of one call give what `fit`, `predict` and `run` give for the same rows.
import { expect, test } from "vitest";
import { UserError, type CompiledModel, type DataRow } from "../../src/index.ts";
import { compiled } from "./models.ts";

async function weightsOf(model: CompiledModel): Promise<object> {
  return Object.fromEntries([...(await model.weights())].map(([name, { data }]) => [name, [...data]]));
}

const TRANSLATE = 'use Translate from "models"';
const OPTIONS = { set: { E: 4, H: 8 }, texts: { S: "abc", V: "xyz" }, seed: 3 };
/** In the order of their lengths, in which `fit` reads them too. */
const PAIRS: readonly DataRow[] = [
  { source: "a", output: "x" },
  { source: "ab", output: "xyz" },
  { source: "abcab", output: "zyx" },
];

test("tokens of two sequences: an update of the arrays is the update that `fit` makes of the rows, bit by bit", async () => {
  const [byRows, byArrays] = [await compiled(TRANSLATE, OPTIONS), await compiled(TRANSLATE, OPTIONS)];
  const { arrays, lengths } = await byArrays.encode(PAIRS);
  expect(lengths).toEqual({ source: Int32Array.of(1, 2, 5), output: Int32Array.of(2, 4, 4) });
  const { end } = byArrays.vocabulary("output");
  expect(arrays["source"]).toEqual({
    shape: [3, 5],
    data: Int32Array.from([0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 0, 1]),
  });
  expect(arrays["output"]).toMatchObject({
    shape: [3, 4],
    data: Int32Array.of(0, end ?? -1, 0, 0, 0, 1, 2, end ?? -1, 2, 1, 0, end ?? -1),
  });
  await byRows.fit({ data: PAIRS, valid: false, batch: 3, updates: 1 });
  const trainer = await byArrays.trainer();
  await trainer.update(arrays, { lengths });
  trainer.dispose();
  expect(await weightsOf(byArrays)).toEqual(await weightsOf(byRows));
});

const SERIES = `use GRU from "cells"
  model Series(H = 4) {
    input x: seq [2]
    input bias: []
    target y: seq []
    target kind: label[2]
    h = GRU(H)(x)
    predict y from linear(h, out = []) + bias
    predict kind from linear(last(h), out = 2)
  }`;
const WALKS = [
  { x: [[1, 2]], bias: 1, y: [0.5], kind: "odd" },
  {
    x: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    bias: 2,
    y: [1, null, 3],
    kind: null,
  },
  { x: [Float32Array.of(7, 8), [9, 10]], bias: 3, y: [2, 4], kind: "even" },
];

test("numbers of different lengths: padding, order, and `null` where a target has no value", async () => {
  const model = await compiled(SERIES, { texts: { kind: ["odd", "even"] }, seed: 1 });
  const { arrays, lengths } = await model.encode(WALKS);
  expect(lengths).toEqual({ x: Int32Array.of(1, 3, 2), y: Int32Array.of(1, 3, 2) });
  expect(arrays["x"]).toEqual({
    shape: [3, 3, 2],
    data: Float32Array.of(1, 2, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0),
  });
  expect(arrays["bias"]).toEqual({ shape: [3], data: Float32Array.of(1, 2, 3) });
  expect(arrays["y"]).toEqual([
    [0.5, 0, 0],
    [1, null, 3],
    [2, 4, 0],
  ]);
  expect(arrays["kind"]).toEqual([1, null, 0]);
  const { loss } = await model.gradients(arrays, { lengths });
  expect(loss).toBeCloseTo((await model.evaluate({ data: WALKS })).loss, 5);
});

test("`null` for the only row, and for a value with an axis of its own", async () => {
  const model = await compiled(
    `model Pairs(H = 2) {
       input x: seq [1]
       target y: seq [2]
       target z: []
       predict y from linear(x, out = 2)
       predict z from linear(last(x), out = [])
     }`,
  );
  const { arrays, lengths } = await model.encode([{ x: [[1], [2]], y: [null, [3, 4]], z: null }]);
  expect(arrays["y"]).toEqual([[null, [3, 4]]]);
  expect(arrays["z"]).toEqual([null]);
  const { inputs } = await model.gradients(arrays, { lengths });
  expect([...(inputs["y"]?.data ?? [])].map((each) => each === 0)).toEqual([true, true, false, false]);
});

test("`run` takes the arrays of rows with and without targets, and gives what `predict` gives", async () => {
  const model = await compiled(SERIES, { texts: { kind: ["odd", "even"] }, seed: 1 });
  const bare = WALKS.map(({ x, bias }) => ({ x, bias }));
  const { arrays, lengths } = await model.encode(bare);
  expect(Object.keys(arrays)).toEqual(["x", "bias"]);
  const results = await model.run(arrays, { lengths });
  const whole = await model.encode(WALKS);
  expect(await model.run(whole.arrays, { lengths: whole.lengths })).toEqual(results);
  const predicted = await model.predict(bare);
  const kinds = model.vocabulary("kind").decodeEach(results["kind"]?.data ?? []);
  expect(kinds).toEqual(predicted.map(({ kind }) => kind));
});

test("a part of a running text, which has no end token", async () => {
  const model = await compiled('use CharLM from "models"', { set: { E: 3, H: 4 }, texts: { V: "call me" } });
  const { arrays, lengths } = await model.encode([{ text: "meal" }]);
  const ids = model.vocabulary("text").encode("meal");
  expect(arrays["text"]).toEqual({ shape: [1, 4], data: Int32Array.from(ids) });
  expect([...(lengths["text"] ?? [])]).toEqual([4]);
});

test("rows that do not fit are refused, and change nothing", async () => {
  const model = await compiled(SERIES, { texts: { kind: ["odd", "even"] } });
  const refused: readonly [unknown, string][] = [
    ["some text", '`rows` must be an array of rows, but "some text" was given'],
    [[], "there are no rows in this array"],
    [[{ x: [[1, 2]] }], "`bias` is missing"],
    [[...WALKS, { x: [[1, 2]], bias: 1 }], "rows[3]: `y` is missing"],
    [[{ ...WALKS[0], kind: "even or odd" }], 'the label "even or odd" does not occur in the training data'],
  ];
  for (const [rows, message] of refused) {
    const encoded: Promise<unknown> = Reflect.apply(model.encode, model, [rows]);
    const problem: unknown = await encoded.catch((reason: unknown) => reason);
    expect(problem).toBeInstanceOf(UserError);
    expect(String(problem)).toContain(message);
  }
  const untrained = await compiled(SERIES);
  await expect(untrained.encode(WALKS)).rejects.toThrow("the vocabulary of `kind` is not known");
});
