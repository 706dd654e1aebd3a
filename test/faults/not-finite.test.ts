// NaN and infinities, and a loss or a gradient that is not finite, are refused with their place, and nothing changes. Padding may hold
// any value, and `allowNonFinite` accepts them.
import { describe, expect, test } from "vitest";
import { compile, open, type CompiledModel, type LibraryTrainer } from "../../src/index.ts";
import { compiled } from "../library/models.ts";

const SPEC = `use LSTM from "cells"
  model M(H = 3) {
    input x: seq [2]
    target y: seq []
    predict y from linear(LSTM(H)(x), out = [])
  }`;
const X = [
  [0, 1],
  [1, 0],
];
const BAD = [
  [0, 1],
  [NaN, 0],
];

async function opened(options: {
  readonly target: string;
  readonly carriesState?: boolean;
}): Promise<[CompiledModel, LibraryTrainer]> {
  const model = await compiled(SPEC, { target: options.target, seed: 3 });
  return [model, await model.trainer({ carriesState: options.carriesState ?? false })];
}

async function messageOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (problem) {
    return problem instanceof Error ? `${problem.name}: ${problem.message}` : "?";
  }
  return "accepted";
}

function told(place: string, value: string): string {
  return `UserError: \`${place}\` is ${value}, which is not a finite number; the option \`allowNonFinite: true\` accepts it`;
}

describe.each(["reference", "wasm", "tfjs-cpu"])("%s", (target) => {
  test("non-finite input is refused with the array and the place", async () => {
    const [model, trainer] = await opened({ target });
    const before = await model.weights();
    const stream = model.start();
    const batch = { lengths: { x: [2, 1] } };
    const cases: readonly (readonly [() => unknown, string])[] = [
      [() => model.run({ x: BAD }), told("x[1][0]", "NaN")],
      [() => model.run({ x: [X, BAD] }), told("x[1][1][0]", "NaN")],
      [
        () => model.run({ x: { shape: [1, 2, 2], data: Float32Array.of(0, 1, 1, -Infinity) } }),
        told("x[0][1][1]", "-Infinity"),
      ],
      [() => model.run({ x: [BAD, X] }, batch), told("x[0][1][0]", "NaN")],
      [() => stream.step({ x: [0, NaN] }), told("x[1]", "NaN")],
      [() => trainer.update({ x: X, y: [0, NaN] }), told("y[1]", "NaN")],
      [() => trainer.update({ x: [X], y: [[NaN, 0]] }), told("y[0][0]", "NaN")],
      [() => trainer.update({ x: BAD, y: [0, 0] }), told("x[1][0]", "NaN")],
      [() => model.setWeights({ "y.b": 1, "y.arg1": [0, Infinity, 0] }), told("y.arg1[1]", "Infinity")],
      [() => compile(SPEC, { target, weights: { "y.b": NaN } }), told("y.b", "NaN")],
      [
        () => model.run({ x: [[1e39, 0]] }),
        "UserError: `x[0][0]` is 1e+39, more than a 32-bit float can hold; the option `allowNonFinite: true` accepts it",
      ],
    ];
    for (const [call, message] of cases) expect(await messageOf(call)).toBe(message);
    expect(trainer.updates).toBe(0);
    expect(await model.weights()).toEqual(before);
    stream.dispose();
  });

  test("padding may hold anything", async () => {
    const [model, trainer] = await opened({ target });
    const run = await model.run({ x: [X, BAD] }, { lengths: { x: [2, 1] } });
    expect(run["y"]?.data.every(Number.isFinite)).toBe(true);
    const { loss } = await trainer.update(
      {
        x: [X, BAD],
        y: [
          [0, 0],
          [1, Infinity],
        ],
      },
      { lengths: { x: [2, 1] } },
    );
    expect(Number.isFinite(loss)).toBe(true);
  });

  test("prompts of numbers, and memories of a stream, are checked too", async () => {
    const path = await compiled(
      `use GRU from "cells"
       model Path(H = 2) {
         input start: [2]
         target at: seq []
         predict at from linear(GRU(H)(linear(at[t-1], out = 2), h = tanh(linear(start, out = H))), out = [])
       }`,
      { target },
    );
    expect(await messageOf(() => path.generate({ inputs: { start: [1, NaN] }, length: 2 }))).toBe(
      told("start[1]", "NaN"),
    );
    const decoder = await compiled('use AttentionDecoder from "cells"', { target, set: { H: 2 } });
    expect(await messageOf(() => decoder.start({ inputs: { memory: [[1, NaN]] } }))).toBe(told("memory[0][1]", "NaN"));
  });

  test("`allowNonFinite` lets them pass, for a model, a run, a stream, weights, a checkpoint", async () => {
    const free = await compiled(SPEC, { target, allowNonFinite: true });
    expect((await free.run({ x: BAD }))["y"]?.data[1]).toBeNaN();
    const [model] = await opened({ target });
    expect((await model.run({ x: BAD }, { allowNonFinite: true }))["y"]?.data[1]).toBeNaN();
    const stream = model.start({ allowNonFinite: true });
    expect(stream.step({ x: [NaN, 0] })["y"]?.data[0]).toBeNaN();
    stream.dispose();
    model.setWeights({ "y.b": NaN }, { allowNonFinite: true });
    const bytes = await model.checkpoint();
    expect(await messageOf(() => open(bytes, { target }))).toBe(told("y.b", "NaN"));
    const trainer = await (await open(bytes, { target, allowNonFinite: true })).trainer();
    expect((await trainer.update({ x: X, y: [0, 0] })).loss).toBeNaN();
    expect(trainer.updates).toBe(1);
  });
});

