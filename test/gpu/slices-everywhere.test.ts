// Every golden file and every shipped cell and model with loops in slices: one slice, two or more that wait for each other, and two whose
// meetings are ends of dispatches. `RECURRA_ALL_SLICES=1` runs all; by itself a few of each kind. Over SwiftShader where there is no GPU.
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planOf } from "../../src/codegen/wgsl/loop-plan.ts";
import { matmul } from "../../src/codegen/wgsl/matmul.ts";
import type { SliceLimits } from "../../src/codegen/wgsl/slices.ts";
import { verify } from "../../src/golden/verify.ts";
import { fuse } from "../../src/kernel/fuse.ts";
import { record } from "../../src/kernel/record.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import { expectedOf, expectResults, type Task, toleranceOf } from "../support/float32.ts";
import { readCellGolden } from "../support/golden.ts";
import { shippedTask } from "../support/program-task.ts";
import { differencesOn, GOLDENS } from "../support/published.ts";
import { resultsOn } from "../../src/gradcheck/run.ts";
import { completedRuns, hearWarnings, limitsFor, openWithManyThreads } from "../support/slices.ts";
import { ALL_CELLS, LAYOUTS, MODELS, shippedNamed } from "../support/specs.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";

const EVERYTHING = process.env["RECURRA_ALL_SLICES"] === "1";
const SLOW = 300_000;
/** Of published cells: float32 against float64, over at most some dozen steps. */
const TOLERANCE = 1e-4;

interface Way {
  readonly name: string;
  readonly limits: SliceLimits;
}

const TWO: Way = { name: "two slices", limits: limitsFor(2) };
const WAYS: readonly Way[] = [
  { name: "one slice", limits: limitsFor(1) },
  TWO,
  { name: "two slices by steps", limits: limitsFor(2, { waits: false }) },
];
const MORE: readonly Way[] = [
  { name: "three slices", limits: limitsFor(3) },
  { name: "four slices", limits: limitsFor(4) },
];
/** Cells of the kinds of meetings: fetched operands, sums, several products, sums over units, narrow states. */
const IN_MORE: ReadonlySet<string> = new Set(["LSTM", "GRU", "LEM", "LayerNormLSTM", "SkipRNN", "MUT3"]);

interface Case {
  readonly name: string;
  /** Whether it runs by itself, in this way. */
  readonly isQuick: (way: string) => boolean;
  readonly isInMore: boolean;
  /** Checks what a target computes, and returns what must be the same from run to run. */
  readonly check: (limits: SliceLimits) => Promise<unknown>;
}

const fixtures: readonly Case[] = readdirSync("test/fixtures")
  .filter((file) => file.endsWith(".json"))
  .map((file) => ({
    name: `golden file ${file}`,
    isQuick: (way) => way === "two slices" && file === "lstm-bidirectional-ragged.json",
    isInMore: file.startsWith("lstm"),
    check: async (slices) => {
      const golden = readCellGolden(readFileSync(`test/fixtures/${file}`, "utf8"), file);
      const comparisons = await verify(shippedNamed(golden.cell), golden, await webgpuTarget({ slices }));
      expect(comparisons.length).toBeGreaterThan(3);
      expect(comparisons.filter(({ name, error }) => !(error <= toleranceOf(name)))).toEqual([]);
      return comparisons;
    },
  }));

const published: readonly Case[] = GOLDENS.map(({ file, golden }) => ({
  name: `published ${file}`,
  isQuick: (way) => way === "one slice" && file === "LayerNormLSTM.json",
  isInMore: IN_MORE.has(golden.cell),
  check: async (slices) => {
    const target = await webgpuTarget({ slices });
    expect(await differencesOn(golden, target, TOLERANCE)).toEqual([]);
    return golden.cell;
  },
}));

const QUICK: Readonly<Record<string, readonly string[]>> = {
  "two slices": ["LayerNormLSTM, ragged", "SkipRNN, full"],
  "two slices by steps": ["LayerNormLSTM, full", "GRU, ragged", "SkipRNN, ragged"],
};

const shipped: readonly Case[] = LAYOUTS.flatMap(([layout, options]) =>
  [...ALL_CELLS, ...MODELS].map((each): Case => {
    const name = `${each.name}, ${layout}`;
    return {
      name: `shipped ${name}`,
      isQuick: (way) => QUICK[way]?.includes(name) === true,
      isInMore: IN_MORE.has(each.name),
      check: async (slices) => {
        // Units for four slices.
        const task = shippedTask(each, options, slices.slices === 4 ? { H: 9 } : {});
        count(task, slices);
        const results = await resultsOn(await webgpuTarget({ slices }), task.graph, task.inputs, task.sizes);
        expectResults(results, expectedOf(task));
        return results;
      },
    };
  }),
);

/** Loops of shipped cells and models by their schedule; runs that came to their end without giving up, and the others. */
const loops = new Map<string, number>();
const runs = { completed: 0, gaveUp: 0 };

function count({ graph, sizes }: Task, limits: SliceLimits): void {
  for (const task of fuse(record(graph, sizes, matmul).tasks)) {
    if (task.kind !== "loop") continue;
    const { schedule } = planOf(task, limits);
    const way = `${limits.slices} slices${limits.waits === false ? " by steps" : ""}: ${schedule}`;
    loops.set(way, (loops.get(way) ?? 0) + 1);
  }
}

describe.skipIf(!HAS_WEBGPU)("loops in slices of all cells", () => {
  beforeAll(openWithManyThreads, SLOW);
  const told = hearWarnings();

  describe.each([...WAYS, ...(EVERYTHING ? MORE : [])])("$name", (way) => {
    const isMore = MORE.includes(way);
    const cases = [...fixtures, ...published, ...shipped].filter((each) =>
      EVERYTHING ? !isMore || each.isInMore : each.isQuick(way.name),
    );
    test.each(cases)("$name", { timeout: SLOW }, async ({ check }) => {
      const waits = way.limits.slices !== 1 && way.limits.waits !== false;
      // On a busy machine every attempt may give up; what is computed is right in any case.
      const tries = { wanted: EVERYTHING || !waits ? 2 : 1, attempts: 6 };
      const found = await completedRuns(
        told,
        tries,
        () => check(way.limits),
        () => undefined,
      );
      if (found.length === 2) expect(found[1]).toEqual(found[0]);
      runs.completed += found.length;
      runs.gaveUp += found.length === tries.wanted ? 0 : 1;
      if (!waits) expect(found).toHaveLength(2);
    });
  });

  test("some runs came to their end without giving up", () => {
    expect(runs.completed).toBeGreaterThan(0);
  });

  afterAll(() => {
    if (EVERYTHING) process.stdout.write(`${JSON.stringify({ ...runs, loops: Object.fromEntries(loops) }, null, 2)}\n`);
  });
});
