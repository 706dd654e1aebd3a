// Serves a folder, and returns what a page of it reports.
import { readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";
import type { Browser } from "playwright-core";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
};

export interface ServedFolder {
  readonly port: number;
  /** The paths of the files that were fetched. */
  readonly fetched: readonly string[];
  close(): void;
}

/** `headers` come with every file. */
export async function serveFolder(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ServedFolder> {
  const fetched: string[] = [];
  const server: Server = createServer(({ url = "" }, response) => {
    const path = join(folder, decodeURIComponent(url.split("?")[0] ?? ""));
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
      response.writeHead(404).end();
      return;
    }
    fetched.push(url);
    response.writeHead(200, { ...headers, "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" });
    response.end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    fetched,
    close: () => void server.close(),
  };
}

/** The title that a page gives itself; its first is `waiting`. What goes wrong on it is the title, too. */
export async function titleOf(browser: Browser, { port }: ServedFolder, path: string): Promise<string> {
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on("pageerror", (problem) => faults.push(problem.message));
  await page.goto(`http://127.0.0.1:${port}/${path}`);
  await page
    .waitForFunction("document.title !== 'waiting'", undefined, { timeout: 50_000 })
    .catch((problem: unknown) => faults.push(String(problem)));
  const title = await page.title();
  await page.close();
  return faults.length === 0 ? title : faults.join("; ");
}
