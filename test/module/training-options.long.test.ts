// A compiled module trains as the library does, bit by bit; what runs, steps and writes uses the new weights; wrong inputs are refused.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readSafetensors } from "../../src/checkpoint/safetensors.ts";
import { compile, type CompiledModel, type CompileOptions } from "../../src/index.ts";
import { arraysFor, expectSameBits, expectSameWeights, trainableModule, type GivenUpdate } from "./training.ts";

const BOOK = "it was the best of times, it was the worst of times\n";

function opened(file: string, options: CompileOptions): Promise<CompiledModel> {
  return compile(readFileSync(file, "utf8"), options);
}

function charLM(): Promise<CompiledModel> {
  return opened("specs/models/charlm.rec", { set: { H: 16 }, texts: { V: BOOK } });
}

function truncatedCharLM({ k1, k2 }: { readonly k1: number; readonly k2: number }): Promise<CompiledModel> {
  const text = readFileSync("specs/models/charlm.rec", "utf8");
  expect(text).toMatch(/truncate k1 = \d+, k2 = \d+/);
  const own = text.replace(/truncate k1 = \d+, k2 = \d+/, `truncate k1 = ${k1}, k2 = ${k2}`);
  return compile(own, { set: { H: 16 }, texts: { V: BOOK } });
}

describe("`null` in targets", () => {
  test("from the first batch that has some, updates have the bits of the library's", async () => {
    const model = await opened("specs/models/tag.rec", { sizes: { V: 9, K: 4 } });
    const module = await trainableModule(model);
    const words = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ];
    const whole = [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
    ];
    const partly = [
      [0, null, 2, 3],
      [null, 2, 1, null],
    ];
    for (const options of [{}, { lengths: { words: [4, 2], tags: [4, 2] } }]) {
      module.setWeights(Object.fromEntries(await model.weights()));
      const [theirs, own] = [await model.trainer(), module.trainer()];
      for (const tags of [whole, partly, whole])
        expect(own.update({ words, tags }, options)).toEqual(await theirs.update({ words, tags }, options));
      expectSameWeights(module.weights(), await model.weights());
      theirs.dispose();
    }
    const none = whole.map((tags) => tags.map(() => null));
    expect(() => module.trainer().update({ words, tags: none })).toThrow(
      "there is nothing to learn: `tags` is null at every step of this batch",
    );
    expect(() => module.trainer().update({ words: partly, tags: whole })).toThrow("`words` needs numbers in arrays");
    model.dispose();
  });
});

describe("states and windows", () => {
  test("chunks of longer sequences go on from the states of the chunk before", async () => {
    const model = await charLM();
    const module = await trainableModule(model);
    const chunk = (steps: number): GivenUpdate => ({ arrays: arraysFor(module, 4, steps) });
    const chunks = [chunk(3), chunk(4), { ...chunk(5), options: { isFresh: true } }, chunk(3)];
    await expectSameBits(model, module, chunks, { carriesState: true });
    const trainer = module.trainer({ carriesState: true });
    trainer.update(chunk(3).arrays);
    expect(() => trainer.update(arraysFor(module, 2, 4))).toThrow(
      "this batch has 2 examples and the one before 4, so the state cannot be carried: give `isFresh: true`",
    );
    model.dispose();
  });

  test("windows of whole sequences are updates of their own", async () => {
    const model = await charLM();
    const module = await trainableModule(model);
    const arrays = arraysFor(module, 3, 11);
    const options = { lengths: { text: [11, 4, 7] } };
    await expectSameBits(model, module, [{ arrays }, { arrays, options }], { steps: 4 });
    await expectSameBits(model, module, [{ arrays, options }, { arrays }], { steps: 3, carriesState: true });
    model.dispose();
  });

  test("gradients go through more or fewer steps than lie between updates", async () => {
    for (const [truncate, ...others] of [
      [
        { k1: 3, k2: 5 },
        { k1: 2, k2: 7 },
        { k1: 4, k2: 40 },
      ],
      [
        { k1: 5, k2: 2 },
        { k1: 40, k2: 3 },
      ],
    ] as const) {
      const model = await truncatedCharLM(truncate);
      const module = await trainableModule(model);
      const arrays = arraysFor(module, 3, 11);
      const options = { lengths: { text: [11, 4, 7] } };
      for (const settings of [truncate, ...others, { steps: 4 }]) {
        await expectSameBits(model, module, [{ arrays }, { arrays, options }], settings);
        await expectSameBits(model, module, [{ arrays, options }, { arrays }], { ...settings, carriesState: true });
      }
      const other = { k1: truncate.k2, k2: truncate.k1 };
      expect(() => module.trainer(other)).toThrow(
        `\`k1\` is ${other.k1} and \`k2\` is ${other.k2}: only a module of a spec with \`truncate k1 = ${other.k1}, k2 = ${other.k2}\` trains like this`,
      );
      model.dispose();
    }
  });

  test("targets may be missing in windows of either kind", async () => {
    const y = [
      [1, null, 0.5, null, 0.25, 0],
      [null, 1, 1, 0.5, null, 0.75],
    ];
    for (const settings of [
      { k1: 2, k2: 3 },
      { k1: 4, k2: 2 },
    ]) {
      const head = "input x: seq [2]\n target y: seq []\n h = GRU(H)(x)\n predict y from linear(h, out = [])";
      const truncate = `train {\n truncate k1 = ${settings.k1}, k2 = ${settings.k2}\n}`;
      const model = await compile(`use GRU from "cells"\nmodel M(H = 4) {\n ${head}\n ${truncate}\n}`);
      const module = await trainableModule(model);
      const x = arraysFor(module, 2, 6)["x"] ?? expect.fail("no x");
      module.setWeights(Object.fromEntries(await model.weights()));
      const [theirs, own] = [await model.trainer(settings), module.trainer(settings)];
      for (const lengths of [
        [6, 6],
        [5, 6],
      ]) {
        const options = { lengths: { x: lengths } };
        expect(own.update({ x, y }, options)).toEqual(await theirs.update({ x, y }, options));
      }
      expectSameWeights(module.weights(), await model.weights());
      theirs.dispose();
      model.dispose();
    }
  });
});

