// Weights may be shared, states never: each application carries its own, in `step`, in `generate`, in training in chunks, in files.
import { describe, expect, test } from "vitest";
import type { CompiledModel } from "../../src/index.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import { open, programOf } from "../../src/compile.ts";
import { compiled, expectNear, numbers, stepOf, TARGETS, TOLERANCE } from "../library/models.ts";
import { nesting } from "../support/applications.ts";

const SUMS = "cell D(N) { input x: [N]; param w: [N] ~ zeros; state h: [N]; h = h[t-1] + x + w }";

const summing = (body: string): string =>
  `model M { input x: seq [1]; target y: seq [1]; ${body}; predict y from out }\n${SUMS}`;

const SHARED = [
  ["a named cell, applied twice", "enc = D(1); out = enc(x); b = enc(0 * x)", [1, 2, 3]],
  ["one, then the other", "enc = D(1); b = enc(0 * x); out = enc(x) + b", [1, 2, 3]],
  ["both in one equation", "enc = D(1); out = enc(x) + enc(10 * x)", [11, 22, 33]],
  ["a named stack", "enc = stack(D(1), 2); out = enc(x) - enc(2 * x)", [-1, -3, -6]],
  ["layers of one set of weights", "out = stack(D(1), 2, shared = true)(x)", [1, 3, 6]],
  ["a stack of such stacks", "out = stack(stack(D(1), 2, shared = true), 2, shared = true)(x)", [1, 5, 15]],
] as const;

function stepped(model: CompiledModel, x: readonly number[]): readonly number[] {
  const stream = model.start();
  const found = x.map((each) => stream.step({ x: [each] })["y"]?.data[0] ?? NaN);
  stream.dispose();
  return found;
}

describe.each(TARGETS)("%s: one set of weights, a state for each application", (target) => {
  test.each(SHARED)("%s", async (_, body, expected) => {
    const model = await compiled(summing(body), { target });
    expect([...((await model.run({ x: [[1], [1], [1]] }))["y"]?.data ?? [])]).toEqual(expected);
    expect(stepped(model, [1, 1, 1])).toEqual(expected);
  });

  test("in training that carries its state from chunk to chunk", async () => {
    const model = await compiled(summing("out = stack(D(1), 2, shared = true)(x)"), { target });
    const trainer = await model.trainer({ carriesState: true, optimizer: { kind: "sgd", lr: 0 } });
    const x = [[1], [1]];
    expect((await trainer.update({ x, y: [[1], [3]] })).loss).toBe(0);
    expect((await trainer.update({ x, y: [[6], [10]] })).loss).toBe(0);
    trainer.dispose();
  });

  test("in what a model writes", async () => {
    const model = await compiled(
      `model M {
         input text: seq char[V]
         e = embed(text, 3)
         y = stack(G(3), 2, shared = true)(e)
         predict text[t+1] from linear(y, out = V)
       }
       cell G(N) { input x: [N]; state h: [N]; h = tanh(3 * linear(x, h[t-1])) }`,
      { target, texts: { V: "abcdefgh" }, seed: 4 },
    );
    for (const [name, { shape, data }] of await model.weights())
      model.setWeights({ [name]: { shape, data: data.map((value) => 4 * value) } });
    const { decode } = model.vocabulary("text");
    const [written] = await model.generate({ prompt: "abcab", length: 14, temperature: 0 });
    expect(decode(written?.["text"]?.data ?? [])).toBe("dacbbhabcbhabc");
  });
});

describe("names of states", () => {
  const statesOf = (source: string): readonly string[] => carried(source).states.map(({ name }) => name);

  test("the path of the weights; a further application is numbered, layers of a shared stack are told apart", () => {
    expect(statesOf(summing("enc = D(1); a = enc(x); b = enc(a); out = b"))).toEqual(["enc.h", "enc.2.h"]);
    expect(statesOf(summing("out = stack(D(1), 2, shared = true)(x)"))).toEqual(["out.layer0.h", "out.layer1.h"]);
    expect(statesOf(summing("out = stack(D(1), 2)(x)"))).toEqual(["out.layer0.h", "out.layer1.h"]);
    expect(statesOf(summing("w = stack(D(1), 2, shared = true); out = w(x) + w(2 * x)"))).toEqual([
      "w.layer0.h",
      "w.layer1.h",
      "w.2.layer0.h",
      "w.2.layer1.h",
    ]);
  });

  test("what is read delayed never meets a state of the cell that it is read from", async () => {
    const source = `
      model M { input x: seq [1]; target y: seq [1]; d = F(1)(x); e = d.c[t-2] + d.c[t-1]; predict y from e + d.c[t-1] }
      cell F(N) { input x: [N]; state c: [N] = 5; c = c[t-2] + x }`;
    expect(statesOf(source)).toEqual(["d.c", "d.c[t-2]", "d.c[t-1]", "d.c[t-2].2"]);
    const model = await compiled(source, { target: "reference" });
    const { y } = await model.run({ x: [[1], [2], [3], [4]] });
    // c is 6 7 9 11, one step ago 0 6 7 9, two steps ago 0 0 6 7.
    expect([...(y?.data ?? [])]).toEqual([0, 12, 20, 25]);
    expect(stepped(model, [1, 2, 3, 4])).toEqual([0, 12, 20, 25]);
  });

  test("two parts without a name, and a cell's own state of their name", async () => {
    const source = `
      model M { input x: seq [1]; target y: seq [1]; predict y from Outer(1)(x) + D(1)(x).h[t-1] + D(1)(10 * x).h[t-1] }
      cell Outer(N) { input x: [N]; state h: [N] = 100; h = D(N)(x).h[t-1] + D(N)(10 * x).h[t-1] }
      ${SUMS}`;
    const model = await compiled(source, { target: "reference" });
    const { y } = await model.run({ x: [[1], [1], [1]] });
    expect([...(y?.data ?? [])]).toEqual([0, 22, 44]);
    expect(stepped(model, [1, 1, 1])).toEqual([0, 22, 44]);
  });
});

