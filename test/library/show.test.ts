// Values inside a model: those that `output` names and those that `show` asks for have the same bits, on every target, in full and ragged
// batches, in steps, in parts, after training and from a checkpoint; and they change nothing else.
import { describe, expect, test } from "vitest";
import { open, type Results } from "../../src/index.ts";
import { importedModule } from "../module/modules.ts";
import { compiled, expectNear, numbers, stepOf, TARGETS, TOLERANCE } from "./models.ts";

/** Attention over a memory, a cell inside a cell, layers, cells without a name, and what is the same for all examples. */
const READER = `use GRU from "cells"
cell Reader(H) {
  input  x
  memory m: seq [K]
  state  h: [H]
  param  W: [K, H] ~ glorot
  a = softmax(m @ (W @ h[t-1]))
  inner = GRU(H)(concat(x, a @ m))
  same = 2 * sum(W, axis = 0)
  h = tanh(inner + GRU(H)(x))
}
model Shows {
  input  m: seq [2]
  input  x: seq [3]
  target y: seq [2]
  d = Reader(2)(x, m = m)
  deep = x |> GRU(2) |> stack(GRU(2), 2)
  OUTPUT
  predict y from linear(GRU(2)(deep + d), out = 2)
}`;

const NAMED = ["d.a", "d.inner", "d.inner.z", "d.same", "deep.layer0.z", "deep.n"];
/** Inside cells that have no name of their own. */
const UNNAMED = ["d.h.z", "deep.1.r", "deep.2.layer1.n", "y.u"];
const ALL = [...NAMED, ...UNNAMED];

const TEXT = READER.replace("OUTPUT", "");
const WITH_OUTPUT = READER.replace("OUTPUT", `output ${NAMED.join(", ")}`);

/** Without a memory, so that it can be fed step by step; `so` is a value without time. */
const STEPPED = `use GRU from "cells"
cell Inner(H) { input x; inner = GRU(H)(x); output inner }
model Stepped {
  input  x: seq [3]
  target y: seq [2]
  d = Inner(2)(x)
  deep = x |> GRU(2) |> stack(GRU(2), 2)
  so = mean(deep)
  predict y from linear(GRU(2)(deep + d), out = 2)
}`;

const MEMORY = 11;
const STEPS = 5;
const INPUTS = { m: numbers("m", [3, MEMORY, 2]), x: numbers("x", [3, STEPS, 3]) };
const LENGTHS = { m: [4, MEMORY, 1], x: [STEPS, 1, 3] };

function plain(results: Results, names = Object.keys(results)): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    names.map((name) => [name, { shape: results[name]?.shape, data: [...(results[name]?.data ?? [])] }]),
  );
}

/** The first `length` places of one example of `[B, T, …]`. */
function one({ shape, data }: (typeof INPUTS)["m"], index: number, length = shape[1] ?? 0): (typeof INPUTS)["m"] {
  const width = data.length / ((shape[0] ?? 1) * (shape[1] ?? 1));
  const from = index * (shape[1] ?? 1) * width;
  return { shape: [length, ...shape.slice(2)], data: Float32Array.from(data.slice(from, from + length * width)) };
}

