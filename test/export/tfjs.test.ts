// The format `tfjs`: files as golden files hold them, a few of them in use, and what they say to wrong inputs and weights.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateTfjsRuntime } from "../../scripts/generate-tfjs-runtime.ts";
import { exportTfjs } from "../../src/export/tfjs/export.ts";
import { quoted } from "../../src/export/tfjs/text.ts";
import { shippedNamed } from "../support/specs.ts";
import { use } from "../support/tfjs.ts";
import { caseOf, HOSTILE, type Case } from "./python-cases.ts";
import { CALLS, cornerCase, written } from "./tfjs-corners.ts";
import { formsOf, FORMS, FORWARD, GRADIENT } from "./subjects.ts";
import { expectCase, expectSteps, loaded, newFolder } from "./tfjs-cases.ts";

const isBlessing = process.env["BLESS"] === "1";
const folder = newFolder();
beforeAll(() => use("cpu"));
afterAll(() => rmSync(folder, { recursive: true }));

function shipped(name: string, stem: string): Case {
  return caseOf(stem, { definition: shippedNamed(name), layout: "rows", isShipped: true });
}

test("what files have in common is generated from its sources as they are", async () => {
  expect(readFileSync("src/export/tfjs/runtime.generated.ts", "utf8")).toBe(await generateTfjsRuntime());
});

describe("files", () => {
  test.each([
    ["LSTM", "lstm"],
    ["Translate", "translate"],
  ])("%s is written as its golden files, and twice the same", async (name, stem) => {
    const { request } = shipped(name, stem);
    const files = await exportTfjs(request);
    expect(await exportTfjs(request)).toEqual(files);
    for (const { name: file, content } of files.filter((each) => typeof each.content === "string")) {
      const golden = `test/golden/export/tfjs-${file}`;
      if (isBlessing) {
        mkdirSync("test/golden/export", { recursive: true });
        writeFileSync(golden, content);
      }
      expect(existsSync(golden), golden).toBe(true);
      expect(content).toBe(readFileSync(golden, "utf8"));
    }
  });

  test("a name cannot leave its string", () => {
    expect(quoted('a"b\\\n\u2028σ😀')).toBe('"a\\"b\\\\\\n\\u2028\\u03c3\\ud83d\\ude00"');
  });
});

