// The target wasm in a real browser: the results of Node, with threads where the page is cross-origin isolated, and without.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, pagesOf, type Pages } from "./chromium.ts";
import { outputs, WIDE, type Outputs } from "./program.ts";

/** float32, the same kernels. */
const DIGITS = 5;

interface Said extends Outputs {
  readonly isIsolated: boolean;
  readonly cores: number;
  readonly workers: number;
}

describe.skipIf(CHROMIUM === undefined)("in Chromium", () => {
  let pages: Pages;
  let expected: Outputs;

  beforeAll(async () => {
    pages = await pagesOf("page.ts");
    expected = await outputs(WIDE);
  });

  afterAll(() => pages.close());

  // Where workers are forbidden, one is tried, and then one thread does all.
  test.each([
    ["isolated", true, (cores: number) => cores - 1],
    ["plain", false, () => 0],
    ["no-workers", true, (cores: number) => Math.min(1, cores - 1)],
  ] as const)("a page that is %s gives what Node gives", async (folder, isIsolated, workersOf) => {
    const said = await pages.visit<Said>(folder);
    expect(said.isIsolated).toBe(isIsolated);
    expect(said.workers).toBe(workersOf(said.cores));
    expect(said.run).toHaveLength(expected.run.length);
    said.run.forEach((value, index) => expect(value).toBeCloseTo(expected.run[index] ?? NaN, DIGITS));
    said.losses.forEach((value, index) => expect(value).toBeCloseTo(expected.losses[index] ?? NaN, DIGITS));
    expect(said.losses.at(-1)).toBeLessThan(said.losses[0] ?? NaN);
  });
});
