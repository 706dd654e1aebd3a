// How gradients travel, against closed forms and differences.
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { compile, flow, UserError } from "../../src/index.ts";
import { jacobiansOf } from "../../src/flow/jacobians.ts";
import { Compiled } from "../../src/library/compiled.ts";
import { recurra, temporaryFolder } from "../support/command.ts";
import { join } from "node:path";
import { readFileSync, writeFileSync } from "node:fs";

const DECAY = "cell C(a) {\n  input x: []\n  state h: []\n  h = a * h[t-1] + x\n}";
const LINEAR = "cell C(H) {\n  input x\n  state h: [H]\n  param W: [H, H]\n  h = W @ h[t-1] + linear(x)\n}";

function steps(count: number, size: number): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_, step) => Array.from({ length: size }, (_each, i) => Math.sin(step + i)));
}

test("a decay by one half: gains 1, 1/2, 1/4, …, and a half-life of one step", async () => {
  const model = await compile(DECAY, { set: { a: 0.5 }, target: "reference" });
  const { states, step, gates, clipped } = await flow(model, { x: [1, 2, 3, 4] });
  expect(states).toEqual([
    { name: "h", size: 1, gains: [1, 0.5, 0.25, expect.closeTo(0.125, 12)], halfLives: [expect.closeTo(1, 12)] },
  ]);
  expect(step).toEqual({ largest: 0.5, smallest: 0.5, radius: 0.5 });
  expect(gates).toEqual([]);
  expect(clipped).toBeNull();
});

test("a state that keeps all has no half-life; one that doubles explodes, until it is clipped", async () => {
  const kept = await flow(await compile(DECAY, { set: { a: 1 }, target: "reference" }), { x: [1, 2, 3] });
  expect(kept.states[0]?.halfLives).toEqual([Infinity]);
  const doubled = await compile(DECAY, { set: { a: 2 }, target: "reference" });
  const { clipped } = await flow(doubled, { x: [1, 2, 3, 4, 5] }, { clip: 3 });
  expect(clipped).toEqual({ plain: [1, 2, 4, 8, 16], clipped: [1, 2, 3, 3, 3] });
});

test("a linear cell: the powers of its matrix, and the singular values and eigenvalues of it", async () => {
  const W = [
    [0.5, 0.4, 0],
    [-0.4, 0.5, 0],
    [0, 0, 0.2],
  ];
  const model = await compile(LINEAR, { set: { H: 3 }, sizes: { I: 2 }, weights: { W }, target: "reference" });
  const { states, step } = await flow(model, { x: steps(5, 2) });
  const matrix = new Matrix(W);
  for (const k of [0, 1, 2, 3, 4]) {
    const power = Array.from({ length: k }).reduce<Matrix>((product) => product.mmul(matrix), Matrix.eye(3));
    expect(states[0]?.gains[k]).toBeCloseTo(power.norm("frobenius") / Math.sqrt(3), 12);
  }
  expect(step.radius).toBeCloseTo(Math.hypot(0.5, 0.4), 12);
  expect(step.largest).toBeCloseTo(Math.hypot(0.5, 0.4), 12);
  expect(step.smallest).toBeCloseTo(0.2, 12);
});

test("a large state is represented by random directions, to a few percent", async () => {
  const H = 80;
  const matrix = Matrix.from1DArray(
    H,
    H,
    Array.from({ length: H * H }, (_, index) => Math.sin(index * index) / 6),
  );
  const W = matrix.to2DArray();
  const model = await compile(LINEAR, { set: { H }, sizes: { I: 2 }, weights: { W }, target: "reference" });
  const { states } = await flow(model, { x: steps(5, 2) });
  const third = matrix.mmul(matrix).mmul(matrix).norm("frobenius") / Math.sqrt(H);
  expect(Math.abs((states[0]?.gains[3] ?? NaN) / third - 1)).toBeLessThan(0.1);
});

