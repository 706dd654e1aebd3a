// A page in headless Chromium: bundled by esbuild, served from this machine, without a GPU drawn by SwiftShader.
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Browser } from "playwright-core";
import { expect } from "vitest";

/** Debian's place first; CI installs it. Without one, tests in browsers are skipped. */
export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

/** Chromium gives WebGPU to SwiftShader only if it is told to; WebGL falls back to it unasked. */
const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--enable-unsafe-webgpu",
];

/** Starts it; nothing of it outlives `close`. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM ?? "", args: FLAGS });
}

/** A script of this folder, with all that it imports. */
export async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    external: ["node:*"],
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

export interface Served {
  readonly server: Server;
  readonly port: number;
}

/** Where tfjs' wasm binaries are, which a page fetches from `/tfjs/`. */
const BINARIES = new URL("../../node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url);

const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** A page under this policy may compile WebAssembly, but start no worker from a text. */
const NO_WORKERS = { "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'" };

/** Headers by the folder in which a page stands. */
const HEADERS: Readonly<Record<Folder, Readonly<Record<string, string>>>> = {
  plain: {},
  isolated: ISOLATION,
  "no-workers": { ...ISOLATION, ...NO_WORKERS },
};

export type Folder = "plain" | "isolated" | "no-workers";

function isFolder(name: string): name is Folder {
  return name in HEADERS;
}

/** Serves a page that runs the script, at `/isolated/`, where it is cross-origin isolated, at `/no-workers/`, where workers are forbidden as well, and at `/plain/`. */
export async function serve(script: string): Promise<Served> {
  const server = createServer(({ url = "" }, response) => {
    if (url.startsWith("/tfjs/")) {
      response.writeHead(200, { "Content-Type": "application/wasm" });
      response.end(readFileSync(new URL(url.slice("/tfjs/".length), BINARIES)));
      return;
    }
    const [, folder = ""] = url.split("/");
    const headers = isFolder(folder) ? HEADERS[folder] : {};
    const isScript = url.endsWith(".js");
    response.writeHead(200, { ...headers, "Content-Type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? script : `<!doctype html><title>test</title><script src="/${folder}/page.js"></script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { server, port: typeof address === "object" && address !== null ? address.port : 0 };
}

export interface Pages {
  /** What the script leaves in `said`; a string is a fault. */
  visit<Said extends object>(folder: Folder): Promise<Said>;
  close(): Promise<void>;
}

/** Pages of a script of this folder. */
export async function pagesOf(script: string): Promise<Pages> {
  const { server, port } = await serve(await bundled(script));
  const browser = await startChromium();
  return {
    async visit<Said extends object>(folder: string): Promise<Said> {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on("pageerror", (problem) => faults.push(problem.message));
      await page.goto(`http://127.0.0.1:${port}/${folder}/`);
      await page.waitForFunction("globalThis.said !== undefined", undefined, { timeout: 50_000 });
      expect(faults).toEqual([]);
      const said: Said | string = await page.evaluate("globalThis.said");
      await page.close();
      return typeof said === "string" ? expect.fail(said) : said;
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}
