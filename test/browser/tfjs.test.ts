// A model inside tfjs in a real browser: on tfjs' threaded build, whose memory is shared, and on the one of a plain page.
import "@tensorflow/tfjs-backend-wasm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, pagesOf, type Pages } from "./chromium.ts";
import { lossesInTfjs } from "./tfjs-program.ts";

/** float32, the same kernels of ours; tfjs' own differ. */
const DIGITS = 4;

interface Said {
  readonly losses: readonly number[];
  readonly isShared: boolean;
}

describe.skipIf(CHROMIUM === undefined)("in Chromium", () => {
  let pages: Pages;
  let expected: readonly number[];

  beforeAll(async () => {
    pages = await pagesOf("tfjs-page.ts");
    expected = await lossesInTfjs();
  });

  afterAll(() => pages.close());

  test.each([
    ["isolated", true],
    ["plain", false],
  ] as const)("a page that is %s trains as Node does", async (folder, isShared) => {
    const said = await pages.visit<Said>(folder);
    expect(said.isShared).toBe(isShared);
    expect(said.losses.at(-1)).toBeLessThan(said.losses[0] ?? NaN);
    said.losses.forEach((loss, index) => expect(loss).toBeCloseTo(expected[index] ?? NaN, DIGITS));
  });
});
