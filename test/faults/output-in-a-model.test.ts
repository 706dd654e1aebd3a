// `output` in a model: checked, and shown by `run` and by each step of a stream, on every target.
import { describe, expect, test } from "vitest";
import { compile, type NumberArray, type Results } from "../../src/index.ts";
import { TARGETS } from "../library/models.ts";

function plain(results: Results): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(results).map(([name, { shape, data }]: [string, NumberArray]) => [
      name,
      { shape: [...shape], data: [...data] },
    ]),
  );
}

const SUM = `model R {
  input  x: seq [2]
  target y: []
  e = 2 * x
  output e
  predict y from sum(sum(x), axis = 0)
}`;

/** Of each step, of the whole, of no example, delayed; a part of a cell; and an input that is the same at every step. */
const SEVERAL = `
cell Count(H) { input x; state n: [H]; twice = 2 * n; n = n[t-1] + x }
model S {
  input x: seq [2]
  input z: [2]
  e = 2 * x + z
  d = e[t-1]
  c = Count(2)(x)
  f = c.twice
  w = z * z
  k = range(2)
  output e, d
  output f, w, k
}`;

describe.each(TARGETS)("on %s", (target) => {
  test("run shows it beside the prediction", async () => {
    const model = await compile(SUM, { target });
    expect(
      plain(
        await model.run({
          x: [
            [1, 2],
            [3, 4],
          ],
        }),
      ),
    ).toEqual({
      y: { shape: [], data: [10] },
      e: { shape: [2, 2], data: [2, 4, 6, 8] },
    });
    model.dispose();
  });

  test("without a prediction, several of them: by run, by a ragged batch with padding 0, and by a stream", async () => {
    const model = await compile(SEVERAL, { target, model: "S" });
    const x = [
      [1, 2],
      [3, 4],
    ];
    const alone = { e: [12, 24, 16, 28], d: [0, 0, 12, 24], f: [2, 4, 8, 12], w: [100, 400], k: [0, 1] };
    const found = plain(await model.run({ x, z: [10, 20] }));
    for (const [name, data] of Object.entries(alone))
      expect(found, name).toMatchObject({ [name]: { shape: data.length === 2 ? [2] : [2, 2], data } });
    const ragged = await model.run(
      {
        x: [
          x,
          [
            [5, 6],
            [7, 7],
          ],
        ],
        z: [
          [10, 20],
          [1, 2],
        ],
      },
      { lengths: { x: [2, 1] } },
    );
    expect(plain(ragged)).toEqual({
      e: { shape: [2, 2, 2], data: [12, 24, 16, 28, 11, 14, 0, 0] },
      d: { shape: [2, 2, 2], data: [0, 0, 12, 24, 0, 0, 0, 0] },
      f: { shape: [2, 2, 2], data: [2, 4, 8, 12, 10, 12, 0, 0] },
      w: { shape: [2, 2], data: [100, 400, 1, 4] },
      k: { shape: [2, 2], data: [0, 1, 0, 1] },
    });
    const stream = model.start({ inputs: { z: [10, 20] } });
    expect(plain(stream.step({ x: [1, 2] }))).toMatchObject({
      e: { shape: [2], data: [12, 24] },
      d: { data: [0, 0] },
      f: { data: [2, 4] },
      w: { shape: [2], data: [100, 400] },
      k: { shape: [2], data: [0, 1] },
    });
    expect(plain(stream.step({ x: [3, 4] }))).toMatchObject({
      e: { data: [16, 28] },
      d: { data: [12, 24] },
      f: { data: [8, 12] },
    });
    model.dispose();
  });
});

test("a model that only shows values has nothing to train", async () => {
  const model = await compile("model M { input x: seq [2]; e = linear(x, out = 2); output e }");
  await expect(model.trainer()).rejects.toThrow("`M` has nothing to minimise");
});
