// Unrolled or not, wholly or in part: the same results and gradients, of every shipped cell and model.
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { scanAttributes } from "../../src/graph/node.ts";
import { printDim, symbol } from "../../src/shape/dim.ts";
import { verifyGraph } from "../../src/ops/verify.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import type { HostArray } from "../../src/targets/target.ts";
import { unrolling } from "../../src/targets/unrolling.ts";
import { readUnrolling, type Unrolling } from "../../src/time/unroll-choice.ts";
import { unrollingOn } from "../../src/targets/registry.ts";
import { unrollBy, unrollFully } from "../../src/time/unroll.ts";
import { resultsOn, sizesOf, valuesFor } from "../support/run.ts";
import { CELLS, LAYOUTS, MODELS, requestFor, shippedProgram } from "../support/specs.ts";

/** float64, and sums in another order. */
const TOLERANCE = 1e-12;
/** float32: the bound. */
const TARGET_TOLERANCE = 1e-6;

const CHOICES: readonly Unrolling[] = ["full", 2, 3, 7];

function expectSame(a: ReadonlyMap<string, HostArray>, b: ReadonlyMap<string, HostArray>, tolerance: number): void {
  expect([...b.keys()]).toEqual([...a.keys()]);
  for (const [name, { data, shape }] of a) {
    const other = b.get(name) ?? expect.fail(`no ${name}`);
    expect(other.shape, name).toEqual(shape);
    const scale = Math.max(1e-3, ...Array.from(data, Math.abs));
    data.forEach((value, index) => {
      const difference = Math.abs(value - (other.data[index] ?? NaN));
      expect(difference <= tolerance * scale || Object.is(value, other.data[index]), `${name}[${index}]`).toBe(true);
    });
  }
}

function hasScan(graph: Graph): boolean {
  return graph.all().some(({ op }) => op === "scan");
}

const reference = referenceTarget();
const wasm = await wasmTarget();

describe("results and gradients are the same with and without", () => {
  for (const [layout, options] of LAYOUTS) {
    for (const { name, definition } of [...CELLS, ...MODELS]) {
      test(`${name}, ${layout}`, async () => {
        const program = shippedProgram(definition, options);
        const isModel = definition.definition.kind === "model";
        const graph = lower(program.graph, requestFor(program, [isModel ? "loss" : "output"]));
        const sizes = sizesOf(graph);
        const inputs = valuesFor(graph, sizes);
        const expected = await resultsOn(reference, graph, inputs, sizes);
        for (const choice of CHOICES)
          expectSame(expected, await resultsOn(unrolling(reference, choice), graph, inputs, sizes), TOLERANCE);
      });
    }
  }

  test.each(["full", 3] as const)("on wasm, %s", async (choice) => {
    for (const { definition } of CELLS.slice(0, 6)) {
      const program = shippedProgram(definition, LAYOUTS[1][1]);
      const graph = lower(program.graph, requestFor(program, ["output"]));
      const sizes = sizesOf(graph);
      const inputs = valuesFor(graph, sizes);
      const plain = await resultsOn(wasm, graph, inputs, sizes);
      expectSame(plain, await resultsOn(unrolling(wasm, choice), graph, inputs, sizes), TARGET_TOLERANCE);
    }
  });
});

describe("the unrolled graph", () => {
  const { definition } = CELLS[0] ?? expect.fail("no cell");
  const program = shippedProgram(definition, LAYOUTS[0][1]);
  const graph = lower(program.graph, requestFor(program, ["output"]));

  test("has no scan when unrolled fully, and one body for each step", () => {
    const sizes = new Map([...sizesOf(graph), ["T", 5] as const]);
    const full = unrollFully(graph, sizes);
    verifyGraph(full, "unroll");
    expect(hasScan(full)).toBe(false);
    const tanhs = (each: Graph): number => each.all().filter(({ op }) => op === "tanh").length;
    expect(tanhs(full)).toBe(5 * tanhs(graph));
  });

  test("has a loop over whole turns and one over the rest", () => {
    const { graph: by, turns } = unrollBy(graph, 4);
    verifyGraph(by, "unroll");
    expect(turns).toEqual([{ name: "turns.T", time: symbol("T"), every: 4 }]);
    const times = by.all().flatMap((node) => (node.op === "scan" ? [printDim(scanAttributes(node).time)] : []));
    expect(new Set(times)).toEqual(new Set(["turns.T", "T - 4*turns.T"]));
  });

  test("a length of 0 and lengths below a turn give the same too", async () => {
    for (const length of [0, 1, 2, 5]) {
      const sizes = new Map([...sizesOf(graph), ["T", length] as const]);
      const inputs = valuesFor(graph, sizes);
      const expected = await resultsOn(reference, graph, inputs, sizes);
      for (const choice of CHOICES)
        expectSame(expected, await resultsOn(unrolling(reference, choice), graph, inputs, sizes), TOLERANCE);
    }
  });
});

describe("the choice", () => {
  test("follows the user's option", () => {
    expect(["none", "full", "auto", "1", "8"].map(readUnrolling)).toEqual(["none", "full", "auto", "none", 8]);
    for (const wrong of ["", "0", "2.5", "all"])
      expect(() => readUnrolling(wrong), wrong).toThrow("expected none, full");
  });

  test("auto unrolls what is short and fixed, and says why", () => {
    expect(unrollingOn("tfjs-wasm", 3)).toMatchObject({ choice: "full", why: expect.stringContaining("always 3") });
    expect(unrollingOn("tfjs-wasm", null)).toMatchObject({ choice: "none", why: expect.stringContaining("tfjs") });
    expect(unrollingOn("reference", 50)).toMatchObject({ choice: "none" });
    expect(unrollingOn("tfjs-webgpu", 50)).toMatchObject({
      choice: "none",
      why: expect.stringContaining("next to nothing"),
    });
  });
});