describe.each(TARGETS)("on %s", (target) => {
  test("show gives what output gives, to the bit, and changes nothing else", async () => {
    const [model, other] = [await compiled(TEXT, { target }), await compiled(WITH_OUTPUT, { target })];
    for (const options of [{}, { lengths: LENGTHS }]) {
      const found = await model.run(INPUTS, { ...options, show: NAMED });
      expect(Object.keys(found)).toEqual(["y", ...NAMED]);
      expect(plain(found)).toEqual(plain(await other.run(INPUTS, options)));
      expect(plain(found, ["y"])).toEqual(plain(await model.run(INPUTS, options)));
    }
  });

  test("values are near those of the reference, also inside cells without a name", async () => {
    const [model, reference] = [await compiled(TEXT, { target }), await compiled(TEXT, { target: "reference" })];
    for (const options of [{}, { lengths: LENGTHS }]) {
      const found = await model.run(INPUTS, { ...options, show: ALL });
      const expected = await reference.run(INPUTS, { ...options, show: ALL });
      for (const name of ["y", ...ALL]) expectNear(found[name], expected[name], 1e-5);
    }
  });

  test("each example of a ragged batch has the values that it has alone, and 0 behind them", async () => {
    const model = await compiled(TEXT, { target });
    // So many lengths that the target pads them.
    for (const length of [6, 7, 9])
      await model.run(INPUTS, { lengths: { ...LENGTHS, m: [length, MEMORY, 2] }, show: ALL });
    const whole = await model.run(INPUTS, { lengths: LENGTHS, show: ALL });
    expect(whole["d.a"]?.shape).toEqual([3, STEPS, MEMORY]);
    for (const index of [0, 1, 2]) {
      const [steps = 0, places = 0] = [LENGTHS.x[index], LENGTHS.m[index]];
      const given = { m: one(INPUTS.m, index, places), x: one(INPUTS.x, index, steps) };
      const alone = await model.run(given, { show: ALL });
      for (const [name, { shape, data }] of Object.entries(alone)) {
        const inner = shape.slice(1).reduce((product, size) => product * size, 1);
        const row = one(whole[name] ?? expect.fail(name), index);
        const width = row.data.length / STEPS;
        const expected = Array.from(row.data, (_, place) => {
          const [step, element] = [Math.floor(place / width), place % width];
          return step < steps && element < inner ? (data[step * inner + element] ?? NaN) : 0;
        });
        expectNear(row, { shape: row.shape, data: Float64Array.from(expected) }, 1e-5);
      }
    }
  });

  test("each step of a stream, and parts of the sequence, give those of the whole", async () => {
    const cell = await compiled(TEXT, { target, cell: "Reader", set: { H: 2 } });
    const model = await compiled(STEPPED, { target, model: "Stepped" });
    for (const [each, show, inputs] of [
      [cell, ["a", "inner.z", "same", "h.z"], { m: INPUTS.m }],
      [model, ["d.inner.z", "deep.1.r", "deep.layer0.z", "y.u", "so"], {}],
    ] as const) {
      const whole = await each.run({ x: INPUTS.x, ...inputs }, { show });
      const stream = each.start({ batch: 3, inputs, show });
      for (let t = 0; t < STEPS; t++) {
        const found = await stream.stepLater({ x: stepOf(INPUTS.x, t, true) });
        expect(Object.keys(found)).toEqual(Object.keys(whole).filter((name) => !name.startsWith("state.")));
        for (const name of show.filter((other) => other !== "so"))
          expectNear(found[name], stepOf(whole[name] ?? expect.fail(name), t, true), TOLERANCE[target] ?? 0);
        if (each === model && t === STEPS - 1) expectNear(found["so"], whole["so"], TOLERANCE[target] ?? 0);
      }
      stream.dispose();
    }
    const whole = await model.run({ x: INPUTS.x }, { show: ["deep.1.r"] });
    const { results } = await model.runChunk({ x: INPUTS.x }, { show: ["deep.1.r"] });
    expectNear(results["deep.1.r"], whole["deep.1.r"], TOLERANCE[target] ?? 0);
  });
});

/** Numbers that can be added up by hand. */
const COUNTS = `
cell Count(H) { input x; state n: [H]; twice = 2 * n; n = n[t-1] + x }
cell Outer(H) { input x; state s: [H]; inner = Count(H)(x); s = s[t-1] + Count(H)(2 * x) }
model Counts {
  input x: seq [1]
  both = bidirectional(Count(1))(x)
  layers = stack(Count(1), 2)(x)
  o = Outer(1)(x)
  output both.backward.n, layers.layer0.twice, o.inner.twice
  output first, rest = split(concat(x, 3 * x), 2)
}`;

