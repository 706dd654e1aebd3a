// Frozen weights keep their bits on every target, in single updates, in `fit`, in `recurra train` and in resumed runs. The others are
// trained with the same gradients as before, and the norm of the gradient is theirs.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mobyDickText } from "../../src/datasets/moby-dick.ts";
import { open, UserError, type CompiledModel, type NumberArray } from "../../src/index.ts";
import { recurra, temporaryFolder } from "../support/command.ts";
import { compiled } from "./models.ts";

const BOOK = mobyDickText().slice(0, 6_000);
const CHARS = 'use CharLM from "models"';
const SET = { H: 6, E: 4 };
const FROZEN = ["e", "h.layer0.f", "logits.b"];
const FROZEN_WEIGHTS = ["e.table", "h.layer0.f.b", "h.layer0.f.h", "h.layer0.f.x", "logits.b"];

type Weights = ReadonlyMap<string, NumberArray>;

function bytesOf({ data }: NumberArray): readonly number[] {
  return [...new Uint8Array(Float64Array.from(data).buffer)];
}

/** The names of the weights that differ in any bit. */
function moved(before: Weights, after: Weights): readonly string[] {
  return [...after].flatMap(([name, array]) => {
    const old = before.get(name);
    return old !== undefined && bytesOf(old).join() === bytesOf(array).join() ? [] : [name];
  });
}

function expectOnlyFrozenKept(before: Weights, after: Weights): void {
  const names = [...before.keys()];
  expect([...moved(before, after)].sort()).toEqual(names.filter((name) => !FROZEN_WEIGHTS.includes(name)).sort());
}

async function charModel(target: string): Promise<CompiledModel> {
  return compiled(CHARS, { target, set: SET, texts: { V: BOOK }, seed: 3 });
}

/** Two examples of 12 characters of the book. */
function batchOf(model: CompiledModel): { readonly text: readonly (readonly number[])[] } {
  const { encode } = model.vocabulary("text");
  return { text: [BOOK.slice(0, 12), BOOK.slice(500, 512)].map((text) => [...encode(text)]) };
}

describe.each(["reference", "wasm", "tfjs-cpu"])("on %s", (target) => {
  // adamw would also let a weight decay that has no gradient.
  test.each(["sgd", "momentum", "rmsprop", "adam", "adamw"])("%s moves the other weights only", async (kind) => {
    const model = await charModel(target);
    const before = await model.weights();
    const trainer = await model.trainer({ optimizer: { kind, lr: 0.05 }, clip: { norm: 1 }, freeze: FROZEN });
    for (let update = 0; update < 3; update++) await trainer.update(batchOf(model));
    expectOnlyFrozenKept(before, await model.weights());
    trainer.dispose();
  });

  test("the others move as if nothing were frozen, to the last bit, where the norm is not clipped", async () => {
    const [part, whole] = [await charModel(target), await charModel(target)];
    const settings = { optimizer: { kind: "sgd", lr: 0.05 }, clip: { norm: Infinity } };
    for (const [model, freeze] of [[part, FROZEN] as const, [whole, []] as const]) {
      const trainer = await model.trainer({ ...settings, freeze });
      await trainer.update(batchOf(model));
      trainer.dispose();
    }
    expect([...moved(await whole.weights(), await part.weights())].sort()).toEqual(FROZEN_WEIGHTS);
  });

  test("the norm is that of the gradients of the other weights", async () => {
    const model = await charModel(target);
    const { weights } = await model.gradients(batchOf(model));
    const squares = [...weights].map(([name, { data }]) => {
      const sum = [...data].reduce((total, value) => total + value ** 2, 0);
      return { name, sum };
    });
    const trained = squares.filter(({ name }) => !FROZEN_WEIGHTS.includes(name));
    const trainer = await model.trainer({ freeze: FROZEN });
    const { norm } = await trainer.update(batchOf(model));
    const expected = Math.sqrt(trained.reduce((total, { sum }) => total + sum, 0));
    const ofAll = Math.sqrt(squares.reduce((total, { sum }) => total + sum, 0));
    // Rounding of float32 only; the norm of all weights is far from it.
    expect(Math.abs(norm / expected - 1)).toBeLessThan(1e-5);
    expect(ofAll / expected).toBeGreaterThan(1.01);
    trainer.dispose();
  });
});

