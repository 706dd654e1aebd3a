// Sizes beyond memory, too much unrolling, and arrays that contain themselves are reported before anything is allocated or compiled.
import { describe, expect, test } from "vitest";
import { compile, UserError, type CompileOptions, type Nested } from "../../src/index.ts";
import { compiled, numbers } from "../library/models.ts";

const GRU = 'use GRU from "cells"';

async function refusalOf(call: () => Promise<unknown>): Promise<string> {
  const problem: unknown = await call().catch((each: unknown) => each);
  return problem instanceof UserError ? problem.message : expect.fail("no UserError");
}

describe("weights", () => {
  test.each<readonly [CompileOptions, string]>([
    [
      { set: { H: 1e6 }, sizes: { I: 2 } },
      "the weights of `GRU` need 10.9 TiB, but 4 GiB is the most that can be held; the largest is `r.h` [1000000, 1000000] with 3.64 TiB",
    ],
    [
      { set: { H: 1e9 } },
      "the weights of `GRU` need 10.4 EiB, but 4 GiB is the most that can be held; the largest is `r.h` [1000000000, 1000000000] with 3.47 EiB",
    ],
    [
      { set: { H: 20_000 }, sizes: { I: 2 }, target: "tfjs-cpu" },
      "the weights of `GRU` need 4.47 GiB, but 4 GiB is the most that can be held; the largest is `r.h` [20000, 20000] with 1.49 GiB",
    ],
  ])("%o are refused by `compile`", async (options, message) => {
    expect(await refusalOf(() => compile(GRU, options))).toBe(message);
  });

  test("those whose sizes an input tells, by the call that tells them; the size is forgotten", async () => {
    const spec = "cell C { input x: [I]; input z: [J]; state h: []; param W: [I, J]; h = x @ (W @ z) }";
    const model = await compiled(spec, { target: "reference" });
    const wide = { shape: [1, 40_000], data: new Float32Array(40_000) };
    expect(await refusalOf(() => model.run({ x: wide, z: wide }))).toBe(
      "the weights of `C` need 5.96 GiB, but 4 GiB is the most that can be held; the largest is `W` [40000, 40000] with 5.96 GiB",
    );
    expect((await model.run({ x: [[1, 2]], z: [[3]] }))["output"]?.shape).toEqual([1]);
  });
});

describe.each(["reference", "wasm", "tfjs-cpu"])("%s", (target) => {
  test("results and states beyond memory are refused by the call that needs them", async () => {
    const spec = "cell C(H) { input x: []; state h: [H]; h = 0.5 * h[t-1] + x }";
    const model = await compiled(spec, { target, set: { H: 2e9 } });
    const message = "`output` of `C` would be [1, 1, 2000000000], 7.45 GiB, but 4 GiB is the most that can be held";
    expect(await refusalOf(() => model.run({ x: [1] }))).toBe(message);
    expect(() => model.start().step({ x: 1 })).toThrow(new UserError(message));
  });

  test("unrolling by more steps than there are runs the original loop; too many steps are refused", async () => {
    const x = numbers("x", [3, 2]);
    const plain = await compiled(GRU, { target, set: { H: 2 }, sizes: { I: 2 } });
    const model = await compiled(GRU, { target, set: { H: 2 }, sizes: { I: 2 }, unroll: 1e9 });
    expect(await model.run({ x })).toEqual(await plain.run({ x }));
    const long = numbers("x", [6000, 2]);
    for (const unroll of [6000, "full"] as const) {
      const written = await compiled(GRU, { target, set: { H: 2 }, sizes: { I: 2 }, unroll });
      expect(await refusalOf(() => written.run({ x: long }))).toMatch(
        /^unrolled by 6000 steps, `GRU` has \d+ operations, more than the 50000 that are written out: unroll fewer steps, or none$/,
      );
      expect((await written.run({ x }))["output"]?.shape).toEqual([3, 2]);
    }
  });
});

describe("values that are not arrays", () => {
  const itself: Nested[] = [];
  itself.push(itself);
  const [one, other]: [Nested[], Nested[]] = [[], []];
  one.push(other);
  other.push(one);
  const deep = Array.from({ length: 1000 }).reduce<Nested>((inner) => [inner], 1);
  // 2^15 elements of 16 arrays.
  const shared = Array.from({ length: 15 }).reduce<Nested>((inner) => [inner, inner], 1);
  const beside: Nested[] = [[1, 2]];
  beside.push(beside);

  test.each<readonly [string, Nested, string]>([
    [
      "holds itself",
      itself,
      "`x` must be an array of numbers, but this one is nested more than 16 deep, or holds itself",
    ],
    [
      "hold each other",
      one,
      "`x` must be an array of numbers, but this one is nested more than 16 deep, or holds itself",
    ],
    [
      "is very deep",
      deep,
      "`x` must be an array of numbers, but this one is nested more than 16 deep, or holds itself",
    ],
    [
      "is shared many times",
      shared,
      "`x` is seq [I] with I = 2 for each example, but what was given is [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2], the first axis being the batch",
    ],
    [
      "holds itself beside others",
      beside,
      "`x`: its arrays differ in length. Pad examples of different lengths to the longest, and give their lengths as an option: `{ lengths: { x: [2, 1] } }`",
    ],
  ])("one that %s", async (_, x, message) => {
    const model = await compiled(GRU, { set: { H: 2 }, sizes: { I: 2 } });
    expect(await refusalOf(() => model.run({ x }))).toBe(message);
  });
});

test("a ragged batch of more steps than can be counted in 32-bit floats is refused; a full one runs", async () => {
  const model = await compiled("cell C { input x: []; state h: []; h = h[t-1] + x }");
  const [batch, steps] = [2 ** 12, 2 ** 12 + 1];
  const x = { shape: [batch, steps], data: new Float32Array(batch * steps).fill(1) };
  const lengths = { x: new Int32Array(batch).fill(steps) };
  expect(await refusalOf(() => model.run({ x }, { lengths }))).toBe(
    "a batch of 4096 examples of different lengths, with up to 4097 steps each, is too large: steps × examples may be 16777216 at most. Give smaller batches",
  );
  const { output } = await model.run({ x });
  expect(output?.data.at(-1)).toBe(steps);
});
