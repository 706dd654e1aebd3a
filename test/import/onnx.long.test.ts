// Specs imported from ONNX models equal onnxruntime: models in the layout of PyTorch's exporter, and round trips of our own files.
import { describe, expect, test } from "vitest";
import { asciiName } from "../../src/export/identifiers.ts";
import { importOnnx } from "../../src/import/onnx/import.ts";
import { compileWith } from "../../src/library/compile.ts";
import type { CompiledModel, Results } from "../../src/library/types.ts";
import type { OnnxModel } from "../../src/onnx/model.ts";
import { readOnnx } from "../../src/onnx/read.ts";
import { writeOnnx } from "../../src/onnx/write.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { drawn, uniform } from "../ops/arrays.ts";
import { compiledSpec, inputsFor, SPECS, type SpecInput } from "../support/compiled-specs.ts";
import { bidirectionalLstm, linearBeforeResetGru } from "../support/onnx-graphs.ts";
import { HAS_ONNXRUNTIME, onnxSession, type Found } from "../support/onnxruntime.ts";
import { OPERATOR_CELLS } from "../support/operator-cells.ts";

/** Both compute in float32, in another order of sums. */
const TOLERANCE = 1e-5;

function imported(bytes: Uint8Array): Promise<CompiledModel> {
  const { text, weights } = importOnnx(bytes, "imported", () => undefined);
  return compileWith(loadFromDisk, text, { weights: Object.fromEntries(weights) });
}

/** `[T, B, …]` and `[B, T, …]`. */
function swapped({
  shape,
  data,
}: {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}): Results[string] {
  const [first = 1, second = 1, ...rest] = shape;
  const width = rest.reduce((product, size) => product * size, 1);
  const out = Float32Array.from({ length: data.length }, (_, i) => {
    const [place, column] = [Math.floor(i / width), i % width];
    return data[((place % first) * second + Math.floor(place / first)) * width + column] ?? NaN;
  });
  return { shape: [second, first, ...rest], data: out };
}

function compare(found: Found, ours: Results, isTimeFirst: boolean): void {
  for (const [name, theirs] of found) {
    const own = ours[name] ?? expect.fail(`no output ${name} among ${Object.keys(ours).join()}`);
    const there = isTimeFirst && theirs.shape.length === 3 ? swapped(theirs) : theirs;
    expect([...own.shape], name).toEqual([...there.shape]);
    own.data.forEach((value, i) => {
      if (!(Math.abs(value - (there.data[i] ?? NaN)) <= TOLERANCE))
        expect.fail(`${name}[${i}]: ${value}, onnxruntime ${there.data[i]}`);
    });
  }
}

const TORCH: readonly (readonly [string, OnnxModel])[] = [
  ["a bidirectional LSTM of two layers", bidirectionalLstm()],
  ["a GRU with linear_before_reset", linearBeforeResetGru()],
];

describe.skipIf(!HAS_ONNXRUNTIME)("as PyTorch's exporter writes them", () => {
  test.each(TORCH)("%s", async (_, model) => {
    const bytes = writeOnnx(model);
    expect(readOnnx(bytes)).toEqual(model);
    const [T, B] = [5, 3];
    const feeds = new Map<string, { shape: readonly number[]; data: Float32Array | BigInt64Array }>();
    const given: Record<string, Results[string]> = {};
    model.graph.inputs.forEach(({ name, type, shape }, seed) => {
      const sizes = (shape ?? []).map((size) => (size === "T" ? T : size === "B" ? B : Number(size)));
      const count = sizes.reduce((product, size) => product * size, 1);
      const values =
        type === "float"
          ? Float32Array.from(drawn(sizes, seed, -1, 1).data)
          : Float32Array.from({ length: count }, (__, i) => Math.floor(uniform(seed, i) * 7));
      feeds.set(name, {
        shape: sizes,
        data: type === "float" ? values : BigInt64Array.from(values, (value) => BigInt(value)),
      });
      given[name] = shape?.[0] === "T" ? swapped({ shape: sizes, data: values }) : { shape: sizes, data: values };
    });
    const found = await (await onnxSession(bytes)).run(feeds);
    compare(found, await (await imported(bytes)).run(given), true);
  });
});

const ROUND_TRIPS = [
  ...SPECS.filter(({ name }) =>
    ["LSTM", "PeepholeLSTM", "GRU", "ResetBeforeGRU", "RNN", "CharLM", "Tag"].includes(name),
  ),
  ...OPERATOR_CELLS.filter(({ operators }) => !operators.includes("Scan")).map(({ spec }) => spec),
];

describe.skipIf(!HAS_ONNXRUNTIME)("round trips", () => {
  test.each(ROUND_TRIPS.map((spec) => [spec.name, spec] as const))("%s", async (_, spec) => {
    const compiled = await compiledSpec(spec);
    const [file] = await compiled.model.compile({ format: "onnx", name: "x" });
    const bytes = typeof file?.content === "string" || file === undefined ? expect.fail("no bytes") : file.content;
    const inputs = new Map<string, SpecInput>(
      [...inputsFor(compiled, 2, 5)].map(([name, array]) => [asciiName(name), array]),
    );
    const found = await (await onnxSession(bytes)).run(inputs);
    compare(found, await (await imported(bytes)).run(Object.fromEntries(inputs)), false);
  });
});
