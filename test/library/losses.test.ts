// `predict … by NAME`: values by the formula over ragged rows, what is learned, and what `run` gives.
import { expect, onTestFinished, test } from "vitest";
import { compile, type CompiledModel } from "../../src/index.ts";

const spec = (by: string): string => `model M {
  input x: seq [2]
  target y: seq [2]
  predict y from linear(x, out = 2) ${by}
}`;

/** Three examples of different lengths. */
const ROWS = [2, 5, 3].map((steps, row) => ({
  x: Array.from({ length: steps }, (_, t) => [Math.sin(row + t), Math.cos(2 * t)]),
  y: Array.from({ length: steps }, (_, t) => [Math.sin(3 * row + t), t - row]),
}));

async function opened(text: string, target: string): Promise<CompiledModel> {
  const model = await compile(text, { target, seed: 4 });
  onTestFinished(() => model.dispose());
  return model;
}

const FORMULAS = [
  ["", (e: number) => e ** 2],
  ["by squared", (e: number) => e ** 2],
  ["by absolute", (e: number) => Math.abs(e)],
] as const;

for (const target of ["reference", "wasm"])
  test.each(FORMULAS)(`${target}, loss "%s": the mean over all real steps of the formula`, async (by, at) => {
    const model = await opened(spec(by), target);
    const errors: number[] = [];
    for (const { x, y } of ROWS) {
      const value = (await model.run({ x }))["y"];
      y.flat().forEach((right, index) => errors.push(at((value?.data[index] ?? NaN) - right)));
    }
    const { loss } = await model.evaluate({ data: ROWS });
    // float32 sums of 20 values of order 1
    expect(loss).toBeCloseTo(errors.reduce((sum, each) => sum + each, 0) / errors.length, 5);
  });

test("by absolute learns the median, by squared the mean", async () => {
  const data = [0, 0, 1, 1, 1, 2, 30].map((y) => ({ x: [1], y }));
  const text = (by: string): string => `model M {
    input x: [1]
    target y: []
    predict y from linear(x, out = []) by ${by}
  }`;
  const learned = async (by: string): Promise<number> => {
    const model = await opened(text(by), "wasm");
    const optimizer = { kind: "adam", lr: 0.05 } as const;
    await model.fit({ data, valid: false, epochs: 800, batch: 7, optimizer });
    return (await model.run({ x: [[1]] }))["y"]?.data[0] ?? NaN;
  };
  // Within a step of adam at its last rate, twice as two weights are added.
  expect(Math.abs((await learned("absolute")) - 1)).toBeLessThan(0.15);
  expect(Math.abs((await learned("squared")) - 5)).toBeLessThan(0.15);
});

test("a text is measured in bits a character too", async () => {
  const model = await compile('use CharLM from "models"', {
    set: { H: 4, E: 2 },
    texts: { V: "abc " },
    target: "wasm",
  });
  onTestFinished(() => model.dispose());
  const [measures] = (await model.evaluate({ data: "a b c a b c abc" })).predictions;
  expect(2 ** (measures?.bits ?? NaN)).toBeCloseTo(measures?.perplexity ?? NaN, 6);
});

test("by gaussian measures the shares within one and two deviations of the mean", async () => {
  const text = `model M {
    input x: seq [2]
    target y: seq [2]
    predict y from 0.5 * x by gaussian(0.75)
  }`;
  const model = await opened(text, "reference");
  const far = ROWS.flatMap(({ x, y }) =>
    y.flatMap((step, t) => step.map((value, k) => Math.abs(value - 0.5 * (x[t]?.[k] ?? NaN)) / 0.75)),
  );
  const share = (most: number): number => far.filter((each) => each <= most).length / far.length;
  const [measures] = (await model.evaluate({ data: ROWS })).predictions;
  expect(share(1)).toBeGreaterThan(0.2);
  expect(measures?.within).toEqual([expect.closeTo(share(1), 10), expect.closeTo(share(2), 10)]);
  expect(share(2)).toBeGreaterThan(share(1));
});
