// Arrays of many axes on tfjs: backends are silently wrong above some number of axes, so axes are merged.
import { describe, expect, test } from "vitest";
import { data } from "../../src/graph/border.ts";
import { Builder } from "../../src/ops/builder.ts";
import { constant } from "../../src/shape/dim.ts";
import { plain } from "../../src/shape/type.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { resultsOn } from "../support/run.ts";

function array(shape: readonly number[]): { readonly shape: readonly number[]; readonly data: Float64Array } {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float64Array.from({ length: count }, (_, index) => Math.sin(1.3 * index)) };
}

describe.each(["cpu", "wasm"] as const)("tfjs-%s", (backend) => {
  test.each([5, 6, 7, 8])("%i axes: products with repeated operands, and softmax", async (axes) => {
    const shape = Array.from({ length: axes }, (_, axis) => 2 + (axis % 2));
    const repeated = shape.map((size, axis) => (axis % 3 === 1 ? 1 : size));
    const build = new Builder();
    const input = (name: string, sizes: readonly number[]): string =>
      build.input(data(name), { dtype: "float", axes: sizes.map((size) => plain(constant(size))) });
    const [x, y] = [input("x", shape), input("y", repeated)];
    const outputs = new Map([
      ["result", build.op("softmax", [build.op("mul", [x, y])], { axis: -3 })],
      ["other", build.op("gt", [y, x])],
    ]);
    const graph = build.finish("many axes", outputs);
    const inputs = new Map([
      ["x", array(shape)],
      ["y", array(repeated)],
    ]);
    const expected = await resultsOn(referenceTarget(), graph, inputs, new Map());
    const found = await resultsOn(await tfjsTarget(backend), graph, inputs, new Map());
    for (const [name, { data: values }] of expected)
      values.forEach((value, index) => expect(found.get(name)?.data[index], name).toBeCloseTo(value, 5));
  });
});
