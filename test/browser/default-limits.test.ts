// Fused programs in Chromium on a device with WebGPU's default limits: forward, gradients and updates as on the reference.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ASK_FOR_DEFAULTS, DEFAULT_LIMITS } from "../support/default-limits.ts";
import { expectedOf, expectResults } from "../support/float32.ts";
import { largeTask } from "../support/large-task.ts";
import { CHROMIUM } from "./chromium.ts";
import type { Trained } from "./gpu-page.ts";
import { GpuBrowser, type GpuPage } from "./gpu-server.ts";
import { outputs } from "./program.ts";

const SLOW = 120_000;

describe.skipIf(CHROMIUM === undefined)("in Chromium, with WebGPU's default limits", { timeout: SLOW }, () => {
  let browser: GpuBrowser;
  let page: GpuPage;
  beforeAll(async () => {
    browser = await GpuBrowser.start();
    page = await browser.open(ASK_FOR_DEFAULTS);
  }, SLOW);
  afterAll(() => browser.close());

  test("an LSTM with large tiles, and sums in parts: values and gradients", async () => {
    const task = largeTask();
    expectResults(await page.compute("tfjs-webgpu", task), expectedOf(task));
    expect(await page.ask("limits")).toEqual(DEFAULT_LIMITS);
  });

  test("updates as on wasm", async () => {
    const settings = { B: 2, T: 3, H: 7 };
    const trained = await page.ask<Trained>("train", { ...settings, target: "tfjs-webgpu" });
    const expected = await outputs({ ...settings, target: "wasm" });
    trained.losses.forEach((loss, index) => expect(loss).toBeCloseTo(expected.losses[index] ?? NaN, 5));
  });
});
