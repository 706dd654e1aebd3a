// `predict` for every kind of model: for each row, for each step of a text, for what follows a series, and for what is written.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dataFile, type PredictedRow } from "../../src/index.ts";
import { temporaryFolder } from "../support/command.ts";
import { compiled, TARGETS } from "./models.ts";

const CHARS = `use LSTM from "cells"
model Chars(H = 6, E = 4) {
  input text: seq char[V]
  predict text[t+1] from linear(LSTM(H)(embed(text, E)), out = V)
}`;
const BOOK = "the whale, and the sea, and the ship that sails it. ".repeat(4);

describe.each(TARGETS)("on %s", (target) => {
  test("what follows each step of a series, ragged", async () => {
    const model = await compiled("model M { input x: seq []; predict x[t+1] from 0.5 * x + 0.5 * x[t-1] }", { target });
    expect(await model.predict([{ x: [1, 1.5, 1.25] }, { x: [4] }, { x: [2, 2] }])).toEqual([
      { x: [0.5, 1.25, 1.375] },
      { x: [2] },
      { x: [1, 2] },
    ]);
  });

  test("numbers keep the form of the rows: a number, `[1]`, `[2, 2]`", async () => {
    const model = await compiled(
      `model M {
        input x: []
        target a: []
        target b: [1]
        target c: [2, 2]
        predict a from 2 * x
        predict b from reshape(3 * x, [1])
        predict c from outer(concat(x, 2 * x), concat(x, 0))
      }`,
      { target },
    );
    expect(await model.predict([{ x: 1 }, { x: 2 }])).toEqual([
      { a: 2, b: [3], c: [[1, 0], [2, 0]] }, // prettier-ignore
      { a: 4, b: [6], c: [[4, 0], [8, 0]] }, // prettier-ignore
    ]);
  });

  test("a model that reads its own predictions writes: as many numbers as are asked for", async () => {
    const model = await compiled("model W { input start: []; target y: seq []; predict y from 0.5 * y[t-1] + start }", {
      target,
    });
    expect(await model.predict([{ start: 1 }, { start: 2 }], { length: 3 })).toEqual([
      { y: [1, 1.5, 1.75] },
      { y: [2, 3, 3.5] },
    ]);
  });

  test("after each symbol of a text: the likeliest symbols of one run over the whole text", async () => {
    const model = await compiled(CHARS, { target, texts: { V: BOOK }, seed: 3 });
    const text = BOOK.slice(0, 150);
    const vocabulary = model.vocabulary("text");
    const { text: likeliest } = await model.run({ text: vocabulary.encode(text) });
    const found = await model.predict(text);
    expect(found).toHaveLength(150);
    expect(found.map((each) => each["text"]).join("")).toBe(vocabulary.decode(likeliest?.data ?? []));
  });
});

test("a text in a file is read piece by piece, as one in memory", async () => {
  const model = await compiled(CHARS, { target: "wasm", texts: { V: BOOK }, seed: 3 });
  const path = join(temporaryFolder(), "book.txt");
  writeFileSync(path, BOOK);
  const found: PredictedRow[] = [];
  for await (const each of model.predictEach(dataFile(path))) found.push(each);
  expect(found).toEqual(await model.predict(BOOK));
});

test("the greatest number of steps is for a model that writes", async () => {
  const model = await compiled("model M { input x: seq []; predict x[t+1] from 0.5 * x }", { target: "wasm" });
  await expect(model.predict([{ x: [1] }], { length: 3 })).rejects.toThrow(
    "`length` is for a model that writes, but `M` does not read its own predictions",
  );
});

test("a model that has only outputs gives them for each row; it has nothing to learn or to measure", async () => {
  const model = await compiled("model M { input x: seq [2]; s = x * 2; output s }", { target: "wasm" });
  const rows = [
    {
      x: [
        [1, 2],
        [3, 4],
      ],
    },
  ];
  expect(await model.predict(rows)).toEqual([
    {
      s: [
        [2, 4],
        [6, 8],
      ],
    },
  ]);
  for (const asked of [model.fit({ data: rows, epochs: 1 }), model.evaluate({ data: rows })])
    await expect(asked).rejects.toThrow("`M` predicts nothing: say what, as in `predict text[t+1] from …`");
});