describe("in a run", { timeout: 120_000 }, () => {
  const train = ["train", "specs/models/charlm.rec", "--set", "H=6", "--set", "E=4", "--seed", "3", "--batch", "4"];

  test("`fit` and `recurra train` agree, and a resumed run keeps what is frozen", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "book.txt"), BOOK);
    const begin = [...train, "--data", join(folder, "book.txt"), "--freeze", ...FROZEN, "--epochs", "2"];
    const [once, twice] = [join(folder, "once"), join(folder, "twice")];
    const whole = await recurra(...begin, "--out", once);
    expect(whole.code).toBe(0);
    expect(whole.out).toContain(
      `frozen: ${["e.table", "h.layer0.f.x", "h.layer0.f.h", "h.layer0.f.b", "logits.b"].join(", ")}`,
    );
    expect((await recurra(...begin, "--out", twice, "--updates", "7")).code).toBe(0);
    const more = await recurra("train", "--resume", "--out", twice);
    expect([more.code, more.out.includes("frozen: e.table")]).toEqual([0, true]);
    for (const file of ["weights.safetensors", "resume.safetensors"])
      expect(readFileSync(join(twice, file)).equals(readFileSync(join(once, file))), file).toBe(true);
    // Their vocabulary is that of the training part of the text.
    const [model, begun] = [await compiled(CHARS, { set: SET, seed: 3 }), await compiled(CHARS, { set: SET, seed: 3 })];
    await begun.fit({ data: BOOK, batch: 4, updates: 1, freeze: FROZEN });
    const before = await begun.weights();
    await model.fit({ data: BOOK, batch: 4, epochs: 2, freeze: FROZEN });
    expectOnlyFrozenKept(before, await model.weights());
    const trained = await open(once);
    expect(moved(await trained.weights(), await model.weights())).toEqual([]);
    trained.dispose();
  });

  test("a frozen weight has no slots in the file that resumes the run", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "book.txt"), BOOK);
    const out = join(folder, "run");
    await recurra(...train, "--data", join(folder, "book.txt"), "--freeze", "e", "--updates", "2", "--out", out);
    const header = readFileSync(join(out, "resume.safetensors")).toString("latin1");
    expect([header.includes('"slot.mean.logits.b"'), header.includes("slot.mean.e.table")]).toEqual([true, false]);
    const again = await recurra("train", "--resume", "--out", out, "--freeze", "logits");
    expect([again.code, again.err]).toEqual([
      1,
      "error: --freeze: a resumed run keeps its settings. With --resume, use only --out, --updates, --epochs and --target\n",
    ]);
  });

  test("the spec after `--freeze` is not taken for a weight in silence", async () => {
    const { code, err } = await recurra("train", "--freeze", "e", "specs/models/charlm.rec");
    expect([code, err]).toEqual([
      1,
      "error: no spec: write `recurra train FILE --data D`; `--freeze` took specs/models/charlm.rec as the name of a weight: write the spec first\n",
    ]);
  });
});

describe("a wrong name is an error before training", () => {
  test.each([
    [["e.tabel"], "`CharLM` has no weight `e.tabel`; did you mean `e.table`?"],
    [["h.layer1"], "`CharLM` has no weight `h.layer1`; did you mean `h.layer0`?"],
    [["logits.c"], "`CharLM` has no weight `logits.c`; did you mean `logits.h`?"],
    [
      ["nothing of this"],
      /^`CharLM` has no weight `nothing of this`; it has e\.table, h\.layer0\.f\.x, .* and 3 more$/,
    ],
    [["e", "h", "logits"], "all weights of `CharLM` are frozen, so there is nothing to train"],
  ])("%j", async (freeze, message) => {
    const model = await charModel("reference");
    await expect(model.fit({ data: BOOK, freeze })).rejects.toThrow(UserError);
    await expect(model.fit({ data: BOOK, freeze })).rejects.toThrow(message);
    await expect(model.trainer({ freeze })).rejects.toThrow(message);
  });

  test("and so is a value that is not a list of names", async () => {
    const model = await charModel("reference");
    // Called from JavaScript.
    const freeze = Object("e");
    await expect(model.trainer({ freeze })).rejects.toThrow(/`freeze` is .*, but it must be an array of names/);
    await expect(model.trainer({ freeze: [Object(1)] })).rejects.toThrow("a name in `freeze`");
  });
});
