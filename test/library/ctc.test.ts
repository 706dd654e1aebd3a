// `by ctc`: the loss by counting every path in float64, over rows whose labels and steps both differ in number; gradients against central
// differences; what `run`, `predict`, `evaluate` and a stream give; rows that have no path.
import { describe, expect, test } from "vitest";
import { expectGradient } from "../support/differences.ts";
import { collapsed, lossByPaths, pathsOf } from "../support/label-paths.ts";
import { programFrom } from "../support/specs.ts";
import { compiled, TARGETS } from "./models.ts";

const V = 2;
const spec = (suffix = "", frames = "x", kinds = V): string => `model M {
  input  x: seq [2]
  input  w: []
  target y: seq token[${kinds}]
  predict y from linear(${frames}, out = ${kinds + 1}, init = normal(1), bias = normal(1)) by ctc ${suffix}
}
`;

const ROWS = [
  { steps: 4, y: [0, 1] },
  { steps: 1, y: [1] },
  { steps: 5, y: [1, 1, 1] },
  { steps: 3, y: [] },
  { steps: 5, y: [0] },
].map(({ steps, y }, row) => ({
  x: Array.from({ length: steps }, (_, t) => [Math.sin(row + 3 * t), Math.cos(2 * t - row)].map(Math.fround)),
  y,
  w: row / 2,
}));

type Model = Awaited<ReturnType<typeof compiled>>;

/** The scores at each step of a row. */
async function scoresOf(model: Model, { x, w }: (typeof ROWS)[number]): Promise<readonly (readonly number[])[]> {
  const { "y.logits": logits } = await model.run({ x, w });
  const data = [...(logits?.data ?? [])];
  return x.map((_, t) => data.slice(t * (V + 1), (t + 1) * (V + 1)));
}

/** The loss of each row by counting its paths. */
function lossesByPaths(model: Model): Promise<readonly number[]> {
  return Promise.all(ROWS.map(async (row) => lossByPaths(await scoresOf(model, row), row.y)));
}

const total = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0);
const labels = ROWS.map(({ y }) => Math.max(1, y.length));

describe.each(TARGETS)("%s", (target) => {
  const digits = target === "reference" ? 10 : 5;

  test("the loss is that of all paths, divided by the labels", async () => {
    const model = await compiled(spec(), { target, seed: 4 });
    const losses = await lossesByPaths(model);
    const { loss } = await model.evaluate({ data: ROWS });
    expect(loss).toBeCloseTo(total(losses) / total(labels), digits);
    // Not only in the mean.
    const { rows = [] } = await model.evaluate({ data: ROWS, each: true });
    rows.forEach((row, index) => expect(row.loss).toBeCloseTo((losses[index] ?? NaN) / (labels[index] ?? NaN), digits));
    expect(rows).toHaveLength(ROWS.length);
  });

  test("the labels of the likeliest path are given, counted and compared", async () => {
    const model = await compiled(spec(), { target, seed: 4 });
    const found = await Promise.all(
      ROWS.map(async (row) => {
        const scores = await scoresOf(model, row);
        return collapsed(
          scores.map((each) => each.indexOf(Math.max(...each))),
          V,
        );
      }),
    );
    expect((await model.predict(ROWS)).map(({ y }) => y)).toEqual(found);
    const each = await Promise.all(ROWS.map(({ x, w }) => model.run({ x, w })));
    expect(each.map(({ y }) => [...(y?.data ?? [])])).toEqual(found);
    const right = found.map((y, row) => ({ ...ROWS[row], y }));
    const { predictions } = await model.evaluate({ data: right.filter(({ y }) => y.length > 0) });
    expect(predictions[0]).toMatchObject({ kind: "labels", by: "ctc", errorRate: 0, exact: 1 });
  });
});

test("weights of examples count for each label, and a sum is over examples", async () => {
  const plain = await compiled(spec(), { target: "reference", seed: 4 });
  const losses = await lossesByPaths(plain);
  const weighed = await compiled(spec("weight = w"), { target: "reference", seed: 4 });
  const sum = total(losses.map((loss, row) => (row / 2) * loss));
  const share = total(labels.map((count, row) => (row / 2) * count));
  expect((await weighed.evaluate({ data: ROWS })).loss).toBeCloseTo(sum / share, 10);
  const added = await compiled(spec("reduce = sum"), { target: "reference", seed: 4 });
  expect((await added.evaluate({ data: ROWS, batch: 2 })).loss).toBeCloseTo(total(losses) / ROWS.length, 10);
});

test("gradients are those of central differences, ragged too, and with fewer steps", () => {
  const sizes = [
    { "T.x": 7, "T.y": 2 },
    { "T.x": 4, "T.y": 2 },
    // Without a path the loss is 0, and so is the gradient.
    { "T.x": 2, "T.y": 5 },
  ];
  for (const frames of ["x", "pairs(x)"])
    for (const ragged of [false, true])
      for (const each of sizes) {
        const program = programFrom(spec("", frames, 4), { ragged, training: false, states: "initial" });
        expectGradient(program, ["loss"], { sizes: each });
      }
});

