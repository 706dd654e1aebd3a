// Reductions on WebGPU against the reference: of rows and of whole tensors, in parts, as vectors and as numbers; the same bits in every
// run. Over SwiftShader where there is no GPU.
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
import { expectResults } from "../support/float32.ts";
import { resultsOn, valuesFor } from "../support/run.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";

const SLOW = 120_000;
const reference = referenceTarget();
const NAMES = ["K", "M", "N"];

type Name = "sum" | "reduce_max" | "reduce_min";

/** Axes count from the right. */
function graphOf(name: Name, rank: number, axes: readonly number[]): Graph {
  const build = new Builder();
  const x = build.input(data("x"), floatType(NAMES.slice(0, rank).map((axis) => plain(symbol(axis)))));
  const y = name === "sum" ? build.op("sum", [x], { axes }) : build.op(name, [x], { axis: axes[0] ?? -1 });
  return build.finish(name, new Map([["y", y]]));
}

describe.skipIf(!HAS_WEBGPU)("reductions on WebGPU", { timeout: SLOW }, () => {
  let fused: Target<GpuValue>;
  beforeAll(async () => {
    fused = await webgpuTarget();
  }, SLOW);

  // Workgroups of each shader.
  test.each([
    ["sum", [900, 68], [-2], "2 x 7, 2 x 1", true],
    ["sum", [530, 37], [-2], "1 x 4, 1 x 1", false],
    ["sum", [70, 16], [-2], "1 x 1", true],
    ["sum", [13, 43, 20], [-3, -2], "1 x 4, 1 x 1", true],
    ["sum", [5, 90, 36], [-2], "3 x 1", true],
    ["sum", [3, 70, 19], [-2], "1 x 1", false],
    ["sum", [64, 17], [-2], "1 x 1", false],
    ["sum", [70, 3], [-2], "3 x 1", false],
    ["sum", [9, 101], [-1], "9 x 1", false],
    ["sum", [5, 2100, 2], [-3, -2], "2 x 1, 2 x 1", false],
    ["sum", [93, 97], [-2, -1], "1 x 1, 1 x 1", false],
    ["reduce_max", [520, 40], [-2], "1 x 4, 1 x 1", false],
    ["reduce_min", [9000], [-1], "1 x 1, 1 x 1", false],
  ] as const)("%s of %j over %j: %s workgroups, as vectors: %s", async (name, shape, axes, groups, asVectors) => {
    const graph = graphOf(name, shape.length, axes);
    const sizes = new Map(shape.map((size, axis) => [NAMES[axis] ?? expect.fail(), size]));
    const text = printShaders(graph, sizes);
    const found = [...text.matchAll(/(\d+ x \d+) x \d+ workgroups/g)].map((match) => match[1]);
    expect(found.join(", ")).toBe(groups);
    expect(text.includes("floats: array<vec4<f32>>")).toBe(asVectors);
    const inputs = valuesFor(graph, sizes);
    const results = await resultsOn(fused, graph, inputs, sizes);
    expectResults(results, await resultsOn(reference, graph, inputs, sizes));
    expect(await resultsOn(fused, graph, inputs, sizes)).toEqual(results);
  });
});
