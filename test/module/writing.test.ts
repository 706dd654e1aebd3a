// What a module writes, and texts in the place of token ids: as the library does.
import { expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { compile, open, type CompiledModel } from "../../src/index.ts";
import type { WritingModel } from "../../src/module/runtime/writing-model.ts";
import { importedModule } from "./modules.ts";

const BOOK = "it was the best of times, it was the worst of times\n";

async function written(module: WritingModel, options: Parameters<WritingModel["generate"]>[0]): Promise<string> {
  let text = "";
  for await (const piece of module.generate(options)) text += typeof piece === "string" ? piece : JSON.stringify(piece);
  return text;
}

async function writtenByLibrary(model: CompiledModel, options: object): Promise<string> {
  let text = "";
  for await (const piece of model.generate(options)) text += piece.text ?? "";
  return text;
}

test("a model of one text writes the same from the same seed", async () => {
  const model = await compile(readFileSync("specs/models/charlm.rec", "utf8"), { set: { H: 16 }, texts: { V: BOOK } });
  const module = await importedModule(model);
  for (const options of [
    { prompt: "it was", length: 40, seed: 3 },
    { length: 20, temperature: 0 },
    { prompt: "the ", topK: 3, topP: 0.9, seed: 8 },
  ])
    expect(await written(module, options)).toBe(await writtenByLibrary(model, options));
  expect(module.vocabulary("text").decode(module.vocabulary("text").encode("times"))).toBe("times");
  await expect(written(module, { prompt: [99] })).rejects.toThrow("takes token ids from 0 to");
  await expect(written(module, { inputs: { text: "it" } })).rejects.toThrow("`text` is given with each step");
  const { text } = module.run({ text: "it was" });
  expect(text?.shape).toEqual([6]);
  expect(text?.text).toBe(module.vocabulary("text").decode(Int32Array.from(text?.data ?? [])));
  model.dispose();
});

test("a model of rows writes what it writes for one example in the library", async () => {
  const text = readFileSync("specs/models/translate.rec", "utf8");
  const sizes = { set: { H: 8, E: 4 } };
  const model = await compile(text, {
    ...sizes,
    sizes: Object.fromEntries((await openSizes(text)).map((name) => [name, 7])),
  });
  const module = await importedModule(model);
  const [input] = module.inputs;
  const ids = { shape: [5], data: Int32Array.of(1, 2, 3, 2, 1) };
  const inputs = { [input?.name ?? ""]: ids };
  for (const options of [
    { inputs, seed: 5, length: 12 },
    { inputs, temperature: 0, length: 12 },
  ]) {
    const [row] = await model.generate(options);
    const steps: unknown[] = [];
    for await (const step of module.generate(options))
      steps.push(typeof step === "string" ? step : Object.values(step)[0]);
    expect(steps).toEqual([...(Object.values(row ?? {})[0]?.data ?? [])]);
  }
  await expect(written(module, { inputs, prompt: "a" })).rejects.toThrow("takes no `prompt`");
  model.dispose();
});

test("texts of different lengths are read, and predictions have the text of their own example and steps", async () => {
  const spec = `
model Mood(E = 4) {
  input words: seq word[V]
  target mood: label[M]
  target tags: seq label[T]
  e = embed(words, E)
  predict mood from linear(mean(e), out = M)
  predict tags from linear(e, out = T)
}`;
  const model = await compile(spec, {
    texts: { V: "the sky was grey and a day", M: ["good", "bad mood"], T: ["noun", "verb"] },
  });
  const module = await importedModule(model);
  const texts = ["the sky was grey", "a day", "grey and grey"];
  const { mood, tags } = module.run({ words: texts });
  texts.forEach((words, example) => {
    const alone = module.run({ words });
    expect(mood?.text?.[example]).toBe(alone["mood"]?.text);
    expect(tags?.text?.[example]).toBe(alone["tags"]?.text);
  });
  expect(tags?.text?.[1]?.split(" ")).toHaveLength(2);
  model.dispose();
});

/** Names of vocabularies. */
async function openSizes(text: string): Promise<readonly string[]> {
  return [...new Set([...text.matchAll(/(?:char|word|label)\[(\w+)\]/g)].map((match) => match[1] ?? ""))];
}

test("wrong inputs get an error that says what was expected, and later calls are right", async () => {
  const model = await compile(readFileSync("specs/cells/gru.rec", "utf8"), {
    cell: "GRU",
    set: { H: 4 },
    sizes: { I: 2 },
  });
  const module = await importedModule(model);
  const right = module.run({ x: [[1, 2]] });
  expect(() => module.run({})).toThrow("`GRU` needs its input `x`, seq [2]");
  expect(() => module.run({ y: 1 })).toThrow("`GRU` has no input `y`, but `x`");
  expect(() => module.run({ x: [[1, 2, 3]] })).toThrow("`x` is seq [2] for each example, but what was given is [1, 3]");
  expect(() => module.run({ x: [[1, NaN]] })).toThrow("`x` is seq [2] and takes finite numbers, but one is NaN");
  expect(() => module.run({ x: [[1], [1, 2]] })).toThrow("its arrays differ in length");
  expect(() => module.run({ x: [[1, 2]] }, { lengths: { x: [2] } })).toThrow("from 1 to 1");
  expect(() => module.start({ state: { h: [1] } })).toThrow("`h` with 4 numbers");
  expect(() => module.start({ inputs: { x: [[1, 2]] } })).toThrow("`x` is given with each step");
  expect(module.run({ x: [[1, 2]] })).toEqual(right);
  model.dispose();
});

test.each(["f16", "int8"] as const)("weights as %s are close, and in fewer bytes", async (weightType) => {
  const model = await compile(readFileSync("specs/cells/gru.rec", "utf8"), {
    cell: "GRU",
    set: { H: 32 },
    sizes: { I: 8 },
  });
  const x = Array.from({ length: 6 }, (_, t) => Array.from({ length: 8 }, (__, i) => Math.sin(t + i)));
  const [exact, close] = [await importedModule(model), await importedModule(model, { weightType })];
  const [a, b] = [exact.run({ x }), close.run({ x })];
  const apart = Math.max(
    ...[...(a["output"]?.data ?? [])].map((value, index) => Math.abs(value - (b["output"]?.data[index] ?? NaN))),
  );
  expect(apart).toBeGreaterThan(0);
  expect(apart).toBeLessThan(weightType === "f16" ? 1e-3 : 1e-2);
  const bytes = async (type: "f32" | "f16" | "int8"): Promise<number> =>
    (await model.compile({ weightType: type }))[0]?.content.length ?? 0;
  expect(await bytes(weightType)).toBeLessThan(await bytes("f32"));
  model.dispose();
});

test("the same request gives the same bytes, also after other work, and weights can be a file of their own", async () => {
  const make = async (): Promise<readonly string[]> => {
    const model = await compile(readFileSync("specs/cells/lstm.rec", "utf8"), {
      cell: "LSTM",
      set: { H: 5 },
      sizes: { I: 3 },
    });
    const files = await model.compile();
    model.dispose();
    return files.map(({ content }) => String(content));
  };
  const first = await make();
  const other = await compile("cell A(H) { input x: [H]; state h: [H]; h = tanh(x) * h[t-1] }", { set: { H: 7 } });
  await other.run({ x: [[1, 2, 3, 4, 5, 6, 7]] });
  expect(await make()).toEqual(first);
  const module = await importedModule(other, { weightsFile: true });
  expect(module.run({ x: [[1, 2, 3, 4, 5, 6, 7]] })["output"]?.shape).toEqual([1, 7]);
  other.dispose();
});

test.each([
  ["gaussian(softplus(z))", ["0.5 * y[t-1] + concat(z, z)", "[2]"]],
  ["poisson", ["0.1 * y[t-1] + concat(z, z)", "[2]"]],
  ["mixture(2)", ["reshape(concat(z, 0.1 * y[t-1], -z, -z, 2 * z, z, -y[t-1], z), [2, 5])", "[2]"]],
  ["mixture(2)", ["reshape(concat(z, 0.1 * y[t-1], -z, -z, 2 * z, z), [2, 3])", "[]"]],
  ["quantile(0.2, 0.5, 0.8)", ["0.1 * y[t-1] + reshape(concat(z, 2 * z, 3 * z), [3])", "[]"]],
])("numbers drawn by %s are those of the library", async (by, [from, type]) => {
  const text = `model M {
    input z: seq []
    target y: seq ${type ?? ""}
    predict y from ${from ?? ""} by ${by}
  }`;
  const model = await compile(text, { target: "wasm" });
  const module = await importedModule(model);
  const z = [0.5, 1, -1, 2, 0];
  for (const options of [
    { seed: 5, length: 5 },
    { temperature: 0, length: 5 },
  ]) {
    const [row] = await model.generate({ ...options, inputs: { z: [z] } });
    const steps: unknown[] = [];
    for await (const step of module.generate({ ...options, inputs: { z } }))
      steps.push(typeof step === "string" ? step : Object.values(step)[0]);
    expect(steps.flat()).toEqual([...(row?.["y"]?.data ?? [])]);
    expect(steps.flat()).toHaveLength(type === "[]" ? 5 : 10);
  }
  model.dispose();
});

test.each([
  ["target x: seq []\n predict x from linear(h, out = []) by gaussian(1)", "x[t-1]", {}, 7],
  [
    "input z: seq []\n target x: seq []\n predict x from linear(h, out = []) by gaussian(1)",
    "concat(z, x[t-1])",
    { z: [1, 2, 3] },
    3,
  ],
])("how many steps are written if nothing is said: %j", async (data, from, inputs, steps) => {
  const model = await compile(`cell C(H) {
    input x
    state h: [H]
    h = tanh(linear(x, h[t-1]))
    output h
  }
  model M {
    ${data.replace("predict", `h = C(4)(${from})\n predict`)}
  }`);
  const row = (count: number): Readonly<Record<string, readonly number[]>> =>
    Object.fromEntries(model.inputs.map(({ name }) => [name, Array.from({ length: count }, (_, t) => Math.sin(t))]));
  await model.fit({ data: [row(7), row(4)], valid: false, epochs: 1 });
  const again = await open(await model.checkpoint());
  for (const each of [model, again]) {
    const module = await importedModule(each);
    const given = Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, [values]]));
    const [byLibrary] = await model.generate({ seed: 2, inputs: given });
    const byModule: unknown[] = [];
    for await (const step of module.generate({ seed: 2, inputs })) byModule.push(Object.values(step)[0]);
    expect(byModule.flat()).toEqual([...(byLibrary?.["x"]?.data ?? [])]);
    expect(byModule).toHaveLength(steps);
    const types = (await each.compile()).find(({ name }) => name.endsWith(".d.mts"))?.content;
    expect(types).toContain(`at most. Default: ${steps === 7 ? 7 : "as many as its inputs have"}.`);
  }
  again.dispose();
  model.dispose();
});
