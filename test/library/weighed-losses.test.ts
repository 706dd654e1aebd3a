// Losses with weights and sums through the library: measures over several batches, targets that are missing, windows, and what is written.
import { expect, onTestFinished, test } from "vitest";
import { compile, type CompiledModel } from "../../src/index.ts";

async function opened(text: string, target = "wasm"): Promise<CompiledModel> {
  const model = await compile(text, { target, seed: 4 });
  onTestFinished(() => model.dispose());
  return model;
}

const STEPS = [2, 5, 3, 4];
const TAGS = STEPS.map((steps, row) => ({
  x: Array.from({ length: steps }, (_, t) => [Math.sin(row + t), Math.cos(2 * t)]),
  m: Array.from({ length: steps }, (_, t) => (t + row) % 3),
  k: Array.from({ length: steps }, (_, t) => (t * t + row) % 4),
}));

const tags = (rest: string): string => `model M {
  input x: seq [2]
  input m: seq []
  target k: seq token[4]
  predict k from linear(x, out = 4) ${rest}
}`;

/** -log p of the target at each step of each row. */
async function entropies(model: CompiledModel): Promise<readonly (readonly number[])[]> {
  const found: number[][] = [];
  for (const { x, m, k } of TAGS) {
    const logits = (await model.run({ x, m }))["k.logits"]?.data ?? [];
    found.push(
      k.map((right, t) => {
        const own = Array.from(logits).slice(4 * t, 4 * t + 4);
        return Math.log(own.reduce((sum, each) => sum + Math.exp(each), 0)) - (own[right] ?? NaN);
      }),
    );
  }
  return found;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

test.each([1, 3, 4])(
  "in batches of %d: a weighted mean is over all rows, and accuracy counts weighed steps once",
  async (batch) => {
    const model = await opened(tags("weight = m"));
    const each = await entropies(model);
    const weights = TAGS.map(({ m }) => m);
    const total = sum(each.flatMap((row, index) => row.map((value, t) => value * (weights[index]?.[t] ?? NaN))));
    const counted = each.flatMap((row, index) => row.filter((_, t) => weights[index]?.[t] !== 0));
    const { loss, predictions } = await model.evaluate({ data: TAGS, batch });
    // float32 sums of a dozen values of order 1
    expect(loss).toBeCloseTo(total / sum(weights.flat()), 5);
    expect(predictions[0]?.count).toBe(counted.length);
    expect(predictions[0]?.perplexity).toBeCloseTo(Math.exp(sum(counted) / counted.length), 4);
  },
);

test.each([1, 3, 4])(
  "in batches of %d: `reduce = sum` is the mean over rows of the sums of their steps",
  async (batch) => {
    const model = await opened(tags("reduce = sum"));
    const each = await entropies(model);
    const { loss, predictions } = await model.evaluate({ data: TAGS, batch });
    expect(loss).toBeCloseTo(sum(each.flat()) / TAGS.length, 4);
    expect(predictions[0]?.perplexity).toBeCloseTo(Math.exp(sum(each.flat()) / sum(STEPS)), 4);
  },
);

test("smoothing changes the loss, and not the perplexity", async () => {
  const [plain, smoothed] = [
    await opened(tags("weight = m")),
    await opened(tags("by cross(smoothing = 0.3) weight = m")),
  ];
  const [a, b] = [await plain.evaluate({ data: TAGS }), await smoothed.evaluate({ data: TAGS })];
  expect(a.loss).not.toBeCloseTo(b.loss, 3);
  expect(b.predictions[0]?.perplexity).toBeCloseTo(a.predictions[0]?.perplexity ?? NaN, 6);
});

test("a step whose target is null does not count, although the weight reads the target", async () => {
  const text = `model M {
    input x: seq [2]
    target k: seq token[4]
    param c: [4] ~ uniform(1, 2)
    predict k from linear(x, out = 4) weight = lookup(c, k)
  }`;
  const model = await opened(text);
  const lacking = TAGS.map(({ x, k }) => ({ x, k: k.map((each, t) => (t === 1 ? null : each)) }));
  const without = TAGS.map(({ x, k }) => ({ x: x.filter((_, t) => t !== 1), k: k.filter((_, t) => t !== 1) }));
  const { loss } = await model.evaluate({ data: lacking });
  expect(loss).toBeCloseTo((await model.evaluate({ data: without })).loss, 6);
  expect(loss).not.toBeCloseTo((await model.evaluate({ data: TAGS })).loss, 3);
});

test("windows that overlap read the weights of their new steps", async () => {
  const rows = TAGS.slice(1, 2);
  const model = await opened(tags("weight = m"), "reference");
  const [row] = rows;
  const each = (await entropies(model))[1] ?? [];
  const trainer = await model.trainer({ optimizer: { kind: "sgd", lr: 0 }, k1: 2, k2: 4 });
  onTestFinished(() => trainer.dispose());
  const { loss } = await trainer.update({ x: row?.x ?? [], m: row?.m ?? [], k: row?.k ?? [] });
  const windows = [
    [0, 2],
    [2, 4],
    [4, 5],
  ].map(([from = 0, to = 0]) => {
    const weights = row?.m.slice(from, to) ?? [];
    const total = sum(weights);
    const mean = total === 0 ? 0 : sum(weights.map((weight, t) => weight * (each[from + t] ?? NaN))) / total;
    return mean * ((to - from) / 5);
  });
  expect(loss).toBeCloseTo(sum(windows), 9);
});

test("a target below 0 is refused before an update by poisson", async () => {
  const model = await opened(`model M {
    input x: [2]
    target y: []
    predict y from linear(x, out = []) by poisson
  }`);
  const said = "`y` is predicted `by poisson`, so its values are at least 0, but `y[1]` is -1";
  const trainer = await model.trainer();
  onTestFinished(() => trainer.dispose());
  await expect(
    trainer.update({
      x: [
        [1, 2],
        [3, 4],
      ],
      y: [1, -1],
    }),
  ).rejects.toThrow(said);
  await expect(model.evaluate({ data: [{ x: [1, 2], y: -1 }] })).rejects.toThrow("a number at least 0");
});

test("what is written by gaussian spreads by `sd` around the mean, and is the mean at temperature 0", async () => {
  const text = `model M {
    input z: seq []
    target y: seq [2]
    predict y from 0.5 * y[t-1] + concat(z, z) by gaussian(0.25)
  }`;
  const model = await opened(text, "reference");
  const z = Array.from({ length: 4000 }, () => 1);
  const at = async (temperature: number): Promise<readonly number[]> => {
    const [row] = await model.generate({ inputs: { z: [z] }, length: 4000, temperature });
    return Array.from(row?.["y"]?.data ?? []);
  };
  // y = 1 / (1 - 0.5), from 0
  expect((await at(0)).at(-1)).toBeCloseTo(2, 6);
  const values = (await at(1)).slice(100);
  const mean = sum(values) / values.length;
  const deviation = Math.sqrt(sum(values.map((each) => (each - mean) ** 2)) / values.length);
  // An autoregressive process has the deviation sd / sqrt(1 - 0.5²); 5 standard errors of 7,900 correlated draws are 0.03.
  expect(Math.abs(mean - 2)).toBeLessThan(0.03);
  expect(Math.abs(deviation - 0.25 / Math.sqrt(0.75))).toBeLessThan(0.03);
});
