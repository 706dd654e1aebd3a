// The target wasm in a real browser: the results of Node, with threads where the page is cross-origin isolated, and without.
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outputs, type Outputs } from "./program.ts";

/** Debian's place first; CI installs it. */
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"];
/** float32, the same kernels. */
const DIGITS = 5;

const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

interface Said extends Outputs {
  readonly isIsolated: boolean;
  readonly workers: number;
}

/** Serves the page at `/isolated` and at `/plain`. */
async function serve(script: string): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(({ url = "" }, response) => {
    const headers = url.startsWith("/isolated") ? ISOLATION : {};
    const isScript = url.endsWith(".js");
    response.writeHead(200, { ...headers, "Content-Type": isScript ? "text/javascript" : "text/html" });
    const [, folder = ""] = url.split("/");
    response.end(isScript ? script : `<!doctype html><title>wasm</title><script src="/${folder}/page.js"></script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { server, port: typeof address === "object" && address !== null ? address.port : 0 };
}

describe.skipIf(CHROMIUM === undefined)("in Chromium", () => {
  let browser: Browser;
  let served: { readonly server: Server; readonly port: number };
  let expected: Outputs;

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL("page.ts", import.meta.url))],
      bundle: true,
      write: false,
      platform: "browser",
      format: "iife",
      external: ["node:*"],
      logLevel: "silent",
    });
    served = await serve(outputFiles[0]?.text ?? "");
    browser = await chromium.launch({ executablePath: CHROMIUM ?? "", args: FLAGS });
    expected = await outputs();
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
