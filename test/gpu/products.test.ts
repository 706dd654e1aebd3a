// Products on WebGPU against the reference: every tile, as vectors and as numbers, at sizes that fill no tile, with either operand
// turned, batches, and sums that are divided; the same bits in every run. Over SwiftShader where there is no GPU.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { printShaders } from "../../src/codegen/wgsl/print.ts";
import { data } from "../../src/graph/border.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { Builder } from "../../src/ops/builder.ts";
import { floatType, plain } from "../../src/shape/type.ts";
import { symbol } from "../../src/shape/dim.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { Target } from "../../src/targets/target.ts";
import type { GpuValue } from "../../src/targets/tfjs/fused/values.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import { expectResults, type Results } from "../support/float32.ts";
import { resultsOn, valuesFor } from "../support/run.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";

const SLOW = 120_000;
const reference = referenceTarget();

interface Case {
  /** The axes of both operands, in the order of memory. */
  readonly left: string;
  readonly right: string;
  readonly sizes: Readonly<Record<"m" | "k" | "n" | "z", number>>;
  /** The axes of what is added to the product, if something is. */
  readonly added?: "mn" | "n" | undefined;
}

function graphOf({ left, right, added }: Case): Graph {
  const build = new Builder();
  const [a, b, c] = [left, right, ...(added === undefined ? [] : [added])].map((axes, index) =>
    build.input(data(`x${index}`), floatType([...axes].map((axis) => plain(symbol(axis.toUpperCase()))))),
  );
  const labels = { left, right, out: left.includes("z") ? "zmn" : "mn" };
  const product = build.op("contract", [a ?? expect.fail(), b ?? expect.fail()], labels);
  return build.finish("product", new Map([["y", c === undefined ? product : build.op("add", [product, c])]]));
}

function sizesIn({ sizes }: Case): ReadonlyMap<string, number> {
  return new Map(Object.entries(sizes).map(([axis, size]) => [axis.toUpperCase(), size]));
}

/** Vitest compares millions of numbers slowly. */
function bytesOf(results: Results): Buffer {
  return Buffer.from(Float32Array.from(results.get("y")?.data ?? []).buffer);
}

describe.skipIf(!HAS_WEBGPU)("products on WebGPU", { timeout: SLOW }, () => {
  let fused: Target<GpuValue>;
  beforeAll(async () => {
    fused = await webgpuTarget();
  }, SLOW);

  async function expectRight(one: Case): Promise<void> {
    const graph = graphOf(one);
    const sizes = sizesIn(one);
    const inputs = valuesFor(graph, sizes);
    const results = await resultsOn(fused, graph, inputs, sizes);
    expectResults(results, await resultsOn(reference, graph, inputs, sizes));
    const again = await resultsOn(fused, graph, inputs, sizes);
    expect(bytesOf(again).equals(bytesOf(results))).toBe(true);
  }

  // Tile, whether as vectors, and the shape.
  test.each([
    [
      "128 x 64, as vectors",
      { left: "mk", right: "kn", sizes: { m: 1016, k: 4, n: 2052, z: 1 } },
      /left: array<vec4<f32>, 512/,
    ],
    ["64 x 64", { left: "km", right: "nk", sizes: { m: 1021, k: 3, n: 1022, z: 1 } }, /left: array<vec4<f32>, 256/],
    ["16 x 64, divided", { left: "mk", right: "nk", sizes: { m: 16, k: 1025, n: 190, z: 1 }, added: "n" }, /added up/],
    ["64 x 16, divided, as vectors", { left: "km", right: "kn", sizes: { m: 60, k: 1300, n: 16, z: 1 } }, /added up/],
    ["one column, divided", { left: "km", right: "kn", sizes: { m: 70, k: 1025, n: 1, z: 1 } }, /added up/],
  ] as const)("%s", async (name, one, isMeant) => {
    const text = printShaders(graphOf(one), sizesIn(one));
    expect(text).toMatch(isMeant);
    expect(text.includes("floats: array<vec4<f32>>")).toBe(name.includes("as vectors"));
    await expectRight(one);
  });

  test("any sizes, either operand turned, with and without batches and something to add", async () => {
    const size = fc.oneof(
      fc.integer({ min: 16, max: 90 }),
      fc.integer({ min: 4, max: 24 }).map((each) => 4 * each),
    );
    const sizes = fc.record({
      m: size,
      n: size,
      k: fc.integer({ min: 1, max: 70 }),
      z: fc.integer({ min: 1, max: 3 }),
    });
    const forms = fc.constantFrom("mk kn", "km nk", "mk nk", "km kn", "zmk zkn", "zkm znk", "mzk kzn", "kmz nkz");
    const added = fc.constantFrom("mn", "n", undefined);
    const cases = fc.tuple(forms, sizes, added).map(([form, all, other]): Case => {
      const [left = "", right = ""] = form.split(" ");
      return { left, right, sizes: all, added: other };
    });
    await fc.assert(fc.asyncProperty(cases, expectRight), { seed: 7, numRuns: 8 });
  });
});