test("the error rate counts the labels to change, add or remove", async () => {
  // The scores are the input, so the path is known.
  const model = await compiled(
    "model M {\n  input x: seq [4]\n  target y: seq token[3]\n  predict y from x by ctc\n}\n",
  );
  const pathOf = (path: readonly number[]): readonly (readonly number[])[] =>
    path.map((label) => [0, 1, 2, 3].map((each) => Number(each === label)));
  const data = [
    { x: pathOf([0, 0, 3, 0, 1, 1]), y: [0, 0, 1] },
    { x: pathOf([3, 2, 2, 3, 1]), y: [1, 1] },
    { x: pathOf([3, 3, 0]), y: [1, 2] },
  ];
  expect(await model.predict(data)).toEqual([{ y: [0, 0, 1] }, { y: [2, 1] }, { y: [0] }]);
  const { predictions } = await model.evaluate({ data });
  expect(predictions[0]?.errorRate).toBeCloseTo(3 / 7, 12);
  expect(predictions[0]?.exact).toBeCloseTo(1 / 3, 12);
  expect(predictions[0]?.count).toBe(7);
  expect(predictions[0]).not.toHaveProperty("perplexity");
});

test("a batch has -1 behind the last label of an example, and padding is no step", async () => {
  const model = await compiled(
    "model M {\n  input x: seq [3]\n  target y: seq token[2]\n  predict y from x by ctc\n}\n",
  );
  const one = [0, 1, 0];
  const x = [
    [one, [0, 0, 1], [1, 0, 0]],
    [[0, 0, 1], one, one],
  ];
  const { y } = await model.run({ x }, { lengths: { x: [3, 1] } });
  expect(y?.shape).toEqual([2, 2]);
  expect([...(y?.data ?? [])]).toEqual([1, 0, -1, -1]);
});

test("a stream gives what the path names at each step: a label, or V for the blank", async () => {
  const model = await compiled(
    "model M {\n  input x: seq [3]\n  target y: seq token[2]\n  predict y from x by ctc\n}\n",
  );
  const stream = model.start();
  const named: number[] = [];
  for (const x of [
    [0, 1, 0],
    [0, 0, 1],
    [1, 0, 0],
  ])
    named.push(...((await stream.step({ x })).y?.data ?? []));
  stream.dispose();
  expect(named).toEqual([1, 2, 0]);
});

test("`beam` of `predict` adds up the paths, and is for labels by ctc only", async () => {
  const model = await compiled(
    "model M {\n  input x: seq [2]\n  target y: seq token[1]\n  predict y from x by ctc\n}\n",
  );
  const step = [Math.log(0.4), Math.log(0.6)];
  const data = [{ x: [step, step] }];
  expect(await model.predict(data)).toEqual([{ y: [] }]);
  expect(await model.predict(data, { beam: 2 })).toEqual([{ y: [0] }]);
  const other = await compiled("model M {\n  input x: [2]\n  target y: []\n  predict y from linear(x, out = [])\n}\n");
  await expect(other.predict([{ x: [1, 2] }], { beam: 2 })).rejects.toThrow(
    "`beam` is for labels that are predicted `by ctc`, but `M` predicts none",
  );
});

describe("labels that have no path", () => {
  test("are refused in rows, with their number and why", async () => {
    const model = await compiled(spec());
    const x = [
      [0, 1],
      [1, 0],
    ];
    const bad = [...ROWS, { x, y: [1, 1], w: 1 }];
    await expect(model.evaluate({ data: bad })).rejects.toThrow(
      "`y` has 2 labels, which take 3 steps, 1 of them between equal labels, but the model reads them from 2: no alignment is possible",
    );
    await expect(model.fit({ data: bad, valid: false, epochs: 1 })).rejects.toThrow("no alignment is possible");
  });

  test("are refused in an update, also where the model halves its steps", async () => {
    const model = await compiled(spec("", "pairs(x)"));
    const x = [0, 1, 2].map((t) => [t, 1]);
    await expect(model.gradients({ x, y: [0, 1, 0], w: 1 })).rejects.toThrow(
      "`y` has 3 labels, which take 3 steps, but the model reads them from 2",
    );
    const { loss } = await model.gradients({ x, y: [0, 1], w: 1 });
    expect(Number.isFinite(loss)).toBe(true);
  });

  test("counting paths agrees that there are none", () => {
    const scores = [0, 1].map(() => [0, 0, 0]);
    expect(pathsOf(scores, V).some((path) => collapsed(path, V).join() === "1,1")).toBe(false);
  });
});

test("a `null` label is refused, because the loss is of the whole sequence", async () => {
  const model = await compiled(spec());
  await expect(model.evaluate({ data: [{ x: [[0, 1]], y: [null], w: 1 }] })).rejects.toThrow("`y[0]`");
});
