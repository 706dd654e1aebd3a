// A compiled module wherever it is promised to run: each place writes the text that the library writes, with weights inside and beside.
// `scripts/setup-runtimes.sh` installs Deno, Bun and webpack into .cache/runtimes.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build as bundle } from "esbuild";
import type { Browser } from "playwright-core";
import { build as buildWithVite } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../src/index.ts";
import { CHROMIUM, startChromium } from "../browser/chromium.ts";
import { serveFolder, titleOf } from "../browser/folder.ts";
import { ROOT } from "../support/command.ts";
import { printed } from "../support/packed.ts";

const RUNTIMES = join(ROOT, ".cache/runtimes");
const [DENO, BUN] = [join(RUNTIMES, "bin/deno"), join(RUNTIMES, "bin/bun")];
const WEBPACK = join(RUNTIMES, "node_modules/webpack/lib/index.js");

/** No `node_modules` is above it. */
const folder = mkdtempSync(join(tmpdir(), "recurra-anywhere-"));
const OPTIONS = { prompt: "it was", length: 60, seed: 3, temperature: 0.5 };
let expected = "";

const WRITE = `
  const model = await load();
  let text = "";
  for await (const piece of model.generate(${JSON.stringify(OPTIONS)})) text += piece;`;

beforeAll(async () => {
  const book = "it was the best of times, it was the worst of times\n".repeat(40);
  const model = await compile(readFileSync("specs/models/charlm.rec", "utf8"), { set: { H: 16 }, texts: { V: book } });
  await model.fit({ data: book, updates: 200, batch: 4, k1: 16, k2: 24, optimizer: { kind: "adam", lr: 0.01 } });
  for await (const piece of model.generate(OPTIONS)) expected += piece.text ?? "";
  const files = [
    ...(await model.compile({ name: "inside" })),
    ...(await model.compile({ name: "beside", weightsFile: true })),
  ];
  model.dispose();
  for (const { name, content } of files) writeFileSync(join(folder, name), content);
  for (const name of ["inside", "beside"])
    writeFileSync(
      join(folder, `write-${name}.mjs`),
      `import { load } from "./${name}.mjs";${WRITE}\nconsole.log(text);`,
    );
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

test("what was trained writes words", () => expect(expected).toMatch(/\b(?:best|worst|times|was)\b/));

describe.each(["inside", "beside"])("with weights %s", (name) => {
  const program = `write-${name}.mjs`;

  test("Node, in a folder without packages", async () => {
    expect(await printed(process.execPath, [program], folder)).toBe(`${expected}\n`);
  });

  test.skipIf(!existsSync(DENO))("Deno", async () => {
    expect(await printed(DENO, ["run", "--allow-read", program], folder)).toBe(`${expected}\n`);
  });

  test.skipIf(!existsSync(BUN))("Bun", async () => {
    expect(await printed(BUN, [program], folder)).toBe(`${expected}\n`);
  });

  test("esbuild, run by Node", async () => {
    const outdir = join(folder, `esbuild-${name}`);
    await bundle({
      entryPoints: [join(folder, program)],
      bundle: true,
      format: "esm",
      platform: "neutral",
      outdir,
      outExtension: { ".js": ".mjs" },
    });
    // esbuild leaves `new URL(…, import.meta.url)` as it is: the file of weights goes with the bundle.
    if (name === "beside") execFileSync("cp", [join(folder, "beside.weights"), outdir]);
    expect(await printed(process.execPath, [basename(program)], outdir)).toBe(`${expected}\n`);
  });

  test.skipIf(!existsSync(WEBPACK))("webpack, run by Node", async () => {
    const config = {
      mode: "production",
      target: "node20",
      context: folder,
      entry: `./${program}`,
      experiments: { outputModule: true },
      output: { path: join(folder, `webpack-${name}`), filename: "main.mjs", library: { type: "module" } },
    };
    const { default: webpack } = await import(/* @vite-ignore */ WEBPACK);
    const problems = await new Promise<string>((resolve) => {
      webpack(config, (problem: Error | null, stats: { toString(options: object): string } | undefined) =>
        resolve(problem?.message ?? stats?.toString({ all: false, errors: true, warnings: true }) ?? ""),
      );
    });
    expect(problems).toBe("");
    expect(await printed(process.execPath, ["main.mjs"], join(folder, `webpack-${name}`))).toBe(`${expected}\n`);
  });

  describe.skipIf(CHROMIUM === undefined)("in Chromium", () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startChromium();
    });
    afterAll(() => browser.close());

    const main = `
      import { load } from "../${name}.mjs";
      ${WRITE}
      const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => (document.title = JSON.stringify([text, data]));
      worker.onerror = ({ message }) => (document.title = message);`;
    const page = '<!doctype html><title>waiting</title><script type="module" src="./main.js"></script>\n';

    const root = join(folder, `page-${name}`);
    beforeAll(() => {
      mkdirSync(root);
      writeFileSync(join(root, "index.html"), page);
      writeFileSync(join(root, "main.js"), main);
      writeFileSync(join(root, "worker.js"), `import { load } from "../${name}.mjs";${WRITE}\npostMessage(text);`);
    });

    test("a page and a worker import it as it is", async () => {
      const served = await serveFolder(folder);
      expect(await titleOf(browser, served, `page-${name}/index.html`)).toBe(JSON.stringify([expected, expected]));
      served.close();
    });

    test("a page and a worker that Vite builds", async () => {
      await buildWithVite({ root, configFile: false, logLevel: "silent", worker: { format: "es" } });
      const served = await serveFolder(join(root, "dist"));
      expect(await titleOf(browser, served, "index.html")).toBe(JSON.stringify([expected, expected]));
      served.close();
    });
  });
});
