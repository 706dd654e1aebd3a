// Formulas of lecture notes with worked numbers: functions, gradients over many steps, clipping, truncation, a table of logits.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { at } from "../../src/base/invariant.ts";
import { jacobiansOf } from "../../src/flow/jacobians.ts";
import { gradientTerms } from "../../src/flow/terms.ts";
import { compile, type NumberArray } from "../../src/index.ts";
import { Compiled } from "../../src/library/compiled.ts";
import { expectClose } from "../ops/arrays.ts";

const FUNCTIONS = readFileSync("examples/textbook/functions.rec", "utf8");
const CELLS = readFileSync("examples/textbook/cells.rec", "utf8");
const WORKED = readFileSync("test/run/worked.rec", "utf8");
const LETTERS = readFileSync("test/inside/elman.rec", "utf8");

const MATRIX = z.array(z.array(z.number()));
const WEIGHTS = z.object({ U: MATRIX, W: MATRIX, V: MATRIX });
const { rnn, tbptt } = z
  .object({
    rnn: WEIGHTS.extend({
      x: z.array(z.number()),
      y: z.array(z.number()),
      dW_truncate_0: MATRIX,
      dW_truncate_1: MATRIX,
      dU_truncate_0: MATRIX,
      dU_truncate_1: MATRIX,
    }),
    tbptt: z.object({ ids: z.array(z.number()), k1: z.number(), k2: z.number(), lr: z.number(), stored: WEIGHTS }),
  })
  .parse(JSON.parse(readFileSync("test/run/worked.json", "utf8")));

function lettersOf({ U, W, V }: z.infer<typeof WEIGHTS>): Readonly<Record<string, number[][]>> {
  return { "s.U": U, "s.W": W, V };
}

describe.each([
  ["reference", 1e-6],
  ["wasm", 1e-5],
] as const)("on %s, within %f", (target, tolerance) => {
  test.each([
    {
      cell: "Activations",
      inputs: { x: [-2, 0, 2] },
      right: { a: [0.119203, 0.5, 0.880797], b: [-0.964028, 0, 0.964028], c: [0, 0, 2] },
    },
    {
      cell: "Softmax",
      inputs: { scores: [[1000, 1001, 999, -1000]] },
      right: { p: [0.244728, 0.665241, 0.090031, 0], written: [0.244728, 0.665241, 0.090031, 0] },
    },
    {
      cell: "CrossEntropy",
      inputs: { p: [[0.23, 0.01, 0.67, 0.09]], class: [2] },
      right: { loss: [0.4004776], perplexity: [1 / 0.67] },
    },
  ] as const)("$cell", async ({ cell, inputs, right }) => {
    const model = await compile(FUNCTIONS, { cell, target });
    const { values } = await model.trace(inputs);
    model.dispose();
    for (const [name, numbers] of Object.entries(right))
      expectClose(values.find((value) => value.name === name)?.array.data ?? [], numbers, tolerance, name);
  });
});

// h[50] by x[1]: w to the power 49. Weights and constants are rounded to float32, which 49 factors multiply.
test.each([
  [0.9, 0.005726417],
  [1, 1],
  [1.1, 106.719],
])("a gradient over 49 steps of h = w h[t-1] + x, w = %f", async (w, right) => {
  const model = await compile(CELLS, { cell: "Power", set: { w }, target: "reference" });
  const zeros = Array.from({ length: 50 }, () => 0);
  const { inputs } = await model.gradients({ x: [zeros] }, { cotangents: { output: [[...zeros.slice(1), 1]] } });
  model.dispose();
  expect((inputs["x"]?.data[0] ?? NaN) / right).toBeCloseTo(1, 5);
});

test("the Jacobian of z = σ(Vᵀz + Wᵀx + b) is diag(σ') Vᵀ", async () => {
  const weights = {
    V: [
      [0.5, -0.3],
      [0.2, 0.7],
    ],
    W: [
      [0.4, 0.1],
      [-0.6, 0.3],
      [0.2, 0.2],
    ],
    b: [0.1, -0.2],
  };
  const model = await compile(WORKED, { cell: "Transposed", set: { H: 2, O: 2 }, target: "reference", weights });
  if (!(model instanceof Compiled)) expect.fail("compile gives a Compiled");
  // The first step leads to z = .3 .6: Wᵀx + b must be the logits of both.
  const [first, second] = [Math.log(0.3 / 0.7) - 0.1, Math.log(0.6 / 0.4) + 0.2];
  const one = (first + 2 * second) / 0.6;
  const { examples } = await jacobiansOf(model, {
    x: [
      [
        [one, (second - 0.1 * one) / 0.3, 0],
        [1, 0, 2],
      ],
    ],
  });
  model.dispose();
  const found = at(at(examples, 0, "test"), 0, "test")
    .to2DArray()
    .flat();
  expectClose(found, [0.09037735, 0.03615094, -0.06802409, 0.15872287], 1e-6, "Jacobian");
});

