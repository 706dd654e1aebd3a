// Kernels of our own on WebGPU: functions of numbers against float64, and each way in which a loop can run, at sizes that fill no
// tile, share out sums, and leave a workgroup's last tile part empty. Over SwiftShader where there is no GPU.
import type { OpName } from "../../src/graph/node.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { explainLoops } from "../../src/codegen/wgsl/explain-loops.ts";
import { printShaders } from "../../src/codegen/wgsl/print.ts";
import { lower } from "../../src/compile.ts";
import { data } from "../../src/graph/border.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { Builder } from "../../src/ops/builder.ts";
import { floatType, plain } from "../../src/shape/type.ts";
import { symbol } from "../../src/shape/dim.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { Target } from "../../src/targets/target.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import type { GpuValue } from "../../src/targets/tfjs/fused/values.ts";
import { expectResults } from "../support/float32.ts";
import { resultsOn } from "../../src/gradcheck/run.ts";
import { sizesOf, valuesFor } from "../support/run.ts";
import { FULL, RAGGED, requestFor, shippedNamed, shippedProgram } from "../support/specs.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";

const SLOW = 120_000;
const reference = referenceTarget();

function graphOf(name: string, options: typeof FULL): Graph {
  const program = shippedProgram(shippedNamed(name), options);
  return lower(program.graph, requestFor(program, ["output"]));
}

/** From -∞ to ∞ through zero, evenly and by powers of two. */
const NUMBERS = Float64Array.from(
  [
    ...Array.from({ length: 8001 }, (_, index) => (index - 4000) / 40),
    ...Array.from({ length: 2000 }, (_, index) => (index % 2 === 0 ? 1 : -1) * 2 ** (-60 + index / 20)),
    0,
    -0,
    Infinity,
    -Infinity,
    NaN,
    1e30,
    -1e30,
    88.7,
    -87.3,
  ].map(Math.fround),
);

/** Relative: what the kernels of the target `wasm` keep to, and a few steps more for a device's rounding. */
const FUNCTIONS: readonly (readonly [OpName, number])[] = [
  ["exp", 4e-7],
  ["log", 4e-7],
  ["log1p", 4e-7],
  ["tanh", 4e-7],
  ["sigmoid", 4e-7],
  ["softplus", 4e-7],
  ["erf", 6e-7],
  ["relu", 0],
  ["sign", 0],
  ["floor", 0],
  ["sqrt", 3e-7],
];

