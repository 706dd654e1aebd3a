// Cells that are, or only look like, an operator of ONNX: each with the operators that its file has.
import { definitionsOf } from "./specs.ts";
import type { Spec } from "./compiled-specs.ts";
import { expect } from "vitest";

interface OperatorCell {
  readonly name: string;
  readonly operators: readonly string[];
  readonly text: string;
}

const CELLS: readonly OperatorCell[] = [
  {
    name: "an LSTM under another name, its states and sums in another order, its matrices the other way round",
    operators: ["LSTM"],
    text: `cell Memory(H) {
  input x: [2]
  state cell: [H]
  state out: [H]
  param A, B, C, D: [2, H] ~ glorot
  param P, Q, R, S: [H, H] ~ glorot
  param b, d: [H] ~ normal(1)
  keep = sigmoid(b + out[t-1] @ P + x @ A + d)
  new = tanh(R @ out[t-1] + x @ C)
  cell = sigmoid(x @ B + Q @ out[t-1]) * new + cell[t-1] * keep
  out = tanh(cell) * sigmoid(S @ out[t-1] + x @ D)
  output out
}`,
  },
  {
    name: "an LSTM with relu in the place of tanh",
    operators: ["LSTM"],
    text: `cell Relu(H) {
  input x
  state h, c: [H]
  f = sigmoid(linear(x, h[t-1]))
  i = sigmoid(linear(x, h[t-1]))
  g = relu(linear(x, h[t-1]))
  o = sigmoid(linear(x, h[t-1]))
  c = f * c[t-1] + i * g
  h = o * tanh(c)
}`,
  },
  {
    name: "an RNN with relu and a clip",
    operators: ["RNN"],
    text: `cell Clipped(H) {
  input x
  state h: [H]
  h = relu(clamp(linear(x, h[t-1]), -0.3, 0.3))
}`,
  },
  {
    name: "a GRU with a clip",
    operators: ["GRU"],
    text: `cell Clipped(H) {
  input x
  state h: [H]
  r = sigmoid(clamp(linear(x, h[t-1]), -0.4, 0.4))
  z = sigmoid(clamp(linear(x, h[t-1]), -0.4, 0.4))
  u = linear(h[t-1])
  h = (1 - z) * tanh(clamp(linear(x) + r * u, -0.4, 0.4)) + z * h[t-1]
}`,
  },
  {
    name: "an LSTM with one peephole and a clip",
    operators: ["LSTM"],
    text: `cell Clipped(H) {
  input x
  state h, c: [H]
  param p: [H] ~ normal(1)
  f = sigmoid(clamp(linear(x, h[t-1]) + p * c[t-1], -0.2, 0.2))
  i = sigmoid(clamp(linear(x, h[t-1]), -0.2, 0.2))
  g = tanh(clamp(linear(x, h[t-1]), -0.2, 0.2))
  o = sigmoid(clamp(linear(x, h[t-1]), -0.2, 0.2))
  c = f * c[t-1] + i * g
  h = o * tanh(c)
}`,
  },
  {
    name: "an LSTM whose gates share weights",
    operators: ["LSTM"],
    text: `cell Shared(H) {
  input x: [2]
  state h, c: [H]
  param W: [H, 2] ~ glorot
  param U: [H, H] ~ glorot
  f = sigmoid(W @ x + U @ h[t-1])
  i = sigmoid(W @ x + U @ h[t-1])
  g = tanh(W @ x + U @ h[t-1])
  o = sigmoid(W @ x + U @ h[t-1])
  c = f * c[t-1] + i * g
  h = o * tanh(c)
}`,
  },
  {
    name: "both directions of a stack, in one operator for each layer",
    operators: ["GRU", "GRU"],
    text: `use GRU from "cells"
model Both(H = 3) {
  input xs: seq [2]
  target ys: seq [1]
  h = stack(bidirectional(GRU(H)), 2)(xs)
  predict ys from linear(h, out = 1)
}`,
  },
  {
    name: "first states that are given, in both directions",
    operators: ["LSTM", "LSTM"],
    text: `use LSTM from "cells"
model Begun(H = 3) {
  input xs: seq [2]
  input s: [3]
  target ys: seq [1]
  a = LSTM(H)(xs, h = s)
  b = reverse(LSTM(H))(xs, c = s)
  predict ys from linear(a + b, out = 1)
}`,
  },
  {
    name: "an LSTM whose gate is read by others",
    operators: ["Scan"],
    text: `cell Open(H) {
  input x
  state h, c: [H]
  f = sigmoid(linear(x, h[t-1]))
  i = sigmoid(linear(x, h[t-1]))
  g = tanh(linear(x, h[t-1]))
  o = sigmoid(linear(x, h[t-1]))
  c = f * c[t-1] + i * g
  h = o * tanh(c)
  output h, f
}`,
  },
  {
    name: "an LSTM that forgets by 1 - i",
    operators: ["Scan"],
    text: `cell Coupled(H) {
  input x
  state h, c: [H]
  i = sigmoid(linear(x, h[t-1]))
  g = tanh(linear(x, h[t-1]))
  o = sigmoid(linear(x, h[t-1]))
  c = (1 - i) * c[t-1] + i * g
  h = o * tanh(c)
}`,
  },
  {
    name: "a GRU whose update is the other way round",
    operators: ["Scan"],
    text: `cell Turned(H) {
  input x
  state h: [H]
  r = sigmoid(linear(x, h[t-1]))
  z = sigmoid(linear(x, h[t-1]))
  n = tanh(linear(x) + r * linear(h[t-1]))
  h = z * n + (1 - z) * h[t-1]
}`,
  },
  {
    name: "an RNN that reads its input twice",
    operators: ["Scan"],
    text: `cell Twice(H) {
  input x: [H]
  state h: [H]
  h = tanh(linear(x, h[t-1]) + x)
}`,
  },
];

export const OPERATOR_CELLS: readonly (OperatorCell & { readonly spec: Spec })[] = CELLS.map((cell) => {
  const [first] = definitionsOf({ name: `${cell.name}.rec`, text: cell.text });
  const { definition } = first ?? expect.fail("no definition");
  return { ...cell, spec: { name: cell.name, definition, isShipped: false } };
});
