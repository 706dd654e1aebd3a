// Lists of any length: an argument for each element would overflow the stack.
import { expect, test } from "vitest";
import { data } from "../../src/graph/border.ts";
import { Builder } from "../../src/ops/builder.ts";
import { symbol } from "../../src/shape/dim.ts";
import { floatType, plain } from "../../src/shape/type.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { resultsOn } from "../support/run.ts";

test("the norm of 200,000 elements, and of numbers whose squares overflow", async () => {
  const build = new Builder();
  const x = build.input(data("x"), floatType([plain(symbol("N"))]));
  const graph = build.finish("norm", new Map([["y", build.op("norm", [x], { axis: -1 })]]));
  const normOf = async (values: Float64Array): Promise<number | undefined> => {
    const given = new Map([["x", { shape: [values.length], data: values }]]);
    const results = await resultsOn(referenceTarget(), graph, given, new Map([["N", values.length]]));
    return results.get("y")?.data[0];
  };
  expect(await normOf(new Float64Array(200_000).fill(0.5))).toBeCloseTo(0.5 * Math.sqrt(200_000), 9);
  expect(await normOf(Float64Array.of(3e200, 4e200))).toBeCloseTo(5e200, -190);
  expect(await normOf(Float64Array.of(NaN, 1))).toBeNaN();
});