test.each(TARGETS)("%s: the values are those that one adds up by hand", async (target) => {
  const model = await compiled(COUNTS, { target, model: "Counts" });
  const found = await model.run({ x: [[1], [2], [4]] }, { show: ["layers.n", "o.s.twice"] });
  expect(Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, [...data]]))).toEqual({
    "both.backward.n": [7, 6, 4],
    "layers.layer0.twice": [2, 6, 14],
    "o.inner.twice": [2, 6, 14],
    first: [1, 2, 4],
    rest: [3, 6, 12],
    "layers.n": [1, 4, 11],
    "o.s.twice": [4, 12, 28],
  });
});

test("a cell by itself shows its equations and those of the cells inside it", async () => {
  const model = await compiled(COUNTS, { cell: "Outer", set: { H: 1 } });
  const found = await model.run({ x: [[1], [2]] }, { show: ["inner", "inner.twice", "s.n"] });
  expect(Object.keys(found)).toEqual([
    "output",
    "inner",
    "inner.twice",
    "s.n",
    "state.s",
    "state.inner.n",
    "state.s.n",
  ]);
  expect([...(found["inner.twice"]?.data ?? [])]).toEqual([2, 6]);
  expect([...(found["s.n"]?.data ?? [])]).toEqual([2, 6]);
});

test("a trained model shows them for each row, each axis as long as the row's own sequence, also from a checkpoint", async () => {
  const rows = [4, 2, 7].map((length, index) => ({
    m: Array.from({ length }, (_, s) => [s, index]),
    x: Array.from({ length: index + 1 }, (_, t) => [t, 1, index]),
    y: Array.from({ length: index + 1 }, (_, t) => [t, 1]),
  }));
  const model = await compiled(WITH_OUTPUT);
  await model.fit({ data: rows, valid: false, updates: 2, batch: 3 });
  const opened = await open(await model.checkpoint());
  for (const each of [model, opened]) {
    const found = await each.predict(rows, { show: ["d.h.z"] });
    for (const [index, row] of found.entries()) {
      expect(Object.keys(row)).toEqual(["y", ...NAMED, "d.h.z"]);
      const weights = row["d.a"];
      if (!Array.isArray(weights)) return expect.fail("no weights");
      expect(weights.map((step: readonly number[]) => step.length)).toEqual(
        Array(index + 1).fill(rows[index]?.m.length),
      );
      for (const step of weights)
        expect(step.reduce((sum: number, weight: number) => sum + weight, 0)).toBeCloseTo(1, 5);
    }
  }
  const alone = await model.run({ m: rows[0]?.m ?? [], x: rows[0]?.x ?? [] }, { show: ["d.a"] });
  const [first] = await opened.predict(rows.slice(0, 1));
  expectNear({ shape: [1, 4], data: Float64Array.from([first?.["d.a"]].flat(2).map(Number)) }, alone["d.a"], 1e-5);
  opened.dispose();
});

const TRANSLATE = 'use Translate from "models"';

test("a model that writes shows the attention of each symbol that it has written", async () => {
  const model = await compiled(TRANSLATE, { set: { E: 4, H: 6 } });
  const rows = ["abc", "ba", "caab"].map((source) => ({ source, output: [...source].reverse().join("") }));
  await model.fit({ data: rows, valid: false, epochs: 60, optimizer: { kind: "adam", lr: 0.03 } });
  const found = await model.predict(rows, { show: ["dec.a"], length: 6 });
  for (const [index, row] of found.entries()) {
    const weights = row["dec.a"];
    if (!Array.isArray(weights)) return expect.fail("no weights");
    expect(weights.length).toBe(String(row["output"]).length);
    for (const step of weights) {
      expect(step.length).toBe(rows[index]?.source.length);
      expect(step.reduce((sum: number, weight: number) => sum + weight, 0)).toBeCloseTo(1, 5);
    }
  }
  expect(found.map(({ output }) => output)).toEqual(rows.map(({ output }) => output));
  // The same weights as in a run that reads what was written.
  const { arrays, lengths } = await model.encode(rows);
  const whole = await model.run(arrays, { lengths, show: ["dec.a"] });
  const row = one(whole["dec.a"] ?? expect.fail("no weights"), 2);
  const written = [found[2]?.["dec.a"]].flat(2).map(Number);
  expectNear({ shape: [4, 4], data: Float64Array.from(written) }, { shape: [4, 4], data: row.data.slice(0, 16) }, 1e-4);
});

