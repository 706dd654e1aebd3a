// The target wasm in a real browser: the results of Node, with threads where the page is cross-origin isolated, and without.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundled, CHROMIUM, serve, startChromium, type Served } from "./chromium.ts";
import { outputs, WIDE, type Outputs } from "./program.ts";

/** float32, the same kernels. */
const DIGITS = 5;

interface Said extends Outputs {
  readonly isIsolated: boolean;
  readonly cores: number;
  readonly workers: number;
}

describe.skipIf(CHROMIUM === undefined)("in Chromium", () => {
  let browser: Browser;
  let served: Served;
  let expected: Outputs;

  beforeAll(async () => {
    served = await serve(await bundled("page.ts"));
    browser = await startChromium();
    expected = await outputs(WIDE);
  });

  afterAll(async () => {
    await browser.close();
    served.server.close();
  });

  async function visit(folder: string): Promise<Said> {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on("pageerror", (problem) => faults.push(problem.message));
    await page.goto(`http://127.0.0.1:${served.port}/${folder}/`);
    await page.waitForFunction("globalThis.said !== undefined", undefined, { timeout: 50_000 });
    expect(faults).toEqual([]);
    const said: Said | string = await page.evaluate("globalThis.said");
    await page.close();
    return typeof said === "string" ? expect.fail(said) : said;
  }

  test.each([
    ["isolated", true],
    ["plain", false],
  ])("a page that is %s gives what Node gives", async (folder, isIsolated) => {
    const said = await visit(folder);
    expect(said.isIsolated).toBe(isIsolated);
    if (!isIsolated) expect(said.workers).toBe(0);
    else expect(said.workers).toBe(said.cores - 1);
    expect(said.run).toHaveLength(expected.run.length);
    said.run.forEach((value, index) => expect(value).toBeCloseTo(expected.run[index] ?? NaN, DIGITS));
    said.losses.forEach((value, index) => expect(value).toBeCloseTo(expected.losses[index] ?? NaN, DIGITS));
    expect(said.losses.at(-1)).toBeLessThan(said.losses[0] ?? NaN);
  });
});
