// Messages of a page whose browser cannot run a target on its GPU: one sentence each.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectedOf } from "../support/float32.ts";
import { COMPOSED } from "../ops/composed.ts";
import { CHROMIUM } from "./chromium.ts";
import { GpuBrowser } from "./gpu-server.ts";

const NO_GPU = `Object.defineProperty(Navigator.prototype, "gpu", { value: undefined });`;
const NO_ADAPTER = `GPU.prototype.requestAdapter = () => Promise.resolve(null);`;
const NO_WEBGL = `for (const each of [HTMLCanvasElement, OffscreenCanvas]) each.prototype.getContext = () => null;`;
const HALF_FLOATS = `
  const { getExtension } = WebGL2RenderingContext.prototype;
  WebGL2RenderingContext.prototype.getExtension = function (name) {
    return name === "EXT_color_buffer_float" ? null : getExtension.call(this, name);
  };`;

describe.skipIf(CHROMIUM === undefined)("in Chromium", () => {
  let browser: GpuBrowser;
  beforeAll(async () => {
    browser = await GpuBrowser.start();
  });
  afterAll(() => browser.close());

  test.each([
    ["tfjs-webgpu", "no WebGPU", NO_GPU, "this browser has no WebGPU"],
    ["tfjs-webgpu", "no adapter", NO_ADAPTER, "no GPU was found: WebGPU has no adapter on this machine"],
    ["tfjs-webgl", "no WebGL", NO_WEBGL, "there is no WebGL here"],
    ["tfjs-webgl", "numbers of 16 bits", HALF_FLOATS, "WebGL on this GPU has floats of 16 bits only; 32 are needed"],
    ["tfjs-tensorflow", "no Node", "", "it runs in Node only"],
  ])("%s where there is %s: says so, and the next target runs", async (target, _, before, sentence) => {
    const page = await browser.open(before);
    const task = COMPOSED[0]?.[1]() ?? expect.fail("no task");
    const messageOf = (problem: unknown): string =>
      problem instanceof Error ? (problem.message.split("\n")[0] ?? "") : "";
    expect(await page.compute(target, task).then(() => "it ran", messageOf)).toBe(
      `page.evaluate: UserError: ${sentence}`,
    );
    const found = await page.compute("tfjs-cpu", task);
    expect([...found.keys()]).toEqual([...expectedOf(task).keys()]);
  });
});
