// Layers that differ by their number or by the states they begin with, and states that begin with the first step of an input: each is what
// one would write without it, for whole and ragged sequences, from both ends, and step by step.
import { describe, expect, test } from "vitest";
import { printGraph } from "../../src/graph/print.ts";
import { compile, type NumberArray } from "../../src/index.ts";
import { programFrom } from "../support/specs.ts";

const CELL = `cell Dilated(H, d = 1) {
  input x
  state h: [H]
  h = tanh(linear(x, h[t-d]))
}
`;
const model = (value: string, more = ""): string => `model M(H = 3, n = 3${more}) {
  input x: seq [3]
  target y: seq [3]
  s = last(x)
  a = ${value}
  predict y from linear(a, s, out = 3 * n / n)
}
`;

describe("layers that differ: the same graph as layer by layer", () => {
  test.each([
    ["stack(Dilated(H, d = 2^layer), n)(x)", "stack(Dilated(H, 1), Dilated(H, 2), Dilated(H, 4))(x)"],
    ["stack(Dilated(H), Dilated(H, 3 * layer))(x)", "stack(Dilated(H), Dilated(H, 3))(x)"],
    [
      "stack(stack(Dilated(H, 1 + layer), 2), Dilated(H + layer, 1))(x)",
      "stack(stack(Dilated(H, 1), Dilated(H, 2)), Dilated(H + 1, 1))(x)",
    ],
    ["stack(Dilated(H), 2)(x, h = [s, s])", "stack(Dilated(H), 2)(x, h = s)"],
  ])("%s", (given, plain) => {
    const options = { ragged: true, training: true, states: "initial" } as const;
    const graphOf = (value: string): string => printGraph(programFrom(model(value) + CELL, options).graph);
    expect(graphOf(given)).toBe(graphOf(plain));
  });

  test("a name `layer` of the body comes first", () => {
    const options = { ragged: false, training: true, states: "initial" } as const;
    const graphOf = (value: string): string =>
      printGraph(programFrom(model(value, ", layer = 2") + CELL, options).graph);
    expect(graphOf("stack(Dilated(H, layer), 2)(x)")).toBe(graphOf("stack(Dilated(H, 2), layer)(x)"));
  });
});

const LEVEL = `cell Level {
  input x: [2]
  state l: [2] = 2 * first(x)
  l = 0.5 * l[t-1] + x
}
`;
const BOTH = `model Both {
  input x: seq [2]
  forward = Level()(x)
  backward = reverse(Level())(x)
  output forward, backward
}
${LEVEL}`;
const X = [
  [1, 2, 3, 5, 8, 13],
  [-2, 4, 0.5, 1, 7, 7],
] as const;
const batch: NumberArray = { shape: [2, 3, 2], data: Float32Array.from(X.flat()) };

/** What `Level` gives for steps of two numbers, in the order in which it reads them. */
function levels(numbers: readonly number[]): readonly number[] {
  const before = numbers.slice(0, 2).map((value) => 2 * value);
  return numbers.map((value, index) => {
    const now = 0.5 * (before[index % 2] ?? NaN) + value;
    before[index % 2] = now;
    return now;
  });
}

/** The steps in the opposite order. */
function turned(numbers: readonly number[]): readonly number[] {
  return [4, 2, 0].flatMap((at) => numbers.slice(at, at + 2));
}

describe("a state that begins with the first step", () => {
  test("is right from both ends, in a ragged batch too", async () => {
    const compiled = await compile(BOTH);
    const results = await compiled.run({ x: batch }, { lengths: { x: [3, 2] } });
    const second = X[1].slice(0, 4);
    const forward = [...levels(X[0]), ...levels(second), 0, 0];
    const backward = [...turned(levels(turned(X[0]))), ...turned(levels(turned(second))), 0, 0];
    expect(results["forward"]?.data).toEqual(Float32Array.from(forward));
    expect(results["backward"]?.data).toEqual(Float32Array.from(backward));
    compiled.dispose();
  });

  test("of an example without steps ends with 0", async () => {
    const compiled = await compile(LEVEL);
    const { output, ...states } = await compiled.run({ x: batch }, { lengths: { x: [3, 0] } });
    expect([...(output?.data.slice(6) ?? [])]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...(states["state.l"]?.data ?? [])]).toEqual([...levels(X[0]).slice(4), 0, 0]);
    compiled.dispose();
  });

  test("goes on step by step, and from a state that is given", async () => {
    const compiled = await compile(LEVEL);
    const stream = compiled.start();
    const steps: number[] = [];
    for (const at of [0, 2, 4]) {
      const { output } = await stream.step({ x: X[0].slice(at, at + 2) });
      steps.push(...(output?.data ?? []));
    }
    expect(steps).toEqual(levels(X[0]));
    const given = await compiled.run({ x: batch }, { state: { l: { shape: [2, 2], data: [0, 0, 0, 0] } } });
    expect(given["output"]?.data.slice(0, 2)).toEqual(Float32Array.of(1, 2));
    stream.dispose();
    compiled.dispose();
  });
});
