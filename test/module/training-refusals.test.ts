// What a module with training refuses: in the words of the spec, before anything changes.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile, type CompiledModel } from "../../src/index.ts";
import { trainableModule } from "./training.ts";

const BOOK = "it was the best of times, it was the worst of times\n";

function charLM(): Promise<CompiledModel> {
  return compile(readFileSync("specs/models/charlm.rec", "utf8"), { set: { H: 16 }, texts: { V: BOOK } });
}

describe("what does not fit is refused, and changes nothing", () => {
  test("inputs and options", async () => {
    const model = await charLM();
    const module = await trainableModule(model);
    const before = module.weights();
    const trainer = module.trainer();
    expect(() => trainer.update({})).toThrow("`CharLM` needs its input `text`, seq char[V]");
    expect(() => trainer.update({ text: "i" })).toThrow(
      "`text` has 1 steps, but a prediction lies 1 ahead: give 2 steps or more",
    );
    expect(() => trainer.update({ text: [[99, 99]] })).toThrow("`text` is seq char[V] and takes token ids from 0 to");
    expect(() => trainer.update({ txt: "it" })).toThrow("`CharLM` has no input `txt`, but `text`");
    expect(() => trainer.update({ text: "it was" }, { lengths: { text: [9] } })).toThrow("1 to 6");
    expect(() => trainer.update({ text: [1, 2, 3] }, { lengths: { text: [1] } })).toThrow(
      "there is nothing to learn: no example of this batch is long enough to have `text[t+1]`",
    );
    expect(() => trainer.update({ text: "it was" }, { rate: -1 })).toThrow("the rate is -1, but it must be 0 or more");
    expect(() => module.trainer({ steps: 0 })).toThrow("`steps` is 0");
    expect(() => module.trainer({ seed: 0.5 })).toThrow("`seed` is 0.5, but it must be a whole number");
    expect(() => Reflect.apply(module.trainer, module, [null])).toThrow("`trainer` takes its options in an object");
    expect(() => module.trainer({ optimizer: { kind: "sgd" } })).toThrow(
      "compiled for the optimizer `adam`: of its settings only `lr` can be given, not `kind`",
    );
    const clipped = { seed: 1, clip: { norm: 1 } };
    expect(() => module.trainer(clipped)).toThrow("`trainer` has no option `clip` in a module");
    expect(() => module.setWeights({ "logits.c": [1] })).toThrow("`CharLM` has no weight `logits.c`");
    expect(() => module.setWeights({ "logits.b": [1] })).toThrow("the weight `logits.b` is [");
    expect(() => module.setWeights({ "logits.b": before["logits.b"]?.data.map(() => NaN) ?? [] })).toThrow("finite");
    expect(module.weights()).toEqual(before);
    expect(trainer.updates).toBe(0);
    model.dispose();
  });

  test("a batch for which there is not enough memory", async () => {
    const model = await charLM();
    const [module, another] = [await trainableModule(model), await trainableModule(model)];
    const trainer = module.trainer();
    trainer.update({ text: "it was" });
    expect(() => trainer.update({ text: new Int32Array(4_000_000) })).toThrow(/no memory for \d+ more bytes/);
    expect(() => module.run({ text: new Int32Array(40_000_000) })).toThrow("no memory for");
    const fresh = another.trainer();
    fresh.update({ text: "it was" });
    for (const text of ["it was", "the best"]) expect(trainer.update({ text })).toEqual(fresh.update({ text }));
    expect(module.run({ text: "it was" })).toEqual(another.run({ text: "it was" }));
    model.dispose();
  });

  test("an update whose loss is not finite", async () => {
    const model = await charLM();
    const module = await trainableModule(model);
    const trainer = module.trainer({ optimizer: { lr: 1e38 } });
    trainer.update({ text: "it was" });
    const before = module.weights();
    expect(() => trainer.update({ text: "it was" })).toThrow("so this update was not made and has changed nothing");
    expect(module.weights()).toEqual(before);
    expect(trainer.updates).toBe(1);
    model.dispose();
  });

  test("probabilities that are none", async () => {
    const model = await compile(`
model Rain {
  input x: seq [2]
  target wet: seq []
  predict wet from linear(x, out = []) by binary
}`);
    const module = await trainableModule(model);
    expect(() => module.trainer().update({ x: [[1, 2]], wet: [2] })).toThrow(
      "`wet` is predicted `by binary`, so its values are from 0 to 1",
    );
    expect(module.trainer().update({ x: [[1, 2]], wet: [1] }).loss).toBeGreaterThan(0);
    model.dispose();
  });

  test("parts of a sequence where the model needs all of it", async () => {
    const model = await compile(readFileSync("specs/models/adding.rec", "utf8"), { set: { H: 4 } });
    const module = await trainableModule(model);
    for (const options of [{ steps: 4 }, { carriesState: true }])
      expect(() => module.trainer(options)).toThrow("`Adding` cannot be trained on parts of a sequence: `total` is");
    model.dispose();
  });

  test("cells, and formats that have no option for it", async () => {
    const cell = await compile(readFileSync("specs/cells/gru.rec", "utf8"), {
      cell: "GRU",
      set: { H: 4 },
      sizes: { I: 3 },
    });
    await expect(cell.compile({ training: true })).rejects.toThrow("`GRU` has nothing to minimise, so it cannot train");
    for (const format of ["c", "onnx"])
      await expect(cell.compile({ format, training: true })).rejects.toThrow(`the format \`${format}\` cannot train`);
    for (const format of ["pytorch", "jax"])
      await expect(cell.compile({ format, training: true })).rejects.toThrow("can always train: leave out `training`");
    cell.dispose();
  });
});
