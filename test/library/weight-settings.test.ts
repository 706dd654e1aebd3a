// `param … frozen`, `freeze`, `scale lr` and `decay` of a spec: weights move as a formula by hand says, in the library, in `fit`, in
// `recurra train`, in resumed runs and in modules, and what is frozen keeps its bits and has no slots and no gradient.
import * as tf from "@tensorflow/tfjs";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile, type NumberArray } from "../../src/index.ts";
import { expectSameBits, trainableModule } from "../module/training.ts";
import { recurra, temporaryFolder } from "../support/command.ts";
import { compiled, numbers, TARGETS } from "./models.ts";

const LR = 0.125;
const DECAY = 0.25;
const SPEC = `model Four(N = 2) {
  input x: [N]
  param a, b, c: [N] ~ constant(0.5)
  param d: [N] ~ constant(0.5) frozen
  minimize sum(x * (a^2 + b^2 + c^2 + d^2))
  train {
    optimizer adamw(lr = ${LR}, beta1 = 0.75, beta2 = 0.875, epsilon = 0.0625, decay = ${DECAY})
    scale lr 0.5 for *
    scale lr 0.25 for b
    decay 0 for b, d
    decay 0.5 for c
  }
}
`;

/** AdamW by hand, from gradients 2 x w; the factor of the learning rate and the decay are those of the spec. */
function byHand(xs: readonly (readonly number[])[], factor: number, decay: number): readonly number[] {
  return (xs[0] ?? []).map((_, i) => {
    let [w, m, v] = [0.5, 0, 0];
    xs.forEach((x, index) => {
      const g = 2 * (x[i] ?? NaN) * w;
      m = 0.75 * m + 0.25 * g;
      v = 0.875 * v + 0.125 * g * g;
      const [mean, square] = [m / (1 - 0.75 ** (index + 1)), v / (1 - 0.875 ** (index + 1))];
      w -= factor * LR * (mean / (Math.sqrt(square) + 0.0625) + decay * w);
    });
    return w;
  });
}

const XS = [
  [1.5, -2],
  [-0.75, 0.5],
  [0.25, 3],
];

describe.each(TARGETS)("on %s", (target) => {
  // float64 on the reference; float32 on the others.
  const digits = target === "reference" ? 12 : 5;

  test("three updates are the formula's, with each weight's own rate and decay", async () => {
    const model = await compiled(SPEC, { target });
    const trainer = await model.trainer();
    for (const x of XS) await trainer.update({ x: { shape: [1, 2], data: Float32Array.from(x) } });
    const weights = await model.weights();
    const expected = { a: byHand(XS, 0.5, DECAY), b: byHand(XS, 0.25, 0), c: byHand(XS, 0.5, 0.5), d: [0.5, 0.5] };
    for (const [name, values] of Object.entries(expected))
      values.forEach((value, index) => expect(weights.get(name)?.data[index], name).toBeCloseTo(value, digits));
    trainer.dispose();
  });
});

test("a frozen weight has no gradient, and no part in the norm", async () => {
  const model = await compiled(SPEC, { target: "reference" });
  const batch = { x: { shape: [1, 2], data: Float32Array.from([1.5, -2]) } };
  expect([...(await model.gradients(batch)).weights.keys()]).toEqual(["a", "b", "c"]);
  const trainer = await model.trainer();
  // Gradients 2 x w of a, b and c.
  expect((await trainer.update(batch)).norm).toBeCloseTo(Math.sqrt(3) * Math.hypot(1.5, 2), 12);
  trainer.dispose();
});

test("optimizers of tfjs leave a frozen weight alone", async () => {
  const model = await compiled(SPEC, { target: "reference" });
  const layer = await model.onTfjs(tf);
  const trainable = Object.entries(layer.variables()).map(([name, variable]) => [name, variable.trainable]);
  expect(trainable).toEqual([
    ["a", true],
    ["b", true],
    ["c", true],
    ["d", false],
  ]);
  layer.dispose();
});

