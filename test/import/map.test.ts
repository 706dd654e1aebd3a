// What a user says about where arrays belong, and what is said where something is left: `THEIRS=OURS`.
import { describe, expect, test } from "vitest";
import { writeSafetensors, type Tensor } from "../../src/checkpoint/safetensors.ts";
import { importWeights } from "../../src/library/import-weights.ts";
import type { CompiledModel } from "../../src/library/types.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { bidirectionalLstm, linearBeforeResetGru } from "../support/onnx-graphs.ts";
import { compileSpec, weightsOf } from "./peer-cases.ts";

/** Arrays that count on from 1, so that every number has one place. */
function file(shapes: Readonly<Record<string, readonly number[]>>): Uint8Array {
  let next = 1;
  const tensors = Object.entries(shapes).map(([name, shape]): [string, Tensor] => {
    const count = shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: "F32", shape, data: Float32Array.from({ length: count }, () => next++) }];
  });
  return writeSafetensors({ tensors: new Map(tensors), metadata: {} });
}

async function imported(
  spec: string,
  bytes: Uint8Array,
  ...map: readonly string[]
): Promise<Readonly<Record<string, readonly number[]>>> {
  const model = await compileSpec(spec);
  await importWeights(model, bytes, { map });
  return weightsIn(model);
}

async function weightsIn(model: CompiledModel): Promise<Readonly<Record<string, readonly number[]>>> {
  return Object.fromEntries([...(await model.weights())].map(([name, { data }]) => [name, Array.from(data)]));
}

/** The weights of all gates in one matrix, which no rule knows. */
const MERGED = `
cell Merged(H) {
  input x: [2]
  state h: [H]
  z, n = split(linear(x, h[t-1], out = 2*H), 2)
  h = sigmoid(z) * h[t-1] + (1 - sigmoid(z)) * tanh(n)
}
model M { input x: seq [2]
  y = Merged(1)(x)
  output y }`;

const TWO_LAYERS = `
model M { input x: seq [2]
  a = linear(x, out = 2)
  b = linear(a, out = 2)
  output b }`;

