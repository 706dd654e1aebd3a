// `every`, `pairs` and `conv`: values by hand, what data must fit, rows of data, streams' refusals, and a model that predicts through them.
import { describe, expect, onTestFinished, test } from "vitest";
import { compile, type CompiledModel } from "../../src/index.ts";
import { evaluate, expectNear } from "../support/evaluate.ts";

async function opened(text: string, target = "wasm"): Promise<CompiledModel> {
  const model = await compile(text, { target, seed: 4 });
  onTestFinished(() => model.dispose());
  return model;
}

const model = (value: string): string =>
  `model M { input x: seq []; target y: seq [1]; v = ${value}; output v; predict y from linear(x, out = 1) }`;

describe("values, also of examples that end earlier", () => {
  test.each([
    [
      "every(x, 2)",
      [
        [1, 3, 5],
        [6, 8],
      ],
    ],
    ["every(every(x, 2), 2)", [[1, 5], [6]]],
    ["every(x, 3)", [[1, 4], [6]]],
    [
      "every(x, 1)",
      [
        [1, 2, 3, 4, 5],
        [6, 7, 8],
      ],
    ],
    [
      "every(x[t+1], 2)",
      [
        [2, 4, 0],
        [7, 0],
      ],
    ],
    [
      "pairs(x)",
      [
        [
          [1, 2],
          [3, 4],
          [5, 0],
        ],
        [
          [6, 7],
          [8, 0],
        ],
      ],
    ],
    [
      "pairs(pairs(x))",
      [
        [
          [1, 2, 3, 4],
          [5, 0, 0, 0],
        ],
        [[6, 7, 8, 0]],
      ],
    ],
    [
      "cumsum(every(x, 2), axis = time)",
      [
        [1, 4, 9],
        [6, 14],
      ],
    ],
    [
      "pairs(x) + pairs(x[t-1])",
      [
        [
          [1, 3],
          [5, 7],
          [9, 0],
        ],
        [
          [6, 13],
          [15, 0],
        ],
      ],
    ],
  ])("%s", (value, expected) => {
    const found = evaluate(model(value), {
      inputs: {
        x: [
          [1, 2, 3, 4, 5],
          [6, 7, 8],
        ],
        y: [
          [[0], [0], [0], [0], [0]],
          [[0], [0], [0]],
        ],
      },
    });
    expectNear(found["value.v"] ?? [], expected);
  });

  test.each([
    ["conv(x, 2, out = 1)", [[1 * 20 + 3], [1 * 10 + 2 * 20 + 3], [2 * 10 + 3 * 20 + 3]]],
    ["conv(x, 2, out = 1, dilation = 2)", [[20 + 3], [40 + 3], [1 * 10 + 3 * 20 + 3]]],
    ["conv(x, 2, out = 1, stride = 2)", [[23], [2 * 10 + 3 * 20 + 3]]],
  ])("%s", (value, expected) => {
    const found = evaluate(model(value), {
      inputs: { x: [[1, 2, 3], [1]], y: [[[0], [0], [0]], [[0]]] },
      params: { "v.x": [[10, 20]], "v.b": [3] },
    });
    expectNear(found["value.v"]?.[0] ?? [], expected);
  });

  test("along an axis the window is centred, and zeros stand outside", () => {
    const found = evaluate("cell C { input x: [4]; y = conv(x, 3, out = 1, axis = 0, bias = false); output y }", {
      inputs: { x: [[[1, 2, 3, 4]]] },
      params: { "cell.y.x": [[1, 10, 100]] },
    });
    expectNear(found["output"]?.[0] ?? [], [[[210], [321], [432], [43]]]);
  });
});

const HALF = `model Half(H = 4) {
  input x: seq [2]
  target y: seq []
  h = pairs(x)
  predict y from sum(tanh(linear(h, out = H)), axis = -1)
}`;

const rowOf = (steps: number, row: number): { readonly x: number[][]; readonly y: number[] } => ({
  x: Array.from({ length: steps }, (_, t) => [Math.sin(row + t), Math.cos(2 * t + row)]),
  y: Array.from({ length: Math.ceil(steps / 2) }, (_, t) => Math.sin(row + 2 * t) / 2),
});

describe("a target of half as many steps", () => {
  test("is learnt from rows of many lengths; each row is predicted as it is alone", async () => {
    const half = await opened(HALF);
    const rows = Array.from({ length: 40 }, (_, row) => rowOf(1 + ((7 * row) % 23), row));
    const { loss: before } = await half.evaluate({ data: rows, batch: 8 });
    await half.fit({ data: rows, epochs: 20, batch: 8, optimizer: { kind: "adam", lr: 0.02 } });
    const { loss: after } = await half.evaluate({ data: rows, batch: 8 });
    expect(after).toBeLessThan(before / 4);
    const predicted = await half.predict(rows, { batch: 8 });
    for (const [index, { x }] of rows.entries()) {
      const alone = (await half.run({ x }))["y"]?.data ?? [];
      const found: unknown = Reflect.get(predicted[index] ?? {}, "y");
      expect(Array.isArray(found) ? found.length : 0).toBe(Math.ceil(x.length / 2));
      expect(found).toEqual(Array.from(alone, (each: number): unknown => expect.closeTo(each, 5)));
    }
  });

  test("a batch with another number of steps is refused", async () => {
    const half = await opened(HALF);
    const { x, y } = rowOf(5, 1);
    const trainer = await half.trainer({});
    await expect(trainer.update({ x, y: y.slice(1) })).rejects.toThrow(
      "`y` has 2 steps, but `x` has 5: one for each 2 of them is 3",
    );
    const rows = [
      { x, y },
      { x, y: [...y, 0] },
    ];
    await expect(half.fit({ data: rows, epochs: 1 })).rejects.toThrow(
      "`y` has 4 steps, but `x` has 5: one for each 2 of them is 3",
    );
  });
});

test("a model that predicts the next character may read it through a convolution, and writes as it was trained", async () => {
  const text = await opened(`model Text(H = 8) {
    input text: seq char[V]
    e = embed(text, H)
    h = tanh(conv(e, 3, out = H))
    predict text[t+1] from linear(h, conv(h, 2, out = H, dilation = 2), out = V)
  }`);
  await text.fit({ data: "abcabcabc abcabc ".repeat(40), epochs: 20, batch: 4, optimizer: { kind: "adam", lr: 0.03 } });
  const [written] = await text.generate({ prompt: "abca", length: 5, temperature: 0 });
  const ids = [...(written?.["text"]?.data ?? [])];
  expect(text.vocabulary("text").decode(ids)).toMatch(/^bc/);
});
