// The benchmark's page in Chromium, on SwiftShader where there is no GPU: it measures all contestants, shows them, and gives JSON.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { pageText } from "../../bench/gpu/page/text.ts";
import { CHROMIUM, startChromium } from "./chromium.ts";
import { serveFolder, type ServedFolder } from "./folder.ts";

const SLOW = 120_000;

describe.skipIf(CHROMIUM === undefined)("the page of the GPU's benchmark", () => {
  const folder = mkdtempSync(join(tmpdir(), "recurra-page-"));
  let browser: Browser;
  let served: ServedFolder;
  beforeAll(async () => {
    writeFileSync(join(folder, "page.html"), await pageText());
    [browser, served] = await Promise.all([startChromium(), serveFolder(folder)]);
  }, SLOW);
  afterAll(async () => {
    await browser.close();
    served.close();
    rmSync(folder, { recursive: true });
  });

  test("measures fused, op by op and tfjs-layers, and copies JSON", { timeout: SLOW }, async () => {
    const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${served.port}/page.html?sizes=tiny`);
    await page.click("#start");
    await page.waitForFunction("document.title !== 'waiting'", undefined, { timeout: SLOW });
    expect([await page.title(), await page.textContent("#said")]).toEqual(["done", "All cases are measured."]);
    const shown = await page.locator("#rows tr").allInnerTexts();
    expect(shown.map((row) => row.split("\t").slice(0, 2).join(" "))).toEqual([
      "lstm-2-3-4-5 recurra-fused",
      "lstm-2-3-4-5 recurra-ops",
      "lstm-2-3-4-5 tfjs-layers",
      "lem-2-3-4-5 recurra-fused",
      "lem-2-3-4-5 recurra-ops",
    ]);
    await page.click("#copy");
    await page.waitForFunction("document.querySelector('#copy').textContent === 'Copied'");
    const results = JSON.parse(await page.evaluate<string>("navigator.clipboard.readText()"));
    expect(results.adapter).toContain("swiftshader");
    expect(results.rows).toHaveLength(5);
    for (const { ms, ratio } of results.rows) for (const number of [ms, ratio]) expect(number).toBeGreaterThan(0);
    const screenshot = process.env["SCREENSHOT"];
    if (screenshot !== undefined) await page.screenshot({ path: screenshot });
    await context.close();
  });
});
