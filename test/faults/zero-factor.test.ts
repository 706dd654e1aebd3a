// A factor of `linear` that folds to 0 keeps its axes, whether it is written, comes from a parameter, or is found by a pass.
import { expect, test } from "vitest";
import { evaluate, expectNear } from "../support/evaluate.ts";
import { expectGradient } from "../support/differences.ts";
import { FULL, programFrom, RAGGED } from "../support/specs.ts";

const ABLATED = `
cell Ablated(H = 2, scale = 0) {
  input x: [2]
  state h: [H]
  quiet = scale * x
  h = tanh(linear(quiet, h[t-1]))
}`;

/** The decay of GRU-D, written with max. */
const DECAY = `
cell Decay(H) {
  input x: [2]
  input delta: [2]
  state h: [H]
  param w, v: [2] ~ uniform(-0.5, 0.5)
  g = exp(0 - max(w * delta + v, 0 * delta))
  h = tanh(linear(g * x, h[t-1]))
}`;

test("linear(0 * x, h[t-1]) is b + W h[t-1]", () => {
  const params = {
    "cell.h.quiet": [
      [5, 6],
      [7, 8],
    ],
    "cell.h.h": [
      [0.5, -1],
      [2, 0.25],
    ],
    "cell.h.b": [0.3, -0.2],
  };
  const { output } = evaluate(ABLATED, {
    inputs: {
      x: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    },
    params,
  });
  const first = [Math.tanh(0.3), Math.tanh(-0.2)];
  const second = [
    Math.tanh(0.3 + 0.5 * (first[0] ?? NaN) - (first[1] ?? NaN)),
    Math.tanh(-0.2 + 2 * (first[0] ?? NaN) + 0.25 * (first[1] ?? NaN)),
  ];
  expectNear(output ?? [], [[first, second]]);
});

test("max(w * delta + v, 0 * delta) is the relu", () => {
  const params = { "cell.w": [0.5, -0.5], "cell.v": [0.1, 0.2], "cell.h.arg1": [[1, 0]], "cell.h.h": [[0]] };
  const { "value.g": g } = evaluate(DECAY, { inputs: { x: [[[1, 2]]], delta: [[[2, 3]]] }, params });
  expectNear(g ?? [], [[[Math.exp(-1.1), 1]]]);
});

for (const [title, text] of [
  ["a factor of 0", ABLATED],
  ["max with a factor of 0", DECAY],
] as const) {
  for (const [layout, options] of [
    ["full", FULL],
    ["ragged", RAGGED],
  ] as const) {
    test(`${title}, ${layout}: the gradient through every pass is that of central differences`, () => {
      expectGradient(programFrom(text, options), ["output"]);
    });
  }
}

test("an operand that a factor of 0 drops has a gradient of its own shape", () => {
  const text = "cell Dropped(H) { input x: [2]; state h: [H]; h = 0 * linear(x) + 0.5 * h[t-1] + 1 }";
  expectGradient(programFrom(text), ["output"]);
  expect(programFrom(text).parameters.map(({ name }) => name)).toEqual(["cell.h.x", "cell.h.b"]);
});
