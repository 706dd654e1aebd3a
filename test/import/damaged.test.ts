// Files of weights that are damaged, hostile or of another kind: one clear error, nothing allocated for what they claim, and the model stays
// as it was. And the types of numbers that weights may have.
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/base/diagnostic.ts";
import { compile, importWeights } from "../../src/index.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { bidirectionalLstm } from "../support/onnx-graphs.ts";
import { compileSpec, SPECS, weightsOf } from "./peer-cases.ts";
import { damagedBytes } from "../support/damaged-bytes.ts";

const TEXT = new TextEncoder();

function safetensors(header: unknown, body: Uint8Array): Uint8Array {
  const text = TEXT.encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}

const LINEAR = "model M { input x: seq [1]\n  y = linear(x, out = 4, bias = false)\n  output y }";

async function said(bytes: Uint8Array, spec = LINEAR): Promise<string> {
  const problem: unknown = await importWeights(await compile(spec), bytes).catch((each: unknown) => each);
  expect(problem).toBeInstanceOf(UserError);
  return problem instanceof Error ? problem.message : "";
}

describe("files of another kind", () => {
  test.each([
    [
      "HDF5",
      [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a],
      "the file: this is an HDF5 file, which is not read: docs/import.md has three lines",
    ],
    ["zip", [0x50, 0x4b, 3, 4, 0, 0], "the file: this is a zip archive, as PyTorch's `.pt` and Keras' `.keras`"],
    ["pickle", [0x80, 2, 0x7d], "the file: this is a pickle of Python, which is not read: "],
    ["empty", [], "so it is read as ONNX: this is not an ONNX file, or a damaged one: it has no graph"],
    [
      "text",
      [...TEXT.encode("weights")],
      "the file: it does not begin as safetensors, so it is read as ONNX: this is not an ONNX file",
    ],
  ])("%s", async (_, bytes, message) => {
    expect(await said(Uint8Array.from(bytes))).toContain(message);
  });
});

describe("hostile safetensors", () => {
  const four = new Uint8Array(16);

  test("an array without numbers does not define a size", async () => {
    const header = {
      "y.weight": { dtype: "F32", shape: [1e12, 0], data_offsets: [0, 0] },
      "l.weight_ih_l0": { dtype: "F32", shape: [4e12, 0], data_offsets: [0, 0] },
      "l.weight_hh_l0": { dtype: "F32", shape: [4e12, 0], data_offsets: [0, 0] },
      "g.kernel": { dtype: "F32", shape: [0, 4e12], data_offsets: [0, 0] },
    };
    expect(await said(safetensors(header, four))).toContain("do not fit by themselves");
    const open = 'use LSTM from "cells"\nmodel M(H) { input x: seq [1]\n  y = LSTM(H)(x)\n  output y }';
    expect(await said(safetensors(header, four), open)).toContain("do not fit by themselves");
  });

  test("arrays in the same place", async () => {
    const entry = { dtype: "F32", shape: [4], data_offsets: [0, 16] };
    expect(await said(safetensors({ a: entry, b: entry }, four))).toBe(
      "the file: this is not a safetensors file: some of its arrays are in the same place",
    );
  });

  test("a size whose bytes are not there, and sizes beyond what numbers hold", async () => {
    for (const shape of [[5], [1e300, 1e300], [2 ** 53, 2]])
      expect(await said(safetensors({ a: { dtype: "F32", shape, data_offsets: [0, 16] } }, four))).toMatch(
        /not a safetensors file: (?:`a` of shape|the entry of `a`)/,
      );
  });

  test("names are shown without control characters, and shortened", async () => {
    const name = `\u001b[2J\n${"x".repeat(500)}`;
    const message = await said(safetensors({ [name]: { dtype: "F32", shape: [4], data_offsets: [0, 16] } }, four));
    expect(message).toContain(`?[2J?${"x".repeat(55)}…  [4]`);
    expect(message).not.toContain("\u001b");
  });

  test("names of JavaScript's own objects are names", async () => {
    const entry = (from: number): unknown => ({ dtype: "F32", shape: [1], data_offsets: [from, from + 4] });
    const header = JSON.parse('{"__proto__": 0, "constructor": 0, "toString": 0}');
    const bytes = safetensors({ ...header, constructor: entry(0), toString: entry(4) }, four);
    expect(await said(bytes)).toMatch(/constructor +\[1\]/);
  });

  test("more arrays than any model has", async () => {
    const header = Object.fromEntries(
      Array.from({ length: 10_001 }, (_, index) => [`a${index}`, { dtype: "F32", shape: [0], data_offsets: [0, 0] }]),
    );
    expect(await said(safetensors(header, four))).toBe("the file: it has more than 10000 arrays");
  });
});