describe(`outputs within ${FORWARD} of the reference, gradients within ${GRADIENT}, steps as the whole, no tensor left`, () => {
  test.each([
    ["LSTM", () => shipped("LSTM", "lstm")],
    ["Translate", () => shipped("Translate", "translate")],
    ["HighwayLayer", () => shipped("HighwayLayer", "highway")],
    ["names of JavaScript", () => written(HOSTILE.replaceAll("torch", "await").replaceAll("self", "tf"), "lambda")],
  ])("%s", async (name, make) => {
    const before = tf.memory().numTensors;
    const each = make();
    const model = await loaded(join(folder, name), each.request);
    for (const [form, value] of formsOf({ name, layout: "rows" }, each.program.states.length > 0))
      await expectCase(model, each, value, form);
    await expectSteps(model, each);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test.each(["cpu", "wasm"] as const)(
  `%s: every function at corners, ties and zeros, gradients within ${GRADIENT}`,
  async (backend) => {
    await use(backend);
    const each = cornerCase();
    const model = await loaded(join(folder, `corners on ${backend}`), each.request);
    await expectCase(model, each, FORMS["full"] ?? expect.fail("no form"), CALLS.join(", "));
    model.dispose();
    await use("cpu");
  },
);

describe("in use", () => {
  /** y is 1 where the sum of x is positive. */
  const SPEC = `model Sign {
  input x: seq [2]
  target y: seq [1]
  h = RNN(4)(x)
  predict y from linear(h, out = 1) by squared
}`;

  test("an optimizer of tfjs trains it, and its weights go to a file and back", async () => {
    const { request } = written(`use RNN from "cells"\n${SPEC}`, "Sign");
    const before = tf.memory().numTensors;
    const model = await loaded(join(folder, "trained"), request);
    const x = tf.tensor(
      Array.from({ length: 48 }, (_, place) => Math.sin(place * 1.7)),
      [4, 6, 2],
    );
    const y = tf.tidy(() => tf.sum(x, 2, true));
    const optimizer = tf.train.sgd(0.1);
    const losses = Array.from({ length: 30 }, () => {
      const loss = optimizer.minimize(() => model.loss({ x, y }).asScalar(), true) ?? expect.fail("no loss");
      const [value = NaN] = loss.dataSync();
      loss.dispose();
      return value;
    });
    expect(losses.at(-1)).toBeLessThan(0.3 * (losses[0] ?? 0));
    const bytes = await model.safetensors();
    const other = await loaded(join(folder, "other"), request, { weights: bytes });
    const [a, b] = [model.run({ x }), other.run({ x })];
    expect(a["y"]?.dataSync()).toEqual(b["y"]?.dataSync());
    const zeros = Object.fromEntries(
      Object.entries(other.variables()).map(([name, each]) => [name, tf.zerosLike(each)]),
    );
    other.setWeights(zeros);
    const c = other.run({ x });
    expect(c["y"]?.dataSync().every((value) => value === 0)).toBe(true);
    tf.dispose([x, y, a, b, c, zeros]);
    model.dispose();
    other.dispose();
    optimizer.dispose();
    expect(() => model.run({})).toThrow("Sign was disposed of");
    expect(tf.memory().numTensors).toBe(before);
  });

  test("weights are in the file, or beside it", async () => {
    const { request } = shipped("GRU", "gru");
    const inside = await exportTfjs({ ...request, hasWeightsFile: false });
    expect(inside.map(({ name }) => name)).toEqual(["gru.mjs", "gru.d.mts"]);
    expect((await exportTfjs(request)).map(({ name }) => name)).toEqual(["gru.mjs", "gru.d.mts", "gru.safetensors"]);
    const [one, two] = [
      await loaded(join(folder, "inside"), { ...request, hasWeightsFile: false }),
      await loaded(join(folder, "beside"), request),
    ];
    for (const [name, each] of Object.entries(one.variables()))
      expect(each.dataSync()).toEqual(two.variables()[name]?.dataSync());
    one.dispose();
    two.dispose();
  });

  test("wrong inputs, lengths, states and weights get one clear error", async () => {
    const { request } = shipped("GRU", "gru");
    const model = await loaded(join(folder, "wrong"), request);
    const before = tf.memory().numTensors;
    const x = (shape: number[], dtype: "float32" | "int32" = "float32"): tf.Tensor => tf.zeros(shape, dtype);
    const inTidy = (run: () => unknown) => (): void => tf.tidy(() => void run());
    expect(inTidy(() => model.run({}))).toThrow("x must be a tensor [B, T, 2] of float32");
    expect(inTidy(() => model.run({ x: x([2, 3]) }))).toThrow("but it is [2, 3] of float32");
    expect(inTidy(() => model.run({ x: x([2, 3, 5]) }))).toThrow("but it is [2, 3, 5] of float32");
    expect(inTidy(() => model.run({ x: x([2, 3, 2], "int32") }))).toThrow("but it is [2, 3, 2] of int32");
    expect(inTidy(() => model.run({ x: x([2, 0, 2]) }))).toThrow("x has no elements");
    expect(inTidy(() => model.run({ x: x([2, 3, 2]), z: x([1]) }))).toThrow("there is no input z; x");
    const lengths = "lengths of x must be 2 whole numbers from 0 to 3";
    for (const wrong of [[1], [1, 4], [1, 0.5], [-1, 1]])
      expect(inTidy(() => model.run({ x: x([2, 3, 2]) }, { lengths: { x: wrong } }))).toThrow(lengths);
    expect(inTidy(() => model.run({ x: x([2, 3, 2]) }, { lengths: { y: [1, 1] } }))).toThrow(
      "there is no lengths y; x",
    );
    expect(inTidy(() => model.run({ x: x([2, 3, 2]) }, { state: { "state.h": x([3, 3]) } }))).toThrow(
      "B is 2 elsewhere",
    );
    expect(inTidy(() => model.step({ x: x([2, 1, 2]) }))).toThrow("x must be a tensor");
    expect(() => model.setWeights({ nothing: model.variables()["r.b"] ?? x([1]) })).toThrow(
      "GRU has no weight nothing",
    );
    expect(inTidy(() => model.setWeights({ "r.b": x([9]) }))).toThrow("r.b must be a tensor [3] of float32");
    expect(() => model.loss({})).toThrow("GRU has no loss: nothing is predicted");
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  test("damaged weights get one clear error, and nothing is allocated", async () => {
    const { request } = shipped("GRU", "gru");
    const model = await loaded(join(folder, "damaged"), request);
    const bytes = await model.safetensors();
    const before = tf.memory().numTensors;
    const load = (weights: Uint8Array): Promise<unknown> => loaded(join(folder, "damaged"), request, { weights });
    const text = new TextDecoder("latin1").decode(bytes);
    const changed = (from: string, to: string): Uint8Array =>
      Uint8Array.from(text.replace(from, to), (c) => c.charCodeAt(0));
    await expect(load(bytes.subarray(0, 4))).rejects.toThrow("not a safetensors file");
    await expect(load(bytes.subarray(0, bytes.length - 4))).rejects.toThrow(/the weights must have .* of F32/);
    await expect(load(changed('"F32"', '"F16"'))).rejects.toThrow(/the weights must have .* of F32/);
    await expect(load(changed('{"', '["'))).rejects.toThrow("the header is not JSON");
    await expect(load(changed('"r.b"', '"r.c"'))).rejects.toThrow("the weights have r.c, which the model has not");
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});