const REGRESSION = (train: string): string => `
use LSTM from "cells"
model Levels(H = 5) {
  input x: seq [3]
  target y: seq [2]
  h = LSTM(H)(x) |> dropout(0.3)
  predict y from linear(h, out = [2])
  train { ${train} }
}`;

describe("the settings of the spec are compiled", () => {
  test.each([
    "optimizer sgd(lr = 0.2)",
    "optimizer momentum(lr = 0.1, momentum = 0.5)  clip norm 0.1",
    "optimizer rmsprop(decay = 0.8)  clip value 0.01",
    "optimizer adamw(lr = 0.01, decay = 0.1)  clip state 0.001  seed 9",
  ])("%s", async (train) => {
    const model = await compile(REGRESSION(train.replaceAll("  ", "\n")));
    const module = await trainableModule(model);
    const updates = [4, 4, 7].map((steps) => ({ arrays: arraysFor(module, 3, steps) }));
    await expectSameBits(model, module, updates);
    await expectSameBits(model, module, updates, { optimizer: { lr: 0.003 } });
    model.dispose();
  });

  test("the seed decides dropout", async () => {
    const model = await compile(REGRESSION("optimizer sgd"));
    const module = await trainableModule(model);
    const arrays = arraysFor(module, 3, 4);
    const before = module.weights();
    const losses = [1, 1, 2].map((seed) => {
      module.setWeights(before);
      return module.trainer({ seed }).update(arrays).loss;
    });
    expect(losses[1]).toBe(losses[0]);
    expect(losses[2]).not.toBe(losses[0]);
    model.dispose();
  });
});

describe("the new weights", () => {
  test("are those of what runs, of a stream that has begun, and of what is written", async () => {
    const model = await charLM();
    const module = await trainableModule(model);
    const [stream, own] = [model.start(), module.start()];
    const text = [...model.vocabulary("text").encode("it was the worst")];
    const step = (token: number): void => {
      const expected = stream.step({ text: token })["text.logits"]?.data ?? [];
      const found = own.step({ text: token })["text.logits"]?.data ?? [];
      expected.forEach((value, index) => expect(found[index]).toBeCloseTo(value, 4));
    };
    text.slice(0, 4).forEach(step);
    const [theirs, trainer] = [await model.trainer(), module.trainer()];
    for (let update = 0; update < 150; update++)
      expect(trainer.update({ text })).toEqual(await theirs.update({ text }));
    text.slice(4, 8).forEach(step);
    const [expected, found] = [await model.run({ text }), module.run({ text })];
    expected["text.logits"]?.data.forEach((value, index) =>
      expect(found["text.logits"]?.data[index]).toBeCloseTo(value, 4),
    );
    let written = "";
    for await (const piece of module.generate({ prompt: "it was ", length: 9, temperature: 0 }))
      written += String(piece);
    expect(written).toBe("the worst");
    model.dispose();
  });

  test("leave as safetensors and come back", async () => {
    const model = await charLM();
    const module = await trainableModule(model);
    module.trainer().update({ text: "it was the best" });
    const { tensors } = readSafetensors(module.safetensors(), "tuned.safetensors");
    expectSameWeights(module.weights(), tensors);
    model.setWeights(tensors);
    const again = await trainableModule(model);
    expectSameWeights(again.weights(), tensors);
    again.setWeights({ "logits.b": Array.from({ length: again.weights()["logits.b"]?.data.length ?? 0 }, () => 1) });
    expect(again.weights()["logits.b"]?.data[0]).toBe(1);
    model.dispose();
  });

  test("begin as those that are stored: 8-bit integers are widened first", async () => {
    const model = await charLM();
    const module = await trainableModule(model, { weightType: "int8" });
    const stored = module.weights();
    expect(stored["logits.h"]?.data).not.toEqual((await model.weights()).get("logits.h")?.data);
    model.setWeights(stored);
    await expectSameBits(model, module, [{ arrays: arraysFor(module, 2, 6) }]);
    model.dispose();
  });
});

test("texts and labels are read as the library encodes rows, with the end token of a target that ends by itself", async () => {
  const file = readFileSync("specs/models/translate.rec", "utf8");
  const rows = [
    { source: "one two", output: "eins" },
    { source: "two", output: "zwei drei" },
    { source: "three one", output: "ei" },
  ];
  const model = await compile(file, { set: { H: 8, E: 4 } });
  await model.fit({ data: rows, valid: false, updates: 1 });
  const module = await trainableModule(model);
  const { arrays, lengths } = await model.encode(rows);
  const theirs = await model.trainer();
  const expected = await theirs.update(arrays, { lengths });
  const given = { source: rows.map(({ source }) => source), output: rows.map(({ output }) => output) };
  expect(module.trainer().update(given)).toEqual(expected);
  expectSameWeights(module.weights(), await model.weights());
  model.dispose();
});