describe("types of numbers", () => {
  const weight = async (dtype: string, data: Uint8Array): Promise<readonly number[]> => {
    const model = await compile(LINEAR);
    const entry = { dtype, shape: [4, 1], data_offsets: [0, data.length] };
    await importWeights(model, safetensors({ "y.weight": entry }, data));
    return Array.from((await model.weights()).get("y.x")?.data ?? []);
  };

  test("F64, F32, F16, BF16", async () => {
    expect(await weight("F64", new Uint8Array(Float64Array.of(1, -2, 0.5, 0).buffer))).toEqual([1, -2, 0.5, 0]);
    expect(await weight("F32", new Uint8Array(Float32Array.of(1, -2, 0.5, 0).buffer))).toEqual([1, -2, 0.5, 0]);
    // 1, -2, the largest and the smallest half.
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001);
    expect(await weight("F16", new Uint8Array(halves.buffer))).toEqual([1, -2, 65504, 2 ** -24]);
    const brains = Uint16Array.of(0x3f80, 0xc000, 0x4049, 0x8000);
    expect(await weight("BF16", new Uint8Array(brains.buffer))).toEqual([1, -2, 3.140625, -0]);
  });

  test("whole numbers are not weights and may be left, and what is not finite is refused", async () => {
    const count = { dtype: "I64", shape: [], data_offsets: [16, 24] };
    const entry = { dtype: "F32", shape: [4, 1], data_offsets: [0, 16] };
    const bytes = safetensors({ "y.weight": entry, "norm.num_batches_tracked": count }, new Uint8Array(24));
    expect(await importWeights(await compile(LINEAR), bytes)).toEqual([{ weight: "y.x", from: ["y.weight"] }]);
    await expect(weight("I8", new Uint8Array(4))).rejects.toThrow("`y.weight` has numbers of the type I8");
    const model = await compile(LINEAR);
    const whole = safetensors({ k: { dtype: "I32", shape: [4, 1], data_offsets: [0, 16] } }, new Uint8Array(16));
    await expect(importWeights(model, whole, { map: ["k=y.x"] })).rejects.toThrow(
      "`k` has numbers of the type I32; F64, F32, F16 and BF16 can be weights",
    );
    await expect(weight("F16", new Uint8Array(Uint16Array.of(0x7c00, 0, 0, 0).buffer))).rejects.toThrow(
      "`y.x[0][0]` is Infinity",
    );
  });
});

const MUTATIONS = 3000;
const MOST_BYTES = 100e6;

test(`${MUTATIONS} damaged files give a UserError or weights, and never need ${MOST_BYTES / 1e6} MB`, async () => {
  const named = (name: string): Uint8Array => weightsOf(name);
  const files = [named("pytorch-lstm"), named("keras-lstm"), writeOnnx(bidirectionalLstm())];
  const spec = SPECS.find(([name]) => name === "pytorch-lstm")?.[1] ?? "";
  const model = await compileSpec(spec);
  const before = process.memoryUsage();
  let read = 0;
  for (let seed = 0; seed < MUTATIONS; seed++) {
    const bytes = damagedBytes(files[seed % files.length] ?? new Uint8Array(), seed, { few: 900, many: 900 });
    try {
      await importWeights(model, bytes);
      read++;
    } catch (problem) {
      if (!(problem instanceof UserError)) throw problem;
    }
  }
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(MOST_BYTES);
  expect(read).toBeGreaterThan(0);
  model.dispose();
});

describe("wrong calls", () => {
  test("say what was expected", async () => {
    const model = await compile(LINEAR);
    const call = (...args: readonly unknown[]): Promise<unknown> => Reflect.apply(importWeights, undefined, args);
    const bytes = weightsOf("pytorch-gru");
    await expect(call({}, bytes)).rejects.toThrow("the first argument of `importWeights`");
    await expect(call(model, "weights.safetensors")).rejects.toThrow("needs the bytes of a file as a Uint8Array");
    await expect(call(model, bytes, { map: "a=b" })).rejects.toThrow(
      '`map` is "a=b", but it must be an array of texts',
    );
    await expect(call(model, bytes, { maps: [] })).rejects.toThrow("did you mean `map`?");
    model.dispose();
    await expect(call(model, bytes)).rejects.toThrow("was disposed of");
  });

  test("calls take effect in their order", async () => {
    const model = await compile(LINEAR);
    const entry = { dtype: "F32", shape: [4, 1], data_offsets: [0, 16] };
    const bytes = safetensors({ "y.weight": entry }, new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
    const given = { x: { shape: [1, 1, 1], data: [1] } };
    const runs = [model.run(given), importWeights(model, bytes), model.run(given)] as const;
    const [before, , after] = await Promise.all(runs);
    expect(Array.from(before["y"]?.data ?? [])).not.toEqual([1, 2, 3, 4]);
    expect(Array.from(after["y"]?.data ?? [])).toEqual([1, 2, 3, 4]);
  });
});
