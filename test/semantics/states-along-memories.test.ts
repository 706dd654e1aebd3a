// States along the time of a memory: one place for each of its steps. Lengths of steps and of memories differ between examples.
import { describe, expect, onTestFinished, test } from "vitest";
import { compile } from "../../src/index.ts";
import { expectGradient } from "../support/differences.ts";
import { evaluate, expectNear } from "../support/evaluate.ts";
import type { Nested } from "../support/run.ts";
import { floatOutputs, LAYOUTS, programFrom, shippedNamed, shippedProgram } from "../support/specs.ts";
import { numbers, stepOf, TARGETS } from "../library/models.ts";

/** A model that gives the cell `C`, whose memory is `m`. */
const model = (cell: string): string => `model M {
  input x: seq []
  input m: seq []
  c = C()(x, m = m)
  output y = c
}
cell C { input x: []; memory m: seq []; ${cell} }`;

const GIVEN = { x: [[1, 2, 3], [4], [5, 6]], m: [[1, 10], [2, 20, 200, 2000], [3]] };

function outputOf(cell: string): Nested {
  return evaluate(model(cell), { inputs: GIVEN })["value.y"] ?? expect.fail("no output");
}

describe("values, ragged in both times", () => {
  test("each place carries its own value, and sums read those of the example's own memory", () => {
    // After t steps a place has the sum of x so far, times its memory.
    const found = outputOf("state a: [time of m]; a = a[t-1] + x * m; output total = sum(a)");
    expectNear(found, [[11, 33, 66], [8888], [15, 33]]);
  });

  test("a first value is a number or made of the memory", () => {
    expectNear(outputOf("state a: [time of m] = 7; a = a[t-1] + x; output s = sum(a)"), [[16, 20, 26], [44], [12, 18]]);
    expectNear(outputOf("state a: [time of m] = 2 * m; a = a[t-1] + 0 * x; output s = sum(a)"), [
      [22, 22, 22],
      [4444],
      [6, 6],
    ]);
  });

  test("several steps back, and an equation that is delayed", () => {
    expectNear(outputOf("state a: [time of m]; a = a[t-2] + x * m; output s = sum(a)"), [
      [11, 22, 44],
      [8888],
      [15, 18],
    ]);
    expectNear(outputOf("e = x * m; output s = sum(e[t-1])"), [[0, 11, 22], [0], [0, 15]]);
  });

  test("what moves along it comes from real places only", () => {
    const last = "output y = sum(a * m, axis = time)";
    expectNear(outputOf(`state a: [time of m]; a = shift(a[t-1] + m, 1) + 0 * x; ${last}`), [
      [10, 10, 10],
      [2 * 20 + 20 * 200 + 200 * 2000],
      [0, 0],
    ]);
    expectNear(outputOf(`state a: [time of m] = 1; a = shift(a[t-1], -1) + 0 * x; ${last}`), [
      [1, 0, 0],
      [222],
      [0, 0],
    ]);
  });

  test("with axes of its own, before and after", () => {
    expectNear(
      outputOf("state a: [time of m, 2]; a = a[t-1] + outer(m, [1, 2]) * x; output y = sum(sum(a, axis = 0))"),
      [[33, 99, 198], [26664], [45, 99]],
    );
    expectNear(outputOf("state a: [2, time of m]; a = a[t-1] + outer([1, 2], m) * x; output y = sum(a @ m)"), [
      [303, 909, 1818],
      [3 * 4 * (4 + 400 + 40_000 + 4_000_000)],
      [135, 297],
    ]);
  });

  test("in a stack, from right to left, and handed to a cell at each step", () => {
    const text = `model M {
      input x: seq []
      input m: seq []
      output y = reverse(Outer())(x, m = m)
    }
    cell Outer { input x: []; memory m: seq []; state s: [time of m]; s = Inner()(x, s = s[t-1], m = m); output r = sum(s) }
    cell Inner { input x: []; memory m: seq []; state s: [time of m]; s = s[t-1] + x * m }`;
    expectNear(evaluate(text, { inputs: GIVEN })["value.y"] ?? expect.fail(), [[66, 55, 33], [8888], [33, 18]]);
  });

  test("a memory without steps has no places", () => {
    const inputs = { x: [[1, 2], [3]], m: [[], [5]] };
    const found = evaluate(model("state a: [time of m]; a = a[t-1] + x * m; output s = sum(a)"), { inputs });
    expectNear(found["value.y"] ?? expect.fail(), [[0, 0], [15]]);
  });
});

