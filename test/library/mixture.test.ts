// `by mixture(k)`: the loss by its formula in float64 over ragged rows, gradients against central differences, the mean that `run` gives,
// and two branches of data that one mean would mix up.
import { describe, expect, test } from "vitest";
import { expectGradient } from "../support/differences.ts";
import { programFrom } from "../support/specs.ts";
import { compiled, TARGETS } from "./models.ts";

const K = 3;
const spec = (size: number | null): string => `model M {
  input x: seq [2]
  target y: seq [${size ?? ""}]
  E = linear(x, out = [${K}, ${2 * (size ?? 1) + 1}], init = normal(1), bias = normal(1))
  output E
  predict y from E by mixture(${K})
}
`;

/** -log Σ p N(y; m, s) / n, and the mean Σ p m, from the rows of one step. */
function byHand(
  rows: readonly number[],
  y: readonly number[],
): { readonly loss: number; readonly mean: readonly number[] } {
  const n = y.length;
  const width = 2 * n + 1;
  const row = (component: number): readonly number[] => rows.slice(component * width, (component + 1) * width);
  const weights = Array.from({ length: K }, (_, component) => Math.exp(row(component)[0] ?? NaN));
  const total = weights.reduce((sum, each) => sum + each, 0);
  let density = 0;
  const mean = y.map(() => 0);
  weights.forEach((weight, component) => {
    let product = weight / total;
    y.forEach((value, i) => {
      const [m = NaN, s = NaN] = [row(component)[1 + i], Math.exp(row(component)[1 + n + i] ?? NaN)];
      product *= Math.exp(-0.5 * ((value - m) / s) ** 2) / (s * Math.sqrt(2 * Math.PI));
      mean[i] = (mean[i] ?? 0) + (weight / total) * m;
    });
    density += product;
  });
  return { loss: -Math.log(density) / n, mean };
}

const rowsOf = (size: number | null) =>
  [2, 5, 3].map((steps, row) => ({
    x: Array.from({ length: steps }, (_, t) => [Math.sin(row + t), Math.cos(2 * t)].map(Math.fround)),
    y: Array.from({ length: steps }, (_, t) => {
      const values = [Math.sin(3 * row + t), 0.5 * (t - row)].map(Math.fround);
      return size === null ? (values[0] ?? 0) : values;
    }),
  }));

describe.each([
  ["a number", null],
  ["a vector", 2],
] as const)("%s", (_, size) => {
  test.each(TARGETS)("%s: the loss and the mean are the formula's, of rows of different lengths", async (target) => {
    const model = await compiled(spec(size), { target, seed: 4 });
    const rows = rowsOf(size);
    let [sum, count] = [0, 0];
    for (const { x, y } of rows) {
      const { E, y: mean } = await model.run({ x });
      const width = (E?.data.length ?? 0) / x.length;
      y.forEach((value, t) => {
        const right = typeof value === "number" ? [value] : value;
        const expected = byHand([...(E?.data.slice(t * width, (t + 1) * width) ?? [])], right);
        sum += expected.loss;
        count += 1;
        expected.mean.forEach((each, i) =>
          expect(mean?.data[t * right.length + i]).toBeCloseTo(each, target === "reference" ? 10 : 5),
        );
      });
    }
    // float32: sums of ten values of order 1
    expect((await model.evaluate({ data: rows })).loss).toBeCloseTo(sum / count, target === "reference" ? 10 : 5);
  });

  test("gradients are those of central differences, ragged too", () => {
    for (const ragged of [false, true])
      expectGradient(programFrom(spec(size), { ragged, training: false, states: "initial" }), ["loss"]);
  });
});

test("two branches are learned as two, which one mean would mix up", { timeout: 60_000 }, async () => {
  const model = await compiled(
    `model M {
      input x: [1]
      target y: []
      predict y from linear(tanh(linear(x, out = 8)), out = [2, 3]) by mixture(2)
    }`,
    { target: "wasm", seed: 2 },
  );
  const data = Array.from({ length: 200 }, (_, i) => {
    const x = (i % 20) / 10 - 1;
    return { x: [x], y: (i % 2 === 0 ? 1 : -1) * (2 + x) };
  });
  await model.fit({ data, valid: false, epochs: 150, batch: 40, optimizer: { kind: "adam", lr: 0.02 } });
  const { loss } = await model.evaluate({ data });
  // One normal distribution of each x has at best log(2 + x) + 1.42 on average; two narrow ones have far less.
  expect(loss).toBeLessThan(0.3);
});
