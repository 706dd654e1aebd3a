// The format `tfjs` in a real browser: a page imports compiled modules and tfjs by an import map, without a bundler, and runs and trains
// them on tfjs' backends for GPUs, with tfjs' own settings. Without a GPU they are drawn by SwiftShader.
import { rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportTfjs } from "../../src/export/tfjs/export.ts";
import { caseOf } from "../export/python-cases.ts";
import { formsOf, FORWARD, GRADIENT, subjects } from "../export/subjects.ts";
import { askedOf, expectResults, loaded, newFolder } from "../export/tfjs-cases.ts";
import { written } from "../export/tfjs-corners.ts";
import { use } from "../support/tfjs.ts";
import { CHROMIUM, startChromium } from "./chromium.ts";
import { serveFolder, type ServedFolder } from "./folder.ts";
import type { Computed } from "./tfjs-module-page.ts";
import { SUM, trained, type Trained } from "./tfjs-module-program.ts";

/**
 * Attention, sums along axes, order; each in its last form, with lengths and states. More of webgpu is tried in Node:
 * test/gpu/tfjs-module.test.ts.
 */
const NAMES = { webgl: ["GRU", "AttentionDecoder", "along-axes.rec", "order.rec"], webgpu: ["GRU"] };

const PAGE = `<!doctype html><title>test</title><link rel="icon" href="data:," />
<script type="importmap">{ "imports": { "@tensorflow/tfjs": "./tf.mjs" } }</script>
<script type="module" src="./page.mjs"></script>`;

/** A shader is compiled for each kernel and shape. */
const SLOW = 120_000;

async function bundle(folder: string, name: string, options: BuildOptions): Promise<void> {
  await build({
    bundle: true,
    format: "esm",
    platform: "browser",
    outfile: join(folder, name),
    logLevel: "silent",
    ...options,
  });
}

describe.skipIf(CHROMIUM === undefined)("in Chromium", { timeout: SLOW }, () => {
  const folder = newFolder();
  let served: ServedFolder;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    const contents = 'export * from "@tensorflow/tfjs";\nimport "@tensorflow/tfjs-backend-webgpu";';
    await bundle(folder, "tf.mjs", { stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) } });
    const entry = fileURLToPath(new URL("tfjs-module-page.ts", import.meta.url));
    await bundle(folder, "page.mjs", { entryPoints: [entry], external: ["@tensorflow/tfjs"] });
    writeFileSync(join(folder, "index.html"), PAGE);
    [served, browser] = await Promise.all([serveFolder(folder), startChromium()]);
    page = await browser.newPage();
    page.on("pageerror", ({ message }) => faults.push(message));
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    await page.goto(`http://127.0.0.1:${served.port}/index.html`);
    await page.waitForFunction("globalThis.page !== undefined");
  }, SLOW);

  afterAll(async () => {
    await browser.close();
    served.close();
    rmSync(folder, { recursive: true });
  });

  /** Calls one of the page's functions. */
  async function ask<R>(name: string, ...given: readonly unknown[]): Promise<R> {
    return page.evaluate(([called, values]) => Reflect.get(Reflect.get(globalThis, "page"), called)(...values), [
      name,
      given,
    ] as const);
  }

  describe.each(["webgl", "webgpu"] as const)("%s", (backend) => {
    test.each(NAMES[backend])(`%s: outputs within ${FORWARD} of the reference, gradients ${GRADIENT}`, async (name) => {
      const subject = subjects().find((each) => each.name === name) ?? expect.fail("no subject");
      const each = caseOf(name.replace(/\W/g, "_"), subject);
      for (const { name: file, content } of await exportTfjs(each.request)) writeFileSync(join(folder, file), content);
      const [form, value] = formsOf(subject, each.program.states.length > 0).at(-1) ?? expect.fail("no form");
      const { asked, expected } = askedOf(each, value);
      const { found, left } = await ask<Computed>("compute", `./${each.request.name}.mjs`, backend, asked);
      expect(faults).toEqual([]);
      expectResults(new Map(found), expected, form);
      expect(left).toBe(0);
    });

    test("a page trains a module by an optimizer of tfjs as Node does, and no update leaves anything behind", async () => {
      const { request } = written(SUM, "Sum");
      const at = join(folder, "trained");
      await use("cpu");
      const model = await loaded(at, request);
      const expected = await trained(model);
      model.dispose();
      const found = await ask<Trained>("train", `./${basename(at)}/Sum.mjs`, backend);
      expect(faults).toEqual([]);
      expect(found.backend).toBe(backend);
      for (const key of ["losses", "output"] as const) {
        expect(found[key]).toHaveLength(expected[key].length);
        found[key].forEach((each, place) => expect(each).toBeCloseTo(expected[key][place] ?? NaN, 4));
      }
      expect(found.losses.at(-1)).toBeLessThan(0.9 * (found.losses[0] ?? NaN));
      expect(new Set(found.held.slice(1)).size).toBe(1);
    });
  });
});