test("the Jacobians of an LSTM are derivatives of its step, for each example and both states", async () => {
  const model = await compile('use LSTM from "cells"', { set: { H: 3 }, sizes: { I: 2 }, target: "reference" });
  if (!(model instanceof Compiled)) return expect.fail("not compiled");
  const x = [steps(4, 2), steps(5, 2).slice(1)];
  const { states, examples } = await jacobiansOf(model, { x });
  expect(states).toEqual([
    { name: "h", from: 0, size: 3 },
    { name: "c", from: 3, size: 3 },
  ]);
  for (const [example, sequence] of x.entries()) {
    const { state } = await model.runChunk({ x: sequence.slice(0, 2) });
    const after = async (name: string, element: number, by: number): Promise<readonly number[]> => {
      const data = Float64Array.from(state[name]?.data ?? []);
      data[element] = (data[element] ?? NaN) + by;
      const next = await model.runChunk(
        { x: sequence.slice(2, 3) },
        { state: { ...state, [name]: { shape: [3], data } } },
      );
      return states.flatMap((each) => [...(next.state[each.name]?.data ?? [])]);
    };
    for (const { name, from } of states)
      for (const element of [0, 1, 2]) {
        const [up, down] = [await after(name, element, 1e-5), await after(name, element, -1e-5)];
        up.forEach((value, row) =>
          expect(examples[example]?.[1]?.get(row, from + element)).toBeCloseTo((value - (down[row] ?? NaN)) / 2e-5, 7),
        );
      }
  }
  return undefined;
});

test("matrices: the Jacobians of h = tanh(a) are (1 - h²) W, and products of them", async () => {
  const text = readFileSync("test/run/worked.rec", "utf8");
  const Whh = [
    [0.5, -0.4],
    [0.3, 0.8],
  ];
  const weights = {
    Whh,
    Wxh: [
      [0.2, 0.1],
      [-0.3, 0.4],
    ],
  };
  const options = { cell: "Tanh", set: { H: 2 }, sizes: { I: 2 }, weights, target: "reference" } as const;
  const model = await compile(text, options);
  const x = steps(4, 2);
  const { matrices } = await flow(model, { x }, { matrices: true });
  const h = (await model.trace({ x }, { show: ["h"] })).values[0]?.array.data ?? expect.fail("no h");
  expect(matrices?.elements).toEqual(["h[0]", "h[1]"]);
  const expected = [1, 2, 3].map(
    (t) => new Matrix(Whh.map((row, i) => row.map((weight) => weight * (1 - (h[2 * t + i] ?? NaN) ** 2)))),
  );
  const expectNear = (found: readonly (readonly (readonly number[])[])[], all: readonly Matrix[]): void => {
    expect(found).toHaveLength(3);
    found.forEach((each, index) => {
      const near = all[index]?.to2DArray().map((row) => row.map((value) => expect.closeTo(value, 12)));
      expect(each).toEqual(near);
    });
  };
  expectNear(matrices?.steps ?? [], expected);
  // ∂h[3]/∂h[3-k] = J[3] J[2] …: the latest step stands on the left.
  expectNear(
    matrices?.products ?? [],
    [0, 1, 2].map((k) =>
      [3, 2, 1].slice(0, k + 1).reduce((left, t) => left.mmul(expected[t - 1] ?? expect.fail()), Matrix.eye(2)),
    ),
  );
});

test("the command prints the matrices as tables; a large state is refused", async () => {
  const args = ["flow", "specs/cells/rnn.rec:RNN", "--steps", "3", "--matrices"];
  const { out, err } = await recurra(...args, "--set", "H=2");
  expect(err).toBe("");
  expect(out).toMatch(/\n\n∂s\[1\]\/∂s\[0\] {2}h\[0\] +h\[1\]\nh\[0\] +-?[\d.]+ +-?[\d.]+\nh\[1\] /);
  expect(out.match(/∂s\[\d\]\/∂s\[\d\]/g)).toEqual(["∂s[1]/∂s[0]", "∂s[2]/∂s[1]", "∂s[2]/∂s[0]"]);
  expect((await recurra(...args)).err).toContain("a table of 32 × 32 numbers is too wide");
});

test("gates are equations whose value is a sigmoid, also those of a cell inside a model", async () => {
  const text =
    'use LSTM from "cells"\nmodel M {\n  input x: seq [2]\n  target y: [1]\n  h = stack(LSTM(3), 2)(x)\n  predict y from linear(last(h))\n}';
  const model = await compile(text);
  const { gates, states } = await flow(model, { x: steps(6, 2) });
  expect(gates.map(({ name }) => name)).toEqual(
    ["h.layer0", "h.layer1"].flatMap((layer) => ["f", "i", "o"].map((gate) => `${layer}.${gate}`)),
  );
  expect(states.map(({ name }) => name)).toEqual(["h.layer0.h", "h.layer0.c", "h.layer1.h", "h.layer1.c"]);
  const pushed = new Map(
    [...(await model.weights())].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  );
  for (const [name, { data }] of pushed) if (name === "h.layer0.f.b") data.fill(20);
  model.setWeights(pushed);
  const [first] = (await flow(model, { x: steps(6, 2) })).gates;
  expect(first).toEqual({ name: "h.layer0.f", closed: 0, open: 1 });
});