const CELLS = {
  coverage:
    "cell C(H = 2) { input x; memory m: seq [3]; state c: [time of m]; state h: [H]; a = softmax(m @ linear(x, h[t-1], out = 3) - c[t-1]); c = c[t-1] + a; h = tanh(linear(a @ m, h[t-1])) }",
  moving:
    "cell C { input x; memory m: seq [3]; state a: [time of m] = m @ [1, 0, -1]; a = softmax(shift(a[t-1], 1) + shift(a[t-2], -1) + m @ linear(x, out = 3)); y = a @ m; output y }",
  wide: "cell C { input x; memory m: seq [3]; state a: [time of m, 3]; a = tanh(m * linear(x, out = 3) + a[t-1] @ eye(3) - cumsum(a[t-1], axis = time)); y = mean(a, axis = time); output y }",
};

for (const [layout, options] of LAYOUTS)
  describe(`gradients, ${layout}: as central differences`, () => {
    test.each(Object.entries(CELLS))("%s", (_, text) => {
      const program = programFrom(text, { ...options, states: "given" });
      expectGradient(program, floatOutputs(program));
    });

    test("CoverageDecoder", () => {
      const program = shippedProgram(shippedNamed("CoverageDecoder"), options);
      expectGradient(program, floatOutputs(program));
    });
  });

const SMALL = { H: 3, A: 2, F: 2 };

const TAUGHT = `use LocationSensitiveDecoder from "cells"
model M {
  input m: seq [2]
  input x: seq [2]
  target y: seq []
  d = LocationSensitiveDecoder(3, A = 2, F = 2)(x, memory = m)
  output d.a
  predict y from linear(d, out = [])
}`;

const ROWS = [3, 1, 4].map((steps, row) => ({
  m: Array.from({ length: 5 - steps }, (_, t) => [Math.sin(row + t), Math.cos(3 * t)]),
  x: Array.from({ length: steps }, (_, t) => [Math.cos(row * t), Math.sin(2 * t)]),
  y: Array.from({ length: steps }, (_, t) => Math.sin(row + 2 * t)),
}));

test.each(TARGETS)("%s: a decoder trains on ragged rows as on the reference", async (target) => {
  const losses = await Promise.all(
    [target, "reference"].map(async (each) => {
      const taught = await compile(TAUGHT, { target: each, seed: 3 });
      onTestFinished(() => taught.dispose());
      const before = (await taught.evaluate({ data: ROWS })).loss;
      await taught.fit({ data: ROWS, valid: false, epochs: 5, batch: 3, optimizer: { kind: "sgd", lr: 0.1 } });
      return [before, (await taught.evaluate({ data: ROWS })).loss];
    }),
  );
  const [found = [], expected = []] = losses;
  expect(found[1]).toBeLessThan(found[0] ?? NaN);
  found.forEach((loss, index) => expect(loss).toBeCloseTo(expected[index] ?? NaN, 4));
});

test("a stream goes on as `run`, also from a state that was stored", async () => {
  const cell = await compile(`use LocationSensitiveDecoder from "cells"`, {
    target: "wasm",
    seed: 3,
    set: SMALL,
    sizes: { I: 2, K: 2 },
  });
  onTestFinished(() => cell.dispose());
  const [memory, y] = [numbers("memory", [4, 2]), numbers("y", [3, 2])];
  const { output } = await cell.run({ memory, y });
  const first = cell.start({ inputs: { memory } });
  first.step({ y: stepOf(y, 0, false) });
  const state = await first.state();
  expect(state["a"]?.shape).toEqual([4]);
  const second = cell.start({ inputs: { memory }, state });
  for (const at of [1, 2]) {
    const step = second.step({ y: stepOf(y, at, false) });
    step["output"]?.data.forEach((value, unit) => expect(value).toBeCloseTo(output?.data[at * 3 + unit] ?? NaN, 5));
  }
  const longer = numbers("memory", [5, 2]);
  const title = "the state `a` is for a memory of 4 steps, but this one has 5";
  expect(() => cell.start({ inputs: { memory: longer }, state })).toThrow(title);
  await expect(cell.run({ memory: longer, y }, { state })).rejects.toThrow(title);
});