/** The model of a spec as it is trained in chunks and used step by step. */
function carried(source: string): Program {
  const scope = open({ name: "test.rec", text: source }, () => []);
  const definition = [...scope.definitions.values()].find((each) => each.definition.kind === "model");
  if (definition === undefined) return expect.fail("no model");
  return programOf(definition, new Map(), { ragged: false, training: false, states: "carried" });
}

const SEEDS = Array.from({ length: 8 }, (_, index) => index + 1);

describe("random nestings of cells and wirings, with weights that are shared and weights that are not", () => {
  test.each(SEEDS)("%i: no two states have one name", (seed) => {
    for (const hasTwoWays of [false, true]) {
      const names = carried(nesting(seed, hasTwoWays).numbers).states.map(({ name }) => name);
      expect(names.length).toBeGreaterThan(4);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test.each(SEEDS)("%i: step by step is the whole run, and two chunks of training are one", async (seed) => {
    const model = await compiled(nesting(seed).numbers, { target: "reference", seed });
    const [x, y] = [numbers("x", [2, 6, 2]), numbers("y", [2, 6, 2])];
    const whole = await model.run({ x });
    const stream = model.start({ batch: 2 });
    for (let t = 0; t < 6; t++)
      expectNear(
        stream.step({ x: stepOf(x, t, true) })["y"],
        stepOf(whole["y"] ?? x, t, true),
        TOLERANCE["reference"] ?? 0,
      );
    stream.dispose();
    const settings = { carriesState: true, optimizer: { kind: "sgd", lr: 0 } } as const;
    const trainer = await model.trainer(settings);
    const { loss } = await trainer.update({ x, y });
    const halves: number[] = [];
    for (const from of [0, 3])
      halves.push((await trainer.update({ x: steps(x, from), y: steps(y, from) }, { isFresh: from === 0 })).loss);
    expect((halves[0] ?? NaN) / 2 + (halves[1] ?? NaN) / 2).toBeCloseTo(loss, 10);
    trainer.dispose();
  });

  test.each(SEEDS)("%i: the generated tokens are the likeliest of `run` on the same prefix", async (seed) => {
    const model = await compiled(nesting(seed).text, { target: "reference", texts: { V: "abcdef" }, seed });
    for (const [name, { shape, data }] of await model.weights())
      if (name.startsWith("text.") || name.startsWith("e."))
        model.setWeights({ [name]: { shape, data: data.map((each) => 6 * each) } });
    const prompt = [...model.vocabulary("text").encode("abc")];
    const [written] = await model.generate({ prompt, length: 8, temperature: 0 });
    const ids = [...(written?.["text"]?.data ?? [])];
    const logits = (await model.run({ text: [...prompt, ...ids] }))["text.logits"];
    const size = logits?.shape.at(-1) ?? 0;
    const likeliest = ids.map((_, index) => {
      const at = (prompt.length - 1 + index) * size;
      const here = [...(logits?.data ?? [])].slice(at, at + 6);
      return here.indexOf(Math.max(...here));
    });
    expect(ids).toEqual(likeliest);
    expect(ids).toHaveLength(8);
  });
});

/** Three steps of `[2, 6, 2]`. */
function steps(array: ReturnType<typeof numbers>, from: number): ReturnType<typeof numbers> {
  const data = [0, 1].flatMap((b) => [...array.data].slice((b * 6 + from) * 2, (b * 6 + from + 3) * 2));
  return { shape: [2, 3, 2], data: Float64Array.from(data) };
}