describe("entries", () => {
  test("parts of a weight from arrays, their rows and columns, their transposes and their sums", async () => {
    const bytes = file({ kernel: [3, 2], bz: [1], bn: [2], more: [1] });
    const found = await imported(
      MERGED,
      bytes,
      "kernel.T[0:2, 0:2]=y.z.x",
      "kernel.T[:1, 2:3]=y.z.h[0:1]",
      "kernel[2:3, 1:2]=y.z.h[1:]",
      "bz + more = y.z.b[0:1]",
      "bn[1:2]=y.z.b[1:2]",
    );
    // kernel is [[1, 2], [3, 4], [5, 6]], bz 7, bn [8, 9], more 10.
    expect(found).toEqual({ "y.z.x": [1, 3, 2, 4], "y.z.h": [5, 6], "y.z.b": [17, 9] });
  });

  test("an array whose name has a sign of its own is that array", async () => {
    const bytes = file({ "a[0:1]": [2, 2], "b+c": [2], "d.T": [2, 2], e: [2] });
    const found = await imported(TWO_LAYERS, bytes, "a[0:1]=a.x", "b+c=a.b", "d.T=b.a", "e=b.b");
    expect(found).toEqual({ "a.x": [1, 2, 3, 4], "a.b": [5, 6], "b.a": [7, 8, 9, 10], "b.b": [11, 12] });
  });

  test("a layer is a layer, arrays are left out by the beginning of their names, a weight keeps its values", async () => {
    const bytes = file({ "q.weight": [2, 2], "q.bias": [2], "k.weight": [2, 2], "old.v.weight": [2, 2], "old.n": [3] });
    const found = await imported(TWO_LAYERS, bytes, "k=a", "q=b", "old=", "=a.b");
    expect(found).toEqual({ "a.x": [7, 8, 9, 10], "a.b": [0, 0], "b.a": [1, 2, 3, 4], "b.b": [5, 6] });
  });

  test.each([
    ["nothing", "`nothing` does not say what is what: write THEIRS=OURS"],
    ["=", "`=` has a name on neither side"],
    ["q.wait=a.x", "the file has no array `q.wait`: there are q.weight, q.bias, k.weight"],
    ["other=", "the file has no array `other`: there are q.weight, q.bias, k.weight"],
    ["q.weight=a.w", "no weight is called `a.w`: there are a.x, a.b, b.a, b.b"],
    ["q.bias=a.x", "`q.bias=a.x`: theirs is [2], but `a.x` is [2, 2]"],
    ["q.weight[0:3]=a.x", "`q.weight[0:3]`: [0:3] is outside of an axis of 2"],
    ["q.weight[1]=a.x", "`q.weight[1]`: a part is written [from:to], or [from:to, from:to] for rows and columns"],
    ["q.bias[0:1, 0:1]=a.b", "`q.bias[0:1, 0:1]`: an array [2] has no such part"],
    ["q.bias.T=a.b", "`q.bias.T`: an array [2] has no transpose"],
    ["q.bias+q.weight=a.b", "`q.bias+q.weight=a.b`: [2] and [2, 2] cannot be added"],
    ["q.bias[0:1]=a.b[0:2]", "`q.bias[0:1]=a.b[0:2]`: theirs is [1], but that part of `a.b` is [2]"],
    ["q.bias[0:1]=a.b[0:1]", "a part of the weight `a.b` [2] is missing: 1 of 2 numbers are mapped"],
  ])("%s is an error", async (entry, message) => {
    const bytes = file({ "q.weight": [2, 2], "q.bias": [2], "k.weight": [2, 2] });
    // What is not mapped is left out, so that the entry alone is wrong.
    const rest = ["q.weight=", "q.bias=", "k.weight=", "=a.x", "=b.a", "=b.b"];
    await expect(imported(TWO_LAYERS, bytes, entry, ...rest)).rejects.toThrow(message);
  });

  test("a weight that is mapped twice, and parts that overlap", async () => {
    const bytes = file({ p: [2], q: [2], k: [2, 2] });
    const rest = ["k=", "=a.x", "=b.a", "=b.b"];
    await expect(imported(TWO_LAYERS, bytes, "p=a.b", "q=a.b", ...rest)).rejects.toThrow(
      "`q=a.b`: `a.b` is mapped twice: what is to be added is written A+B=a.b",
    );
    await expect(imported(TWO_LAYERS, bytes, "p=a.b[0:2]", "q[0:1]=a.b[1:2]", ...rest)).rejects.toThrow(
      "two parts of `a.b` overlap: what is to be added is written A+B=a.b",
    );
  });
});

test("arrays with the names of weights, or with these as identifiers, need no entry", async () => {
  const bytes = file({ b_a: [2, 2], "a.x": [2, 2], "b.b": [2], a_b: [2] });
  const found = await imported(TWO_LAYERS, bytes);
  expect(found).toEqual({ "a.x": [5, 6, 7, 8], "a.b": [11, 12], "b.a": [1, 2, 3, 4], "b.b": [9, 10] });
});

test("loops that share their weights take one layer, and a layer of one row makes a number", async () => {
  const spec = `use GRU from "cells"
model M { input x: seq [2]
  enc = GRU(3)
  h = enc(enc(linear(x, out = 3)))
  total = linear(last(h), out = [])
  output total }`;
  const bytes = file({
    "g.weight_ih": [9, 3],
    "g.weight_hh": [9, 3],
    "p.weight": [3, 2],
    "q.weight": [1, 3],
    "q.bias": [1],
  });
  const found = await imported(spec, bytes);
  expect(Object.keys(found)).toHaveLength(14);
  expect(found["total.b"]).toEqual([64]);
  expect(found["enc.z.x"]).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18]);
  expect(found["enc.z.b"]).toEqual([0, 0, 0]);
});

