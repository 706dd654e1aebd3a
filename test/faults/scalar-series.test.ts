// A scalar counts as `[1]` where a cell reads a vector, in its memories, and in `concat`: as it does in `linear`.
import { describe, expect, test } from "vitest";
import { compile, type Results } from "../../src/index.ts";
import { TARGETS } from "../library/models.ts";

function plain(results: Results): unknown {
  return Object.fromEntries(
    Object.entries(results).map(([name, { shape, data }]) => [name, { shape: [...shape], data: [...data] }]),
  );
}

const CELL = `
cell Reader(H) {
  input x
  memory m: seq [K]
  state h: [H]
  a = softmax(m @ linear(h[t-1], out = K))
  h = tanh(linear(x, a @ m, h[t-1]))
}`;

function series(vector: (scalar: string) => string): string {
  return `use GRU from "cells"${CELL}
model Ts(H = 3) {
  input open: seq []
  input close: seq []
  h = GRU(H)(concat(${vector("open")}, ${vector("close")}))
  g = GRU(H)(${vector("close")})
  r = Reader(H)(${vector("close")}, m = ${vector("open")})
  k = concat(${vector("3")}, ${vector("close")}, h)
  one = concat(${vector("close")})
  output h, g, r, k, one
  predict close[t+1] from linear(h, g, r, out = [])
}`;
}

describe.each(TARGETS)("on %s", (target) => {
  test("the same as with reshape(…, [1]): values and updates, ragged", async () => {
    const inputs = {
      open: [
        [1, 2, 3],
        [4, 5, 0],
      ],
      close: [
        [0.5, 1.5, -1],
        [2, -2, 0],
      ],
    };
    const lengths = { open: [3, 2], close: [3, 2] };
    const found = [];
    for (const source of [series((scalar) => scalar), series((scalar) => `reshape(${scalar}, [1])`)]) {
      const model = await compile(source, { target, model: "Ts", seed: 1 });
      const before = plain(await model.run(inputs, { lengths }));
      const trainer = await model.trainer();
      const { loss } = await trainer.update(inputs, { lengths });
      found.push({ before, loss, weights: [...(await model.weights())].map(([name, { data }]) => [name, [...data]]) });
      trainer.dispose();
      model.dispose();
    }
    expect(found[0]).toEqual(found[1]);
  });
});

test("a vector of another declared size is still an error", async () => {
  const text =
    "cell C(H) { input x: [H]; state h: [H]; h = x }\nmodel R(H = 4) { input x: seq []; h = C(H)(x); output h }";
  await expect(compile(text, { model: "R" })).rejects.toThrow("`x` is declared as [4], but this is seq []");
});
