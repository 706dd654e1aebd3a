// Training from arrays: the loss falls, chunks and lengths mean what they say, weights leave and come back, also from and to the command line.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { open, save, type CompiledModel, type NumberArray } from "../../src/index.ts";
import { recurra, temporaryFolder } from "../support/command.ts";
import { compiled, expectNear, numbers, TARGETS, tokens, TOLERANCE } from "./models.ts";

/** The running sum of what was read so far. */
const SUM = `use GRU from "cells"
  model Sum(H = 8) {
    input x: seq [1]
    target total: seq []
    predict total from linear(GRU(H)(x), out = [])
  }`;

function sums({ shape, data }: NumberArray): NumberArray {
  const [, steps = 1] = shape;
  let sum = 0;
  const totals = Float32Array.from(data, (value, index) => (sum = (index % steps === 0 ? 0 : sum) + value));
  return { shape: shape.slice(0, 2), data: totals };
}

const CHARS = 'use CharLM from "models"';
const SMALL = { E: 4, H: 8 };
const TEXT = "to be or not to be, that is the question. ".repeat(8);

/** `[B, T]` chunks of a text, the next beginning with the last symbol of the one before. */
function chunks(ids: Int32Array, steps: number): readonly NumberArray[] {
  const count = Math.floor((ids.length - 1) / steps);
  return Array.from({ length: count }, (_, index) => ({
    shape: [1, steps + 1],
    data: ids.slice(index * steps, (index + 1) * steps + 1),
  }));
}

describe.each(TARGETS)("%s", (target) => {
  test("the loss of running sums falls below a tenth of the first", async () => {
    const model = await compiled(SUM, { target });
    const trainer = await model.trainer({ optimizer: { kind: "adam", lr: 0.03 }, clip: { norm: 1 } });
    const losses: number[] = [];
    for (let update = 0; update < 60; update++) {
      const x = numbers(`x ${update}`, [8, 6, 1]);
      losses.push((await trainer.update({ x, total: sums(x) })).loss);
    }
    expect(trainer.updates).toBe(60);
    expect(Math.max(...losses.slice(-3))).toBeLessThan((losses[0] ?? 0) / 10);
    trainer.dispose();
  });

  test("a text is learnt in chunks that carry the state; without learning they equal one long update", async () => {
    const model = await compiled(CHARS, { target, set: SMALL, texts: { V: TEXT } });
    const ids = model.vocabulary("text").encode(TEXT.slice(0, 25));
    const still = await model.trainer({ optimizer: { kind: "sgd", lr: 0 }, carriesState: true });
    const parts: number[] = [];
    for (const text of chunks(ids, 8)) parts.push((await still.update({ text })).loss);
    const whole = await (await model.trainer({ optimizer: { kind: "sgd", lr: 0 } })).update({ text: ids });
    const mean = parts.reduce((sum, each) => sum + each, 0) / parts.length;
    expect(mean).toBeCloseTo(whole.loss, target === "reference" ? 10 : 5);
  });

  test("the loss is that of what `run` predicts: the last symbol is a target only", async () => {
    const model = await compiled(CHARS, { target, set: SMALL, sizes: { V: 5 } });
    const text = tokens("text", [2, 7], 5);
    const { "text.logits": logits } = await model.run({ text });
    const trainer = await model.trainer({ optimizer: { kind: "sgd", lr: 0 } });
    const full = await trainer.update({ text });
    expect(full.loss).toBeCloseTo(crossEntropy(logits, text, [7, 7]), 5);
    const ragged = await model.trainer({ optimizer: { kind: "sgd", lr: 0 } });
    expect((await ragged.update({ text }, { lengths: { text: [7, 7] } })).loss).toBeCloseTo(full.loss, 5);
    expect((await ragged.update({ text }, { lengths: { text: [7, 3] } })).loss).toBeCloseTo(
      crossEntropy(logits, text, [7, 3]),
      5,
    );
    trainer.dispose();
    ragged.dispose();
  });

  test("weights leave as named arrays and come back: another model then does the same", async () => {
    const model = await compiled(SUM, { target, seed: 3 });
    const x = numbers("x", [2, 4, 1]);
    const { total } = await model.run({ x });
    const weights = await model.weights();
    expect([...weights.keys()]).toEqual(model.parameters.map(({ name }) => name));
    const byOption = await compiled(SUM, { target, weights });
    expect((await byOption.run({ x }))["total"]).toEqual(total);
    const bySetting = await compiled(SUM, { target });
    expect((await bySetting.run({ x }))["total"]).not.toEqual(total);
    bySetting.setWeights(Object.fromEntries(weights));
    expect((await bySetting.run({ x }))["total"]).toEqual(total);
    const byBytes = await open(await model.checkpoint(), { target });
    expectNear((await byBytes.run({ x }))["total"], total, TOLERANCE[target] ?? 0);
    byBytes.dispose();
  });
});

