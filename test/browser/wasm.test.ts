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

  test.each([
    ["isolated", true],
    ["plain", false],
  ] as const)("a page that is %s gives what Node gives", async (folder, isIsolated) => {
    const said = await pages.visit<Said>(folder);
    expect(said.isIsolated).toBe(isIsolated);
    if (!isIsolated) expect(said.workers).toBe(0);
    else expect(said.workers).toBe(said.cores - 1);
    expect(said.run).toHaveLength(expected.run.length);
    said.run.forEach((value, index) => expect(value).toBeCloseTo(expected.run[index] ?? NaN, DIGITS));
    said.losses.forEach((value, index) => expect(value).toBeCloseTo(expected.losses[index] ?? NaN, DIGITS));
    expect(said.losses.at(-1)).toBeLessThan(said.losses[0] ?? NaN);
  });
});