test("a module has them, and its types name them", async () => {
  const model = await compiled(WITH_OUTPUT);
  const [, types] = await model.compile();
  for (const name of NAMED) expect(String(types?.content)).toContain(`readonly "${name}": NumberArray;`);
  const module = await importedModule(model);
  const expected = await model.run(INPUTS, { lengths: LENGTHS });
  const found = module.run(INPUTS, { lengths: LENGTHS });
  for (const name of NAMED) expectNear(found[name], expected[name], 2e-5);
});

const OPEN = `use GRU from "cells"
model Robust {
  input  x: seq [2]
  target y: []
  h = stack(GRU(2), 2)(x)
  guess = sum(last(h), axis = 0)
  off = guess - y
  whole = h - mean(h)
  minimize off^2
  predict y from guess
}`;

describe("what cannot be shown is refused", () => {
  test.each([
    [
      "h.f",
      "`Robust` has no value `h.f` to show: the values in `h` are `h.r`, `h.z`, `h.u`, `h.n`, `h.h`, `h.layer0`, `h.layer1`",
    ],
    ["h.layr0", "did you mean `h.layer0`?"],
    ["h.layer0.q", "the values in `h.layer0` are `h.layer0.r`,"],
    ["gess", "did you mean `guess`? its values are `h`, `guess`, `off`, `whole`,"],
    ["z", "did you mean `h.z`?"],
    ["x", "`x` cannot be shown: it is an input, and only values that equations compute are shown"],
    ["y", "`y` cannot be shown: a result has this name already"],
    ["h.layer0.z.x", "`h.layer0.z.x` cannot be shown: it is a weight"],
    ["off", "`off` cannot be shown: it reads the target `y` at its own step, which is known in training only"],
    ["", "`Robust` has no value ``"],
  ])("%s", async (name, said) => {
    const model = await compiled(OPEN);
    const x = [[1, 2]];
    await expect(model.run({ x }, { show: [name] })).rejects.toThrow(said);
    await expect(model.predict([{ x }], { show: [name] })).rejects.toThrow(said);
    expect(() => model.start({ show: [name] })).toThrow(said);
    expect(Object.keys(await model.run({ x }))).toEqual(["y"]);
  });

  test("what needs the whole sequence, in steps only", async () => {
    const model = await compiled(OPEN);
    expect((await model.run({ x: [[1, 2]] }, { show: ["whole"] }))["whole"]?.shape).toEqual([1, 2]);
    expect(() => model.start({ show: ["whole"] })).toThrow("`mean(h)`");
    model.start();
  });

  test("anything but a list of names", async () => {
    const model = await compiled(OPEN);
    const wrong: object = { show: "h" };
    await expect(model.run({ x: [[1, 2]] }, wrong)).rejects.toThrow(
      '`show` is "h", but it must be an array of names, such as `["h.f"]`',
    );
    await expect(model.gradients({ x: [[1, 2]], y: 1 }, { ...wrong })).rejects.toThrow(
      "`gradients` has no option `show`",
    );
  });

  test("gates of a cell inside the only equation of another one are named", async () => {
    const model = await compiled(`use GRU from "cells"
      model M { input x: seq [2]; target y: seq [2]; h = Twice(2)(x); predict y from h }
      cell Twice(H) { input x; y = 2 * GRU(H)(x); output y }`);
    await expect(model.run({ x: [[1, 2]] }, { show: ["h.n"] })).rejects.toThrow(
      "the values in `h` are `h.y`, `h.y.r`, `h.y.z`, `h.y.u`, `h.y.n`, `h.y.h`",
    );
  });
});