describe("what is left", () => {
  test("layers that fit in two ways", async () => {
    const model = await compileSpec(TWO_LAYERS);
    const before = await weightsIn(model);
    const bytes = file({ "q.weight": [2, 2], "q.bias": [2], "k.weight": [2, 2], "k.bias": [2], "norm.scale": [7] });
    const problem: unknown = await importWeights(model, bytes, { name: "state.safetensors" }).catch(
      (each: unknown) => each,
    );
    expect(problem instanceof Error ? problem.message : "").toMatchInlineSnapshot(`
      "state.safetensors: 5 arrays of the file and 4 weights of the spec do not fit by themselves
        theirs      shape   ours  shape
        q.weight    [2, 2]  a.x   [2, 2]
        q.bias      [2]     a.b   [2]
        k.weight    [2, 2]  b.a   [2, 2]
        k.bias      [2]     b.b   [2]
        norm.scale  [7]
      \`q\` could be \`a\` or \`b\`
      \`k\` could be \`a\` or \`b\`
      Map what is left as \`THEIRS=OURS\`; \`THEIRS=\` leaves an array out, and \`=OURS\` keeps the first values of a weight"
    `);
    expect(await weightsIn(model)).toEqual(before);
  });

  const cell = (name: string, layers: string): string => `use ${name} from "cells"
model M { input x: seq [3]
  y = ${layers}
  output y }`;

  test.each([
    [
      "pytorch-rnn",
      cell("GRU", "stack(GRU(4), 2)(x)"),
      [
        "`rnn.l0` is not `y.layer0`: theirs is a loop of the kind RNN, ours of the kind GRU",
        "`rnn.l1` is not `y.layer1`: theirs is a loop of the kind RNN, ours of the kind GRU",
      ],
    ],
    [
      "pytorch-rnn",
      cell("RNN", "stack(RNN(5), 2)(x)"),
      [
        "`rnn.l0` is not `y.layer0`: for `y.layer0.h.x` it has [4, 3], not [5, 3]",
        "`rnn.l1` is not `y.layer1`: for `y.layer1.h.x` it has [4, 4], not [5, 5]",
      ],
    ],
    [
      "pytorch-gru-no-bias",
      cell("ResetBeforeGRU", "ResetBeforeGRU(4)(x)"),
      ["`rnn.l0` is not `y`: theirs has the reset gate after the product, ours before it"],
    ],
    [
      "pytorch-projection",
      cell("LSTM", "LSTM(5)(x)"),
      [
        "`rnn.l0` is not `y`: theirs projects its output, ours does not",
        "`rnn.l1` is not `y`: theirs projects its output, ours does not",
      ],
    ],
    [
      "keras-lstm-bidirectional",
      cell("LSTM", "stack(LSTM(4), 2)(x)"),
      [
        "`bidirectional/lstm_cell` is not `y.layer0`: theirs has two directions, ours one direction",
        "`bidirectional_1/lstm_cell` is not `y.layer1`: theirs has two directions, ours one direction",
      ],
    ],
    [
      "keras-gru-before",
      cell("ResetBeforeGRU", "linear(bidirectional(ResetBeforeGRU(4))(x), out = 2, bias = false)"),
      ["`dense_2` is not `y`: theirs has a bias, ours has none"],
    ],
  ])("why %s does not fit", async (name, spec, why) => {
    const problem: unknown = await imported(spec, weightsOf(name)).catch((each: unknown) => each);
    const message = problem instanceof Error ? problem.message : "";
    expect(message.split("\n").filter((line) => line.startsWith("`"))).toEqual(why);
  });
});

describe("ONNX graphs as PyTorch's exporter writes them", () => {
  test("an embedding, an LSTM of two layers in both directions, a linear layer", async () => {
    const spec = `use LSTM from "cells"
model M { input words: seq token[7]
  e = embed(words, 3)
  logits = linear(stack(bidirectional(LSTM(4)), 2)(e), out = 5)
  output logits }`;
    const model = await compileSpec(spec);
    const from = new Map(
      (await importWeights(model, writeOnnx(bidirectionalLstm()))).map((each) => [each.weight, each.from]),
    );
    expect(from.get("e.table")).toEqual(["embedding.weight"]);
    expect(from.get("logits.layer0.backward.f.x")).toEqual(["W0"]);
    expect(from.get("logits.layer1.forward.o.b")).toEqual(["B1"]);
    expect(from.get("logits.arg1")).toEqual(["linear.weight"]);
    expect(from.get("logits.b")).toEqual(["linear.bias"]);
    model.dispose();
  });

  test("functions and the place of the reset gate must be the same", async () => {
    const spec = (cell: string): string => `use ${cell} from "cells"
model M { input x: seq [2]
  h = ${cell}(3)(x)
  fc = linear(concat(last(h), last(h)), out = 4)
  output fc }`;
    const bytes = writeOnnx(linearBeforeResetGru());
    expect(Object.keys(await imported(spec("GRU"), bytes))).toHaveLength(12);
    await expect(imported(spec("ResetBeforeGRU"), bytes)).rejects.toThrow(
      "`GRU_Y` is not `h`: theirs has the reset gate after the product, ours before it",
    );
  });
});