describe.each(["wasm", "tfjs-cpu"])("%s: what overflows in 32 bits", (target) => {
  const HUGE = { x: X, y: [3e38, -3e38] };

  test("a loss that is not finite changes neither weights, slots, carried states nor counts", async () => {
    const [[one, kept], [other, disturbed]] = [
      await opened({ target, carriesState: true }),
      await opened({ target, carriesState: true }),
    ];
    for (const y of [
      [1, 0],
      [0, 1],
      [1, 1],
    ]) {
      expect(await messageOf(() => disturbed.update(HUGE))).toBe(
        "UserError: the loss is Infinity, so this update was not made, and nothing has changed. The option `allowNonFinite: true` makes such updates too",
      );
      // Also one that would begin new sequences, of another number of examples.
      expect(await messageOf(() => disturbed.update({ x: [X, X], y: [HUGE.y, HUGE.y] }, { isFresh: true }))).toContain(
        "the loss is",
      );
      expect(await disturbed.update({ x: X, y })).toEqual(await kept.update({ x: X, y }));
    }
    expect(disturbed.updates).toBe(3);
    expect(await other.weights()).toEqual(await one.weights());
    expect(await other.checkpoint()).toEqual(await one.checkpoint());
  });

  test("nor does a gradient whose norm is not finite", async () => {
    const [model, trainer] = await opened({ target });
    const before = await model.weights();
    model.setWeights({ "y.arg1": [1e15, 1e15, 1e15] });
    const y = [1e15, 1e15];
    expect(await messageOf(() => trainer.update({ x: X, y }))).toContain(
      "UserError: the norm of the gradient is Infinity, so this update",
    );
    model.setWeights(before);
    expect(trainer.updates).toBe(0);
    expect(Number.isFinite((await trainer.update({ x: X, y: [0, 0] })).loss)).toBe(true);
  });

  test("weights that are already not finite are named", async () => {
    const model = await compiled(SPEC, { target });
    model.setWeights({ "y.b": NaN }, { allowNonFinite: true });
    const trainer = await model.trainer();
    expect(await messageOf(() => trainer.update({ x: X, y: [0, 0] }))).toContain(
      "the loss is NaN, so this update was not made, and nothing has changed; these weights hold numbers that are not finite: `y.b`",
    );
  });
});

test("an epsilon of 0 would divide 0 by 0, and a rate beyond 32 bits is infinite", async () => {
  const [model, trainer] = await opened({ target: "reference" });
  expect(await messageOf(() => model.trainer({ optimizer: { kind: "adam", epsilon: 0 } }))).toBe(
    "UserError: `epsilon` of `adam` is 0, but it must be above 0",
  );
  expect(await messageOf(() => model.trainer({ optimizer: { kind: "sgd", lr: 1e39 } }))).toBe(
    "UserError: `lr` of `sgd` is 1e+39, but it must be a finite number, 0 or more",
  );
  expect(await messageOf(() => trainer.update({ x: X, y: [0, 0] }, { rate: 1e300 }))).toContain(
    "UserError: the rate is 1e+300",
  );
});
