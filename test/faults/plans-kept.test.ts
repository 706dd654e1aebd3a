// Plans are reused: by later batches of the same sizes, and by every stream and every text of one model. Their memory is bounded.
// The tests count plans, because no test measures time.
import { describe, expect, test, vi } from "vitest";
import { compile } from "../../src/index.ts";
import { keptBySizes, PLANS_BYTES } from "../../src/targets/inputs.ts";
import { listsFor } from "../../src/lists/layout.ts";

vi.mock("../../src/lists/layout.ts", { spy: true });

/** How many plans of the target wasm `act` makes. */
async function plansOf(act: () => Promise<void> | void): Promise<number> {
  const before = vi.mocked(listsFor).mock.calls.length;
  await act();
  return vi.mocked(listsFor).mock.calls.length - before;
}

describe("plans by sizes", () => {
  const sizes = (T: number): ReadonlyMap<string, number> => new Map([["T", T]]);

  test("the latest plans stay as long as their bytes fit, in any number; the very latest always stays", () => {
    const released: number[] = [];
    const kept = keptBySizes((given) => {
      const T = given.get("T") ?? NaN;
      return { T, bytes: T, release: () => void released.push(T) };
    }, 100);
    for (const T of [10, 20, 30, 40]) kept.for(sizes(T));
    expect([kept.bytes, released]).toEqual([100, []]);
    kept.for(sizes(10));
    kept.for(sizes(25));
    expect([kept.bytes, released]).toEqual([75, [20, 30]]);
    kept.for(sizes(1000));
    expect([kept.bytes, released]).toEqual([1000, [20, 30, 40, 10, 25]]);
    kept.clear();
    expect([kept.bytes, released.at(-1)]).toEqual([0, 1000]);
  });

  test("64 MB are the most that the plans of a graph keep", () => {
    expect(PLANS_BYTES).toBe(64 * 2 ** 20);
  });
});

const SERIES = `use LSTM from "cells"
model M(H = 4) { input x: seq [2]; target y: seq [1]; predict y from linear(LSTM(H)(x), out = 1) }`;

const PAIRS = `use GRU from "cells"
model Pairs(H = 3) {
  input source: seq [1]
  input other: seq [1]
  target y: [1]
  predict y from linear(concat(last(GRU(H)(source)), last(GRU(H)(other))), out = 1)
}`;

test("80 lengths in turn: each has one plan, whatever comes between", async () => {
  const trainer = await (await compile(SERIES)).trainer();
  const updates = async (): Promise<void> => {
    for (let T = 10; T < 90; T++)
      await trainer.update({ x: Array.from({ length: T }, () => [1, 2]), y: Array.from({ length: T }, () => [0]) });
  };
  expect(await plansOf(updates)).toBe(80);
  expect(await plansOf(updates)).toBe(0);
});

test("pairs of lengths 1 to 40: of 1600 sets of sizes fewer than 120 get a plan", async () => {
  const trainer = await (await compile(PAIRS)).trainer();
  const steps = (T: number): number[][] => Array.from({ length: T }, (_, t) => [t / 40]);
  const sizes = new Set<string>();
  const plans = await plansOf(async () => {
    for (let update = 0; update < 500; update++) {
      const [S, T] = [1 + ((update * 7) % 40), 1 + ((update * 11 + Math.floor(update / 40)) % 40)];
      sizes.add(`${S} ${T}`);
      const lengths = { source: [S], other: [T] };
      await trainer.update({ source: [steps(S)], other: [steps(T)], y: [[0.5]] }, { lengths });
    }
  });
  expect(sizes.size).toBe(500);
  expect(plans).toBeLessThan(120);
});

test("data of one length, with a last batch that is smaller, are never padded", async () => {
  const trainer = await (await compile(PAIRS)).trainer();
  const batch = (count: number): number[][][] => Array.from({ length: count }, () => [[1], [2], [3], [4], [5]]);
  const update = (count: number): Promise<unknown> =>
    trainer.update(
      { source: batch(count), other: batch(count), y: batch(count).map(() => [0]) },
      { lengths: { source: Array.from({ length: count }, () => 5) } },
    );
  await update(3);
  await update(2);
  const calls = vi.mocked(listsFor).mock.calls.length;
  await update(3);
  await update(2);
  expect(vi.mocked(listsFor).mock.calls.length).toBe(calls);
  const times = vi
    .mocked(listsFor)
    .mock.calls.slice(-2)
    .flatMap(([tasks]) => tasks.flatMap((task) => (task.kind === "loop" ? [task.times] : [])));
  expect(new Set(times)).toEqual(new Set([5]));
});

test("a further stream of a model makes no plan, nor does a stream after a reset, or in between", async () => {
  const model = await compile('use GRU from "cells"', { set: { H: 8 }, sizes: { I: 2 } });
  const first = model.start();
  expect(await plansOf(() => void first.step({ x: [1, 2] }))).toBeGreaterThan(0);
  const further = await plansOf(() => {
    for (let each = 0; each < 5; each++) {
      const stream = model.start();
      stream.step({ x: [1, 2] });
      first.step({ x: [3, 4] });
      stream.dispose();
    }
    first.reset();
    first.step({ x: [1, 2] });
  });
  expect(further).toBe(0);
});

test("streams of one model do not read each other's state or old weights", async () => {
  const model = await compile('use GRU from "cells"', { set: { H: 3 }, sizes: { I: 1 } });
  const [a, b] = [model.start(), model.start()];
  const inputs = [[0.5], [-1], [2]];
  const steps = inputs.map((x) => {
    const [one, two] = [a.step({ x }), b.step({ x: [-(x[0] ?? 0)] })];
    return [one["output"]?.data, two["output"]?.data];
  });
  for (const sign of [0, 1] as const) {
    const { output } = await model.run({ x: inputs.map(([x = 0]) => [sign === 0 ? x : -x]) });
    // Products of one row and of three have kernels of their own, which round apart.
    steps.forEach((each, t) =>
      each[sign]?.forEach((value, index) => expect(value).toBeCloseTo(output?.data[3 * t + index] ?? NaN, 5)),
    );
  }
  a.dispose();
  expect(b.step({ x: [1] })["output"]?.data).not.toEqual(steps[2]?.[1]);
  model.setWeights(
    new Map([...(await model.weights())].map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 0) }])),
  );
  const fresh = model.start();
  expect([...(fresh.step({ x: [1] })["output"]?.data ?? [])]).toEqual([0, 0, 0]);
});

test("a second text of a model makes no plan", async () => {
  const text = "the rain in spain stays mainly in the plain. ";
  const model = await compile('use CharLM from "models"', { set: { H: 4, E: 2 }, texts: { V: text } });
  const write = (): Promise<unknown> => model.generate({ prompt: "the ", length: 3, seed: 1 });
  expect(await plansOf(async () => void (await write()))).toBeGreaterThan(0);
  expect(await plansOf(async () => void (await write()))).toBe(0);
});