describe.skipIf(!HAS_WEBGPU)("kernels on WebGPU", () => {
  let fused: Target<GpuValue>;
  beforeAll(async () => {
    fused = await webgpuTarget();
  }, SLOW);

  /** An op's values on the GPU and in float64. */
  async function valuesOf(name: OpName, operands: readonly Float64Array[]): Promise<readonly (readonly number[])[]> {
    const build = new Builder();
    const inputs = operands.map((_, index) => build.input(data(`x${index}`), floatType([plain(symbol("N"))])));
    const graph = build.finish(name, new Map([["y", build.op(name, inputs)]]));
    const given = new Map(operands.map((data, index) => [`x${index}`, { shape: [data.length], data }]));
    const sizes = new Map([["N", operands[0]?.length ?? 0]]);
    const results = [await resultsOn(fused, graph, given, sizes), await resultsOn(reference, graph, given, sizes)];
    return results.map((each) => Array.from(each.get("y")?.data ?? expect.fail("no result"), Math.fround));
  }

  test.each(FUNCTIONS)("%s is within %d of float64", { timeout: SLOW }, async (name, bound) => {
    const [got = [], expected = []] = await valuesOf(name, [NUMBERS]);
    NUMBERS.forEach((x, index) => {
      const [value = NaN, right = NaN] = [got[index], expected[index]];
      // Denormal results may be zero.
      const isNear = Math.abs(value - right) <= Math.max(bound * Math.abs(right), 1.2e-38);
      expect(isNear || Object.is(value, right) || value === right, `${name}(${x}) is ${value}, not ${right}`).toBe(
        true,
      );
    });
  });

  test.each(["sin", "cos"] as const)("%s is within 2e-7 of float64 up to six thousand", async (name) => {
    const angles = Float64Array.from({ length: 20_001 }, (_, index) => Math.fround((index - 10_000) * 0.6));
    const [got = [], expected = []] = await valuesOf(name, [angles]);
    const errors = got.map((value, index) => Math.abs(value - (expected[index] ?? NaN)));
    expect(errors.reduce((most, error) => Math.max(most, error), 0)).toBeLessThan(2e-7);
  });

  test("pow is within 2e-5 of float64, and exact in signs and whole powers", async () => {
    const cases = [-2.5, -2, -1, -0.5, 0, 0.25, 1, 1.5, 2, 7].flatMap((a) =>
      [-3, -2, -0.5, 0, 0.5, 1, 2, 3, 10].map((b) => [a, b] as const),
    );
    const [got = [], expected = []] = await valuesOf("pow", [
      Float64Array.from(cases, ([a]) => a),
      Float64Array.from(cases, ([, b]) => b),
    ]);
    cases.forEach(([a, b], index) => {
      const [value = NaN, right = NaN] = [got[index], expected[index]];
      const isNear = Math.abs(value - right) <= 2e-5 * Math.abs(right);
      expect(isNear || Object.is(value, right) || value === right, `${a} ^ ${b} is ${value}, not ${right}`).toBe(true);
    });
  });

  const LOOPS: readonly (readonly [string, typeof FULL, string, Readonly<Record<string, number>>])[] = [
    ["IndRNN", FULL, "by elements", { B: 5, H: 37, T: 9 }],
    ["MinGRU", RAGGED, "by elements", { B: 5, H: 37, T: 9 }],
    // Chunks of which the last is shorter; with ragged ends in each.
    ["MinGRU", FULL, "in chunks", { B: 2, H: 5, T: 45 }],
    ["MinGRU", RAGGED, "in chunks", { B: 3, H: 37, T: 130 }],
    // More lanes than columns: sums in parts. One example a workgroup.
    ["GRU", RAGGED, "by examples", { B: 2, H: 33, I: 7, T: 5 }],
    // Two examples a workgroup, the last of them alone.
    ["LSTM", RAGGED, "by examples", { B: 257, H: 9, I: 3, T: 4 }],
    // Five examples a workgroup: more rows than an invocation takes at once.
    ["LEM", FULL, "by examples", { B: 513, H: 6, I: 3, T: 3 }],
    // More columns than lanes.
    ["LSTM", FULL, "by examples", { B: 1, H: 130, I: 3, T: 3 }],
    // A memory of each example: its products, and softmax over it, by all lanes.
    // It has more terms than workgroup memory holds.
    ["AttentionDecoder", RAGGED, "by examples", { B: 2, H: 18, I: 3, K: 6, S: 2101, T: 2 }],
    // Norms over units by all lanes.
    ["LayerNormLSTM", RAGGED, "by examples", { B: 3, H: 41, I: 3, T: 3 }],
    // A product and the gates of a step in one dispatch; the products of the gradient's weights in parts.
    ["LSTM", RAGGED, "by steps", { B: 18, H: 145, I: 3, T: 2 }],
  ];

  test.each(LOOPS)("%s, %o: loops run %s at %o", { timeout: SLOW }, async (name, options, schedule, more) => {
    const graph = graphOf(name, options);
    const sizes = sizesOf(graph, more);
    expect(new Set(explainLoops(graph, sizes).map((loop) => loop.schedule))).toContain(schedule);
    const inputs = valuesFor(graph, sizes);
    const expected = await resultsOn(reference, graph, inputs, sizes);
    expectResults(await resultsOn(fused, graph, inputs, sizes), expected);
  });

  // A product whose result is much smaller or larger may be cut into other tiles, which are five.
  test("a new length and a new batch need no new shader", () => {
    const graph = graphOf("LSTM", RAGGED);
    const texts = ([T, B]: readonly [number, number]): readonly string[] =>
      printShaders(graph, sizesOf(graph, { T, B, H: 8 }))
        .split("\n")
        .filter((line) => !line.startsWith("//"));
    expect(texts([40, 7])).toEqual(texts([45, 6]));
  });

  test("a program that is larger than a buffer of the device says so", async () => {
    const graph = graphOf("LSTM", FULL);
    const sizes = sizesOf(graph, { T: 1e6, B: 1e3, H: 64 });
    const executable = fused.compile(graph);
    expect(() => executable.run(new Map(), sizes)).toThrow(/MB in one buffer, and this GPU allows/);
  });
});
