// What `peers.py` has written, and the specs that its weights are put into.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { readSafetensors, type Tensor } from "../../src/checkpoint/safetensors.ts";
import { compileWith } from "../../src/library/compile.ts";
import type { CompiledModel } from "../../src/library/types.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";

export const GOLDEN = "test/import/golden";

/** PyTorch and Keras compute in float32, in another order of sums. */
export const TOLERANCE = 1e-5;

const PROJECTION = `
cell LSTMP(H, P) {
  input x
  state r: [P]
  state c: [H]
  f = sigmoid(linear(x, r[t-1]))
  i = sigmoid(linear(x, r[t-1]))
  g = tanh(linear(x, r[t-1]))
  o = sigmoid(linear(x, r[t-1]))
  c = f * c[t-1] + i * g
  r = linear(o * tanh(c), bias = false)
}`;

/** Relu in place of tanh, other names, and weights that a person has declared, one of them the other way round. */
const MINE = `
cell Mine(H) {
  input x: [I]
  state s: [H]
  param V: [I, H]
  param W: [H, H]
  param b, d: [H]
  s = relu(d + x @ V + W @ s[t-1] + b)
}`;

/** Specs by the names of what peers have written. Several may take the same weights. */
export const SPECS: readonly (readonly [name: string, spec: string])[] = [
  [
    "pytorch-lstm",
    `use LSTM from "cells"
model M { input x: seq token[7]
  e = embed(x, 3)
  h = stack(bidirectional(LSTM(4)), 2)(e)
  y = linear(h, out = 5)
  output y }`,
  ],
  [
    "pytorch-gru",
    `use GRU from "cells"
model M { input x: seq [3]
  y = linear(stack(GRU(4), 2)(x), out = 2)
  output y }`,
  ],
  [
    "pytorch-gru",
    `cell Turned(H) {
  input x
  state h: [H]
  keep = sigmoid(linear(x, h[t-1]))
  old = linear(h[t-1])
  reset = sigmoid(linear(x, h[t-1]))
  new = tanh(old * reset + linear(x))
  h = keep * new + h[t-1] * (1 - keep)
}
model M { input x: seq [3]
  y = linear(x |> Turned(4) |> Turned(4), out = 2)
  output y }`,
  ],
  [
    "pytorch-gru-no-bias",
    `use GRU from "cells"
model M { input x: seq [3]
  y = GRU(4)(x)
  output y }`,
  ],
  [
    "pytorch-rnn",
    `use RNN from "cells"
model M { input x: seq [3]
  a = RNN(4)(x)
  y = RNN(4)(a)
  output y }`,
  ],
  [
    "pytorch-rnn-relu",
    `${MINE}
model M { input x: seq [3]
  h = bidirectional(Mine(4))(x)
  y = linear(h, out = 1)
  output y }`,
  ],
  [
    "pytorch-projection",
    `${PROJECTION}
model M { input x: seq [3]
  y = stack(LSTMP(5, 2), 2)(x)
  output y }`,
  ],
  [
    "keras-lstm",
    `use PeepholeLSTM from "cells"
model M { input x: seq token[7]
  y = linear(stack(PeepholeLSTM(4), 2)(embed(x, 3)), out = 5)
  output y }`,
  ],
  [
    "keras-lstm-bidirectional",
    `use LSTM from "cells"
model M { input x: seq [3]
  y = stack(bidirectional(LSTM(4)), 2)(x)
  output y }`,
  ],
  [
    "keras-gru-after",
    `use GRU from "cells"
model M { input x: seq [3]
  gru = GRU(4)(x)
  gru_1 = GRU(4)(gru)
  dense = linear(gru_1, out = 2)
  y = dense
  output y }`,
  ],
  [
    "keras-gru-before",
    `use ResetBeforeGRU from "cells"
model M { input x: seq [3]
  y = linear(bidirectional(ResetBeforeGRU(4))(x), out = 2)
  output y }`,
  ],
  [
    "keras-simple-rnn",
    `use RNN from "cells"
model M { input x: seq [3]
  y = RNN(4)(x)
  output y }`,
  ],
];

export type PeerArrays = Readonly<Record<"x" | "lengths" | "full" | "ragged", Tensor>>;

export function weightsOf(name: string, folder = GOLDEN): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, `${name}.safetensors`)));
}

export function arraysOf(name: string, folder = GOLDEN): PeerArrays {
  const path = join(folder, `${name}.arrays.safetensors`);
  const { tensors } = readSafetensors(readFileSync(path), path);
  const named = (each: string): Tensor => tensors.get(each) ?? expect.fail(`${path} has no ${each}`);
  return { x: named("x"), lengths: named("lengths"), full: named("full"), ragged: named("ragged") };
}

export function compileSpec(text: string): Promise<CompiledModel> {
  return compileWith(loadFromDisk, text, { name: "peer.rec" });
}

interface Values {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** `lengths`: how many steps of each example are compared; all where it is missing. */
export function expectSame(found: Values, expected: Values, what: string, lengths?: ArrayLike<number>): void {
  expect([...found.shape], what).toEqual([...expected.shape]);
  const [, T = 1, O = 1] = expected.shape;
  for (let index = 0; index < expected.data.length; index++) {
    const [example, step] = [Math.floor(index / (T * O)), Math.floor(index / O) % T];
    if (lengths !== undefined && step >= (lengths[example] ?? T)) continue;
    const difference = Math.abs((found.data[index] ?? NaN) - (expected.data[index] ?? NaN));
    if (!(difference <= TOLERANCE))
      expect.fail(`${what}[${index}]: ${found.data[index]}, theirs ${expected.data[index]}`);
  }
}