test("what cannot be shown is an error", async () => {
  const stateless = await compile("cell C {\n  input x: [2]\n  y = tanh(x)\n  output y\n}");
  await expect(flow(stateless, { x: steps(3, 2) })).rejects.toThrow("`C` has no states");
  const model = await compile(DECAY, { set: { a: 0.5 } });
  await expect(flow(model, { x: [1] })).rejects.toThrow("the sequences have one step");
  // @ts-expect-error: not a model
  await expect(flow({}, { x: [1] })).rejects.toThrow(UserError);
});

test("the command shows cells side by side, and draws them", async () => {
  const plot = join(temporaryFolder(), "flow.svg");
  const cells = ["specs/cells/rnn.rec:RNN", "specs/cells/lstm.rec:LSTM", "specs/cells/gru.rec:GRU"];
  const { out, err, code } = await recurra(
    "flow",
    ...cells,
    "--set",
    "H=8",
    "--steps",
    "12",
    "--clip",
    "0.2",
    "--plot",
    plot,
  );
  expect(err).toBe("");
  expect(code).toBe(0);
  expect(out.match(/^(?:RNN|LSTM|GRU)$/gm)).toEqual(["RNN", "LSTM", "GRU"]);
  expect(out).toMatch(/^gain over k steps {2,}k = 1 {2,}k = 2 {2,}k = 5 {2,}k = 10 {2,}k = 11$/m);
  const picture = readFileSync(plot, "utf8");
  for (const label of ["RNN: h", "LSTM: c", "GRU: z", "LSTM, clipped"]) expect(picture).toContain(label);
});

test("another seed gives other first weights", async () => {
  const inputs = join(temporaryFolder(), "x.json");
  writeFileSync(inputs, '{ "x": [[1, 0], [0, 1], [1, 1]] }');
  const gainsAt = async (seed: string): Promise<unknown> => {
    const { out } = await recurra("flow", "specs/cells/gru.rec:GRU", "--inputs", inputs, "--seed", seed, "--json");
    return JSON.parse(out)[0].states[0].gains;
  };
  expect(await gainsAt("2")).not.toEqual(await gainsAt("1"));
  expect(await gainsAt("2")).toEqual(await gainsAt("2"));
});

test("a trained model is shown before and after training, on text of one's own", async () => {
  const folder = temporaryFolder();
  const [data, run, row] = [join(folder, "book.txt"), join(folder, "run"), join(folder, "row.json")];
  writeFileSync(data, "the cat sat on the mat\n".repeat(40));
  writeFileSync(row, '{ "text": "the cat sat" }');
  const small = ["--set", "H=4", "--set", "E=3", "--epochs", "1", "--batch", "4"];
  expect((await recurra("train", "specs/models/charlm.rec", "--data", data, "--out", run, ...small)).code).toBe(0);
  const { out, err, code } = await recurra("flow", run, "--inputs", row, "--json");
  expect(err).toBe("");
  expect(code).toBe(0);
  const found = JSON.parse(out);
  expect(found.map(({ label }: { label: string }) => label)).toEqual([
    `${run}, before training`,
    `${run}, after training`,
  ]);
  expect(found[0].states[0].gains).toHaveLength(11);
  expect(found[0].states[0].gains[1]).not.toBe(found[1].states[0].gains[1]);
  // What comes next, of the same model.
  const next = await recurra("suggest", run, "--prompt", "the ca", "--top", "3", "--json");
  const symbols = JSON.parse(next.out);
  expect(symbols).toHaveLength(3);
  const all = JSON.parse((await recurra("suggest", run, "--prompt", "the ca", "--top", "99", "--json")).out);
  expect(all.reduce((sum: number, { probability }: { probability: number }) => sum + probability, 0)).toBeCloseTo(1, 5);
  const of = JSON.parse((await recurra("suggest", run, "--prompt", "the ca", "--of", "t,ts", "--json")).out);
  const t = all.find(({ text }: { text: string }) => text === "t");
  expect(of[0].probability).toBeCloseTo(t.probability, 6);
  expect(of[1].probability).toBeLessThan(of[0].probability);
  const traced = await recurra("generate", run, "--prompt", "the ca", "--length", "3", "--trace", "2");
  expect(traced.out.trim().split("\n")).toHaveLength(3);
  expect(traced.out).toMatch(/^".+" of ".+" 0\.\d{4}, ".+" 0\.\d{4}$/m);
  const cold = await recurra("generate", run, "--prompt", "the ca", "--length", "3", "--temperature", "0", "--trace");
  for (const line of cold.out.trim().split("\n")) {
    const [, written, first] = /^(".*?") of (".*?") /.exec(line) ?? [];
    expect(written).toBe(first);
  }
});