const SERIES = `use GRU from "cells"

model Series(H = 4) {
  input x: seq [3]
  target y: seq []
  param shift: [3] frozen
  h = GRU(H)(x + shift)
  predict y from linear(h, out = [])
  train {
    optimizer adamw(lr = 0.05, decay = 0.1)
    freeze h.z, h.r.*
    scale lr 0.1 for h.*
    decay 0 for *.b
    batch 4
  }
}
`;
const FROZEN = ["shift", "h.r.x", "h.r.h", "h.r.b", "h.z.x", "h.z.h", "h.z.b"];

const ROWS = Array.from({ length: 24 }, (_, row) => {
  const { data } = numbers(`row ${row}`, [6, 3]);
  const x = Array.from({ length: 6 }, (_, t) => Array.from(data.slice(3 * t, 3 * t + 3)));
  return { x, y: x.map(([first = 0, second = 0]) => first - second) };
});

type Weights = ReadonlyMap<string, NumberArray>;

function kept(before: Weights, after: Weights): readonly string[] {
  return [...after].flatMap(([name, { data }]) => (data.join() === before.get(name)?.data.join() ? [name] : []));
}

test("`fit`, `recurra train` and a resumed run agree, and keep what is frozen", { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const [data, spec] = [join(folder, "rows.jsonl"), join(folder, "series.rec")];
  writeFileSync(data, ROWS.map((row) => JSON.stringify(row)).join("\n"));
  writeFileSync(spec, SERIES);
  const [once, twice] = [join(folder, "once"), join(folder, "twice")];
  const train = ["train", spec, "--data", data, "--epochs", "3", "--freeze", "*.b"];
  const whole = await recurra(...train, "--out", once);
  expect(whole.code).toBe(0);
  expect(whole.out).toContain(`frozen: ${[...FROZEN, "h.u.b", "h.n.b", "y.b"].join(", ")}`);
  expect((await recurra(...train, "--out", twice, "--updates", "7")).code).toBe(0);
  expect((await recurra("train", "--resume", "--out", twice)).code).toBe(0);
  for (const file of ["weights.safetensors", "resume.safetensors"])
    expect(readFileSync(join(twice, file)).equals(readFileSync(join(once, file))), file).toBe(true);
  const header = readFileSync(join(once, "resume.safetensors")).toString("latin1");
  expect([header.includes('"slot.mean.h.n.x"'), header.includes("slot.mean.h.z.x")]).toEqual([true, false]);
  const model = await compiled(SERIES);
  await model.fit({ data: ROWS, updates: 1 });
  const begun = await model.weights();
  await model.fit({ data: ROWS, epochs: 2 });
  expect(kept(begun, await model.weights())).toEqual(FROZEN);
});

test("a module trains with the bits of the library, and keeps what is frozen", async () => {
  const model = await compile(SERIES);
  const module = await trainableModule(model);
  const before = await model.weights();
  const arrays = { x: numbers("x", [3, 5, 3]), y: numbers("y", [3, 5]) };
  await expectSameBits(model, module, [{ arrays }, { arrays }, { arrays, options: { rate: 2 } }]);
  expect(kept(before, await model.weights())).toEqual(FROZEN);
  model.dispose();
});

test("a spec whose weights are all frozen has nothing to train", async () => {
  const model = await compiled(SPEC.replace("scale lr 0.5 for *", "freeze *"));
  const message = "all weights of `Four` are frozen, so there is nothing to train";
  await expect(model.trainer()).rejects.toThrow(message);
  await expect(model.compile({ training: true })).rejects.toThrow(message);
});

test("`freeze` takes patterns from a program too", async () => {
  const model = await compiled(SERIES, { target: "reference" });
  const before = await model.weights();
  const trainer = await model.trainer({ freeze: ["h.*.x"] });
  await trainer.update({ x: numbers("x", [3, 5, 3]), y: numbers("y", [3, 5]) });
  expect(kept(before, await model.weights()).toSorted()).toEqual([...FROZEN, "h.n.x"].toSorted());
  trainer.dispose();
});
