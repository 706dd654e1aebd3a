// The target native: every op and its edges, every shipped cell and model, torch's golden values, and the same bits on any number of threads.
import { readFileSync, readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { verify } from "../../src/golden/verify.ts";
import { ROWS } from "../../src/ops/table.ts";
import { nativeEngine, nativeTarget } from "../../src/targets/native/target.ts";
import { EDGE_GRADIENTS, edgesOn, edgeTask, expectEdge } from "../ops/edge-cases.ts";
import { casesOf, forwardTask, gradientTask } from "../ops/tasks.ts";
import {
  expectedOf,
  expectResults,
  FORWARD,
  GRADIENT,
  toleranceOf,
  type Results,
  type Task,
} from "../support/float32.ts";
import { readCellGolden } from "../support/golden.ts";
import { compileTogether, HAS_NATIVE } from "../support/native.ts";
import { shippedTask } from "../support/program-task.ts";
import { resultsOn } from "../../src/gradcheck/run.ts";
import { ALL_CELLS, LAYOUTS, MODELS, shippedNamed } from "../support/specs.ts";

/** Programs on more threads than examples, though they are small. */
const WAYS = [{ threads: 1 }, { threads: 2, sharedFrom: 0 }, { threads: 5, sharedFrom: 0 }] as const;

const ops = ROWS.flatMap((row) =>
  casesOf(row).map((one) => ({
    title: `${row.name}, ${one.title}`,
    forward: forwardTask(row, one),
    gradient: gradientTask(row, one),
  })),
);
const edges = [
  ...edgesOn("native").map((edge) => ({ edge, by: null })),
  ...EDGE_GRADIENTS.map((edge) => ({ edge, by: edge.by })),
];
const shipped = LAYOUTS.flatMap(([layout, options]) =>
  [...ALL_CELLS, ...MODELS].map((each) => ({ title: `${each.name}, ${layout}`, task: shippedTask(each, options) })),
);
const fixtures = readdirSync("test/fixtures").filter((name) => name.endsWith(".json"));

async function resultsOf(task: Task, way: (typeof WAYS)[number]): Promise<Results> {
  return resultsOn(await nativeTarget(way), task.graph, task.inputs, task.sizes);
}

describe.skipIf(!HAS_NATIVE)("native", () => {
  beforeAll(async () => {
    const tasks = [
      ...ops.flatMap(({ forward, gradient }) => [forward, ...(gradient === null ? [] : [gradient])]),
      ...edges.map(({ edge, by }) => edgeTask(edge, by)),
      ...shipped.map(({ task }) => task),
    ];
    for (const way of WAYS) compileTogether(await nativeEngine(way), tasks);
  }, 300_000);

  describe(`every op within ${FORWARD} of the reference, gradients within ${GRADIENT}`, () => {
    test.each(ops.map((each) => [each.title, each] as const))("%s", async (_, { forward, gradient }) => {
      expectResults(await resultsOf(forward, WAYS[0]), expectedOf(forward), () => FORWARD);
      if (gradient !== null) expectResults(await resultsOf(gradient, WAYS[0]), expectedOf(gradient), () => GRADIENT);
    });
  });

  describe("extremes", () => {
    test.each(edges.map((each) => [`${each.by === null ? "" : "gradient: "}${each.edge.title}`, each] as const))(
      "%s",
      async (_, { edge, by }) => expectEdge(await resultsOf(edgeTask(edge, by), WAYS[0]), edge, by),
    );
  });

  describe(`shipped cells and models within ${FORWARD}, gradients ${GRADIENT}, the same bits on any number of threads`, () => {
    test.each(shipped.map(({ title, task }) => [title, task] as const))("%s", async (_, task) => {
      const [alone, ...others] = WAYS;
      const results = await resultsOf(task, alone);
      expectResults(results, expectedOf(task));
      for (const way of others) expect(await resultsOf(task, way)).toEqual(results);
    });
  });

  describe(`every tensor of every golden file within ${FORWARD}, gradients ${GRADIENT}`, () => {
    test.each(fixtures)("%s", async (file) => {
      const golden = readCellGolden(readFileSync(`test/fixtures/${file}`, "utf8"), file);
      const comparisons = await verify(shippedNamed(golden.cell), golden, await nativeTarget());
      expect(comparisons.length).toBeGreaterThan(3);
      expect(comparisons.filter(({ name, error }) => !(error <= toleranceOf(name)))).toEqual([]);
    });
  });
});
