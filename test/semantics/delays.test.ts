// Any value of a cell may be delayed, and a model may read later steps: each begins or ends with zeros.
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/index.ts";
import { evaluate, expectNear } from "../support/evaluate.ts";
import { compiled, numbers, stepOf } from "../library/models.ts";

const LINES = "input x: []; v = 2 * x; c = v + 10 * v[t-1] + 100 * v[t-2]; output c";

test("an equation that does not depend on its past may be delayed, and begins with 0", () => {
  const inputs = { x: [[1, 2, 3, 4], [5, 6], []] };
  const expected = [[2, 24, 246, 468], [10, 112], []];
  expectNear(evaluate(`cell C { ${LINES} }`, { inputs })["output"] ?? expect.fail(), expected);
});

test("the order of equations does not matter, nor a chain of delays", () => {
  const text = "cell C { input x: []; output d; d = c[t-1] + b; c = b[t-1] + a; b = 3 * a[t-1]; a = x }";
  const found = evaluate(text, { inputs: { x: [[1, 0, 0, 0]] } })["output"];
  // a = 1 0 0 0, b = 0 3 0 0, c = 1 0 3 0, d = 0 4 0 3
  expectNear(found ?? expect.fail(), [[0, 4, 0, 3]]);
});

test("in a cell inside a cell, in a stack and from right to left", () => {
  const text = `model M { input x: seq []; target y: seq []; predict y from reverse(Outer())(x) }
    cell Outer { input x: []; i = Inner()(x); y = i + 1000 * i[t-1]; output y }
    cell Inner { ${LINES} }`;
  const found = evaluate(text, { inputs: { x: [[1, 2, 3], [4]], y: [[0, 0, 0], [0]] } })["value.y"];
  // The inner values, from the right: 6, 4 + 60, 2 + 40 + 600.
  expectNear(found ?? expect.fail(), [[642 + 64_000, 64 + 6000, 6], [8]]);
});

test("later steps are read up to each example's own end", () => {
  const text =
    "model M { input x: seq []; target y: seq []; e = 1 * x; predict y from x + 10 * e[t+1] + 100 * x[t+2] }";
  const found = evaluate(text, { inputs: { x: [[1, 2, 3, 4], [5, 6], [7]], y: [[0, 0, 0, 0], [0, 0], [0]] } });
  expectNear(found["value.y"] ?? expect.fail(), [[321, 432, 43, 4], [65, 6], [7]]);
});

describe("step by step", () => {
  test("a delayed equation goes on, as `run` gives it", async () => {
    const model = await compiled(
      `model M { input x: seq []; target y: seq []; predict y from C()(x) } cell C { ${LINES} }`,
    );
    const x = numbers("x", [5]);
    const { y } = await model.run({ x });
    const stream = model.start();
    for (let t = 0; t < 5; t++) {
      const step = stream.step({ x: stepOf(x, t, false) })["y"];
      expect(step?.data[0]).toBeCloseTo(y?.data[t] ?? NaN, 5);
    }
    stream.dispose();
  });

  test("a model that reads later steps cannot be stepped, and says which", async () => {
    const model = await compiled("model M { input x: seq []; target y: seq []; predict y from x + x[t+1] }");
    expect(() => model.start()).toThrow(UserError);
    expect(() => model.start()).toThrow("`x[t+1]`");
  });
});
