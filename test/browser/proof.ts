// Tests of a target on a GPU in a real browser, on SwiftShader if there is no GPU: every op and shipped models and cells against float64,
// and training. Full and ragged batches take turns; in Node, where the same kernels and ops run, each has both.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpRow } from "../../src/ops/row.ts";
import { ROWS } from "../../src/ops/table.ts";
import type { Case } from "../ops/cases.ts";
import { COMPOSED, SINE_ERROR, sineTask } from "../ops/composed.ts";
import { EDGE_GRADIENTS, edgesOn, edgeTask, expectEdge } from "../ops/edge-cases.ts";
import { casesOf, forwardTask, gradientTask } from "../ops/tasks.ts";
import { expectedOf, expectResults, FORWARD, GRADIENT, toleranceOf, type Task } from "../support/float32.ts";
import { shippedTask } from "../support/program-task.ts";
import { CELLS, LAYOUTS, MODELS } from "../support/specs.ts";
import { CHROMIUM } from "./chromium.ts";
import type { Trained } from "./gpu-page.ts";
import { GpuBrowser, type GpuPage } from "./gpu-server.ts";
import { outputs } from "./program.ts";

/** A shader is compiled for each kernel and shape. */
const SLOW = 120_000;

/** Pointwise ops line up alike: the first of as many operands is run on all kinds of them, the others on one. */
function fewCasesOf(row: OpRow): readonly Case[] {
  const isFirst = ROWS.find(({ formula, arity }) => formula !== undefined && arity === row.arity) === row;
  return row.formula === undefined || isFirst ? casesOf(row) : casesOf(row).slice(0, 1);
}

export function proveInChromium(target: string): void {
  describe.skipIf(CHROMIUM === undefined)(`${target} in Chromium`, { timeout: SLOW }, () => {
    let browser: GpuBrowser;
    let page: GpuPage;

    beforeAll(async () => {
      browser = await GpuBrowser.start();
      page = await browser.open();
    }, SLOW);
    afterAll(() => browser.close());

    async function expectNear(task: Task, tolerance = toleranceOf): Promise<void> {
      expectResults(await page.compute(target, task), expectedOf(task), tolerance);
    }

    describe(`within ${FORWARD}, gradients ${GRADIENT}, of the reference`, () => {
      for (const [index, shipped] of [...CELLS, ...MODELS].entries()) {
        const [layout, options] = LAYOUTS[index % 2 === 0 ? 0 : 1];
        test(`${shipped.name}, ${layout}`, () => expectNear(shippedTask(shipped, options)));
      }
      for (const [title, make] of COMPOSED) test(title, () => expectNear(make()));
      for (const row of ROWS) {
        for (const one of fewCasesOf(row)) {
          test(`${row.name}: ${one.title}`, async () => {
            await expectNear(forwardTask(row, one), () => FORWARD);
            const gradient = gradientTask(row, one);
            if (gradient !== null) await expectNear(gradient, () => GRADIENT);
          });
        }
      }
    });

    describe("extremes", () => {
      for (const edge of edgesOn(target))
        test(edge.title, async () => expectEdge(await page.compute(target, edgeTask(edge, null)), edge, null));
      for (const edge of EDGE_GRADIENTS)
        test(`gradient: ${edge.title}`, async () =>
          expectEdge(await page.compute(target, edgeTask(edge, edge.by)), edge, edge.by));
    });

    test(`sine and cosine within ${SINE_ERROR} on [-13000, 13000]`, () => expectNear(sineTask(), () => SINE_ERROR));

    test("the library trains there as on wasm: the loss falls, and no update leaves anything behind", async () => {
      const settings = { target, B: 2, T: 5, H: 7 };
      const trained = await page.ask<Trained>("train", settings);
      const expected = await outputs({ ...settings, target: "wasm" });
      for (const name of ["run", "losses"] as const) {
        expect(trained[name]).toHaveLength(expected[name].length);
        trained[name].forEach((value, index) => expect(value).toBeCloseTo(expected[name][index] ?? NaN, 5));
      }
      expect(trained.losses.at(-1)).toBeLessThan(trained.losses[0] ?? NaN);
      expect(trained.held).toHaveLength(trained.losses.length);
      for (const counts of trained.held.slice(1)) expect(counts).toEqual(trained.held[1]);
    });
  });
}
