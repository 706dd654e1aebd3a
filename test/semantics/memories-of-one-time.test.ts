// `memory values: [time of keys, V]`: two memories whose steps meet one by one. Other lengths are an error that names both sequences.
import { describe, expect, test } from "vitest";
import { importedModule } from "../module/modules.ts";
import { expectGradient } from "../support/differences.ts";
import { floatOutputs, LAYOUTS, programFrom } from "../support/specs.ts";
import { compiled, expectNear, numbers, TARGETS, TOLERANCE } from "../library/models.ts";

const CELL = `cell Lookup(Q = 2) {
  input x
  memory keys: seq [Q]
  memory values: [time of keys, 3]
  state seen: [time of values]
  a = softmax(keys @ linear(x, out = Q) - seen[t-1])
  seen = seen[t-1] + a
  output y = (a * sum(values, axis = 1)) @ values
}`;

const TWO = `model Two { input x: seq [2]; input k: seq [2]; input v: seq [3]; output y = Lookup()(x, keys = k, values = v) } ${CELL}`;

/** The same with both memories side by side in one. */
const ONE = `model One { input x: seq [2]; input m: seq [5]; output y = Lookup()(x, m = m) } cell Lookup(Q = 2) {
  input x
  memory m: seq [5]
  state seen: [time of m]
  values = m[2:5]
  a = softmax(m[0:2] @ linear(x, out = Q) - seen[t-1])
  seen = seen[t-1] + a
  output y = (a * sum(values, axis = 1)) @ values
}`;

const x = numbers("x", [2, 3, 2]);
const m = numbers("m", [2, 4, 5]);
const columns = (from: number, to: number): { shape: number[]; data: Float64Array } => ({
  shape: [2, 4, to - from],
  data: Float64Array.from([...m.data].filter((_, index) => index % 5 >= from && index % 5 < to)),
});
const [k, v] = [columns(0, 2), columns(2, 5)];

test.each(TARGETS)("%s: two memories of one time are one memory in two parts, full and ragged", async (target) => {
  const [two, one] = [await compiled(TWO, { target, seed: 2 }), await compiled(ONE, { target, seed: 2 })];
  await two.setWeights(await one.weights());
  for (const lengths of [undefined, [4, 2]]) {
    const found = await two.run({ x, k, v }, lengths === undefined ? {} : { lengths: { k: lengths } });
    const expected = await one.run({ x, m }, lengths === undefined ? {} : { lengths: { m: lengths } });
    expectNear(found["y"], expected["y"], TOLERANCE[target] ?? 0);
  }
});

describe.each(LAYOUTS)("gradients, %s", (_, options) => {
  test("as central differences", () => {
    const program = programFrom(CELL, options);
    expectGradient(program, floatOutputs(program));
  });
});

describe("other lengths are an error that names both sequences", () => {
  test("in the library", async () => {
    const two = await compiled(TWO);
    const short = numbers("v", [2, 3, 3]);
    await expect(two.run({ x, k, v: short })).rejects.toThrow("`k` has 4 steps, but `v` has 3: they are read together");
    await expect(two.run({ x, k, v }, { lengths: { k: [4, 2], v: [4, 3] } })).rejects.toThrow(
      "`v` has the length 3 in example 1, but `k` has 2: they are read together, step by step",
    );
    const rows = [{ x: [[1, 2]], k: [[1, 2]], v: [[1, 2, 3], [1, 2, 3]] }]; // prettier-ignore
    await expect(two.predict(rows)).rejects.toThrow("`v` has 2 steps, but `k` has 1");
  });

  test("in a module", async () => {
    const module = await importedModule(await compiled(TWO));
    const short = numbers("v", [2, 3, 3]);
    const title = "`k`,`v` differ in length";
    expect(() => module.run({ x, k, v: short })).toThrow(title);
    expect(() => module.run({ x, k, v }, { lengths: { k: [4, 2], v: [4, 3] } })).toThrow(title);
  });
});