test.each([
  [5, [3, 4]],
  [1, [0.6, 0.8]],
])("a gradient (3, 4), clipped to the norm %i", async (norm, right) => {
  const text = "model Slope { input x: []; param w: [2] ~ zeros; minimize x * (3 * w[0] + 4 * w[1]) }";
  const model = await compile(text, { target: "wasm" });
  const trainer = await model.trainer({ optimizer: { kind: "sgd", lr: 1 }, clip: { norm } });
  await trainer.update({ x: [1] });
  const moved = [...((await model.weights()).get("w")?.data ?? [])];
  model.dispose();
  expectClose(
    moved.map((value) => -value),
    right,
    1e-6,
    "step",
  );
});

test("a table of logits, trained on 4 books, 1 exams and 5 others, becomes their shares", async () => {
  const text =
    "model Table { input before: token[1]; target next: token[3]; e = embed(before, 3); predict next from e }";
  const model = await compile(text, { target: "wasm" });
  const trainer = await model.trainer({ optimizer: { kind: "adam", lr: 0.05 } });
  const next = [0, 0, 0, 0, 1, 2, 2, 2, 2, 2];
  for (let update = 0; update < 600; update++) await trainer.update({ before: next.map(() => 0), next });
  const exps = [...((await model.weights()).get("e.table")?.data ?? [])].map(Math.exp);
  model.dispose();
  const sum = exps.reduce((total, each) => total + each, 0);
  expectClose(
    exps.map((each) => each / sum),
    [0.4, 0.1, 0.5],
    1e-3,
    "shares",
  );
});

test("truncated backpropagation, an update at each step through three steps, from the stored state", async () => {
  const model = await compile(LETTERS, { model: "Letters", weights: lettersOf(rnn), target: "reference" });
  const { ids, k1, k2, lr } = tbptt;
  const trainer = await model.trainer({ optimizer: { kind: "sgd", lr }, k1, k2 });
  await trainer.update({ x: [ids.slice(0, -1)], y: [ids.slice(1)] });
  expect(trainer.updates).toBe(8);
  const weights = await model.weights();
  model.dispose();
  for (const [name, right] of Object.entries(lettersOf(tbptt.stored)))
    expectClose(weights.get(name)?.data ?? [], right.flat(), 1e-6, name);
});

test("the terms that a truncation of each output's error keeps add up to its gradient", async () => {
  const model = await compile(LETTERS, { model: "Letters", weights: lettersOf(rnn), target: "reference" });
  const { weights } = await gradientTerms(model, { x: rnn.x, y: rnn.y });
  model.dispose();
  const kept = (name: string, back: number): readonly number[] => {
    const terms = weights.find((each) => each.name === name)?.terms ?? expect.fail(name);
    const near = terms.flatMap((row, t) => row.filter((_, k) => k <= t && k >= t - back));
    return sumOf(near);
  };
  expectClose(kept("s.W", 0), rnn.dW_truncate_0.flat(), 1e-6, "dW, 0 back");
  expectClose(kept("s.W", 1), rnn.dW_truncate_1.flat(), 1e-6, "dW, 1 back");
  expectClose(kept("s.U", 0), rnn.dU_truncate_0.flat(), 1e-6, "dU, 0 back");
  expectClose(kept("s.U", 1), rnn.dU_truncate_1.flat(), 1e-6, "dU, 1 back");
});

test.each(["reference", "wasm"] as const)(
  "an update by truncated errors is one by those terms, on %s",
  async (target) => {
    const given = { x: [rnn.x], y: [rnn.y] };
    const options = { model: "Letters", weights: lettersOf(rnn), target } as const;
    const terms = await compile(LETTERS, options);
    const steps = rnn.x.length;
    const { weights: found } = await gradientTerms(terms, { x: rnn.x, y: rnn.y });
    const whole = await terms.gradients(given);
    terms.dispose();
    for (let each = 1; each <= steps + 1; each++) {
      const model = await compile(LETTERS, options);
      const trainer = await model.trainer({ optimizer: { kind: "sgd", lr: 1 }, truncateEach: each });
      await trainer.update(given);
      expect(trainer.updates).toBe(1);
      const after = await model.weights();
      model.dispose();
      for (const [name, before] of Object.entries(lettersOf(rnn))) {
        const moved = [...(after.get(name)?.data ?? [])].map((value, index) => (before.flat()[index] ?? NaN) - value);
        const rows = found.find((weight) => weight.name === name)?.terms ?? expect.fail(name);
        const kept = sumOf(rows.flatMap((row, t) => row.filter((_, k) => k > t - each)));
        expectClose(
          moved,
          kept.map((sum) => sum / steps),
          1e-6,
          `${name}, through ${each}`,
        );
        // The loss is a mean, and the worked numbers are of the sum.
        const worked = name === "s.W" ? [rnn.dW_truncate_0, rnn.dW_truncate_1][each - 1] : undefined;
        if (worked !== undefined)
          expectClose(
            moved.map((value) => value * steps),
            worked.flat(),
            5e-6,
            name,
          );
        if (each >= steps) expectClose(moved, [...(whole.weights.get(name)?.data ?? [])], 1e-6, `${name}, whole`);
      }
    }
  },
);

function sumOf(arrays: readonly NumberArray[]): readonly number[] {
  const first = at(arrays, 0, "test");
  return Array.from(first.data, (_, index) => arrays.reduce((sum, { data }) => sum + at([...data], index, "test"), 0));
}