/** The mean over all steps that have a target, in nats. */
function crossEntropy(
  logits: NumberArray | undefined,
  { shape, data }: NumberArray,
  lengths: readonly number[],
): number {
  const [, steps = 0] = shape;
  const size = logits?.shape.at(-1) ?? 0;
  const losses = lengths.flatMap((length, b) =>
    Array.from({ length: length - 1 }, (_, t) => {
      const row = Array.from(
        (logits?.data ?? new Float64Array(0)).slice((b * steps + t) * size, (b * steps + t + 1) * size),
      );
      const total = row.reduce((sum, each) => sum + Math.exp(each), 0);
      return Math.log(total) - (row[data[b * steps + t + 1] ?? -1] ?? NaN);
    }),
  );
  return losses.reduce((sum, each) => sum + each, 0) / losses.length;
}

test("a prediction of the current step beside one a step ahead is learnt at every step", async () => {
  const model = await compiled(
    `use GRU from "cells"
     model Both(H = 3) {
       input k: seq token[4]
       target y: seq []
       h = GRU(H)(embed(k, 2))
       predict k[t+1] from linear(h, out = 4)
       predict y from linear(h, out = [])
     }`,
    { target: "reference" },
  );
  const [k, y] = [tokens("k", [1, 3], 4), { shape: [1, 3], data: [0, 0, 7] }];
  const { y: predicted, "k.logits": logits } = await model.run({ k });
  const squares = [...(predicted?.data ?? [])].map((value, t) => (value - (y.data[t] ?? 0)) ** 2);
  const expected = crossEntropy(logits, k, [3]) + squares.reduce((sum, each) => sum + each, 0) / 3;
  expect((await (await model.trainer()).update({ k, y })).loss).toBeCloseTo(expected, 10);
});

describe("checkpoints", () => {
  async function same(one: CompiledModel, other: CompiledModel, prompt: string): Promise<void> {
    const options = { prompt, length: 12, seed: 5 };
    expect(await one.generate(options)).toEqual(await other.generate(options));
  }

  test("what the library saves, `recurra generate` writes with; `open` reads it back", async () => {
    const folder = join(temporaryFolder(), "saved");
    const model = await compiled(CHARS, { target: "tfjs-cpu", set: SMALL, texts: { V: TEXT }, seed: 5 });
    await save(model, folder);
    const call = ["--prompt", "to ", "--length", "12", "--seed", "5", "--target", "tfjs-cpu"];
    const { code, out, err } = await recurra("generate", folder, ...call);
    expect(err).toBe("");
    expect(code).toBe(0);
    const [written] = await model.generate({ prompt: "to ", length: 12, seed: 5 });
    expect(out).toBe(`to ${model.vocabulary("text").decode(written?.["text"]?.data ?? [])}\n`);
    const again = await open(folder, { target: "tfjs-cpu" });
    await same(again, model, "not ");
    expect(await again.weights()).toEqual(await model.weights());
    expect(Buffer.from(await again.checkpoint()).equals(readFileSync(join(folder, "weights.safetensors")))).toBe(true);
    again.dispose();
  });

  test("what `recurra train` saved, the library opens, trains on and saves for it", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "book.txt"), TEXT.repeat(3));
    const run = join(folder, "run");
    const trained = await recurra(
      "train",
      "specs/models/charlm.rec",
      "--data",
      join(folder, "book.txt"),
      "--out",
      run,
      "--set",
      "H=8",
      "--batch",
      "2",
      "--steps",
      "8",
      "--updates",
      "4",
      "--target",
      "tfjs-cpu",
    );
    expect(trained.err).toBe("");
    const model = await open(run, { target: "tfjs-cpu" });
    const chars = model.vocabulary("text");
    expect(chars.symbols.join("")).toBe(" ,.abehinoqrstu");
    expect(chars.decode(chars.encode("to be"))).toBe("to be");
    const trainer = await model.trainer();
    const before = (await trainer.update({ text: chars.encode(TEXT) })).loss;
    for (let update = 0; update < 5; update++) await trainer.update({ text: chars.encode(TEXT) });
    expect((await trainer.update({ text: chars.encode(TEXT) })).loss).toBeLessThan(before);
    await save(model, run);
    const evaluated = await recurra(
      "evaluate",
      run,
      "--data",
      join(folder, "book.txt"),
      "--json",
      "--target",
      "tfjs-cpu",
    );
    expect(evaluated.err).toBe("");
    expect(evaluated.code).toBe(0);
    trainer.dispose();
    model.dispose();
  });

  test("a cell is saved and opened too", async () => {
    const cell = await compiled('use LSTM from "cells"', { target: "reference", set: { H: 3 }, sizes: { I: 2 } });
    const opened = await open(await cell.checkpoint(), { target: "reference" });
    const x = numbers("x", [4, 2]);
    expect(await opened.run({ x })).toEqual(await cell.run({ x }));
  });
});
