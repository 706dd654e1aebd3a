// The published package in a browser: bundled without anything of Node, small before a target is opened, and imported by pages and workers.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { build as buildWithVite, type InlineConfig } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateShipped } from "../../scripts/generate-shipped.ts";
import { compile } from "../../src/index.ts";
import { CHROMIUM, startChromium } from "../browser/chromium.ts";
import { serveFolder, titleOf } from "../browser/folder.ts";
import { ROOT } from "../support/command.ts";
import { installedPackage, SLOW } from "./installed.ts";

const { folder } = installedPackage();

describe("in a browser", () => {
  const program = `
    import { compile, open } from "recurra";
    const READER = 'use GRU from "cells"\\nmodel Reader(E = 3, H = 4) {\\n  input word: seq char[V]\\n  target first: label[C]\\n' +
      '  predict first from linear(first(GRU(H)(embed(word, E))), out = C)\\n}';
    async function main() {
      const cell = await compile('use LSTM from "cells"', { target: "reference", set: { H: 2 }, sizes: { I: 3 } });
      const again = await open(await cell.checkpoint(), { target: "reference" });
      const x = [[1, 2, 3], [4, 5, 6]];
      const [one, other] = [await cell.run({ x }), await again.run({ x })];
      const reader = await compile(READER, { target: "reference" });
      const rows = ["ab", "ba", "abb", "bab"].map((word) => ({ word, first: word[0] }));
      const { ending } = await reader.fit({ data: rows, valid: rows, epochs: 30, optimizer: { kind: "adam", lr: 0.1 } });
      const { predictions } = await reader.evaluate({ data: rows });
      const answers = await reader.predict(rows);
      return JSON.stringify([
        one.output.shape, one.output.data.join() === other.output.data.join(),
        ending, predictions[0].accuracy, answers.map(({ first }) => first).join(""),
      ]);
    }
    main().then(done, (problem) => done(String(problem)));`;

  test("the bundle has nothing of Node in it, and runs where there is none", async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: program, resolveDir: folder },
      bundle: true,
      write: false,
      metafile: true,
      platform: "browser",
      format: "iife",
      logLevel: "silent",
    });
    const ours = Object.keys(metafile.inputs).filter((file) => file.includes("recurra/dist/"));
    expect(ours.some((file) => file.endsWith("dist/browser.js"))).toBe(true);
    expect(ours.some((file) => file.endsWith("dist/index.js"))).toBe(false);
    const outside = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.filter(({ external }) => external === true),
    );
    // They are not installed here, which a bundler accepts.
    const optional = ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"];
    expect(outside.map(({ path }) => path).sort()).toEqual(optional);
    const said = await new Promise((resolve) => {
      runInContext(
        outputFiles[0]?.text ?? "",
        createContext({ TextEncoder, TextDecoder, MessageChannel, done: resolve }),
      );
    });
    expect(said).toBe('[[2,2],true,"finished",1,"abab"]');
  });

  /** Bytes that a page loads before it opens a target, after gzip. A kB is 1000 bytes. */
  const MOST = 152_000;

  test(`without a target the entry has at most ${MOST / 1000} kB`, async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: 'export * from "recurra";', resolveDir: folder },
      bundle: true,
      splitting: true,
      minify: true,
      write: false,
      metafile: true,
      platform: "browser",
      format: "esm",
      outdir: folder,
      absWorkingDir: folder,
      logLevel: "silent",
    });
    const [entry = expect.fail("no entry")] = Object.keys(metafile.outputs).filter((file) => file.endsWith("stdin.js"));
    const loaded = new Set([entry]);
    for (const file of loaded)
      for (const { path, kind } of metafile.outputs[file]?.imports ?? [])
        if (kind === "import-statement") loaded.add(path);
    const files = outputFiles.filter(({ path }) => loaded.has(relative(folder, path)));
    expect(files).toHaveLength(loaded.size);
    const bytes = files.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
    const inputs = [...loaded].flatMap((file) => Object.keys(metafile.outputs[file]?.inputs ?? {}));
    for (const name of ["zod", "csv-parse", "ohm-js"]) expect(inputs.filter((file) => file.includes(name))).toEqual([]);
    expect(bytes).toBeLessThanOrEqual(MOST);
  });

  test("the specs that are built in are current (npm run generate)", () => {
    expect(readFileSync(join(ROOT, "src/shipped/shipped.generated.ts"), "utf8")).toBe(generateShipped());
  });
});

describe.skipIf(CHROMIUM === undefined)("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  const page = (script: string): string =>
    `<!doctype html><title>waiting</title><script type="module">${script}</script>\n`;

  const ISOLATED = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

  test.each([
    ["plain", {}],
    ["cross-origin isolated, with threads", ISOLATED],
  ])("a page without a bundler imports one file, and that is all it fetches: %s", async (_, headers) => {
    const program = `
      import { compile } from "./node_modules/recurra/dist/recurra.js";
      const counter = await compile("cell C { input x: []; state h: []; h = h[t-1] + x }");
      const { output } = await counter.run({ x: [1, 2] });
      const problem = await counter.run({ y: 1 }).catch((each) => each.name);
      const wide = await compile('use LSTM from "cells"', { set: { H: 64 }, sizes: { I: 16 }, seed: 3 });
      const x = { shape: [8, 24, 16], data: Float32Array.from({ length: 8 * 24 * 16 }, (_, at) => Math.sin(at)) };
      const sum = (await wide.run({ x })).output.data.reduce((all, each) => all + each, 0);
      document.title = [...output.data, problem, sum.toFixed(2)].join(" ");`;
    writeFileSync(join(folder, "page.html"), page(program));
    const served = await serveFolder(folder, headers);
    const wide = await compile('use LSTM from "cells"', { set: { H: 64 }, sizes: { I: 16 }, seed: 3 });
    const x = { shape: [8, 24, 16], data: Float32Array.from({ length: 8 * 24 * 16 }, (_, at) => Math.sin(at)) };
    const sum = [...((await wide.run({ x }))["output"]?.data ?? [])].reduce((all, each) => all + each, 0);
    wide.dispose();
    expect(await titleOf(browser, served, "page.html")).toBe(`1 3 UserError ${sum.toFixed(2)}`);
    expect(served.fetched).toEqual(["/page.html", "/node_modules/recurra/dist/recurra.js"]);
    served.close();
  });

  test.each([
    ["recurra/bundle", "Vite's default", {}],
    ["recurra", 'worker: { format: "es" }', { worker: { format: "es" } }],
  ] as const)(
    "a worker that imports %s is built by Vite with %s, and answers",
    { timeout: SLOW },
    async (name, _, more) => {
      const root = join(folder, `vite-${name.replace("/", "-")}`);
      mkdirSync(root);
      const worker = `
      import { compile } from "${name}";
      onmessage = async () => {
        const cell = await compile('use LSTM from "cells"', { set: { H: 4 }, sizes: { I: 2 }, seed: 1 });
        postMessage([...(await cell.run({ x: [[0.1, 0.2]] })).output.data].map((each) => each.toFixed(5)).join(" "));
      };`;
      const main = `
      const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => (document.title = data);
      worker.onerror = ({ message }) => (document.title = message);
      worker.postMessage("start");`;
      writeFileSync(join(root, "worker.js"), worker);
      writeFileSync(join(root, "main.js"), main);
      writeFileSync(
        join(root, "index.html"),
        '<!doctype html><title>waiting</title><script type="module" src="./main.js"></script>\n',
      );
      const config: InlineConfig = { root, configFile: false, logLevel: "silent", ...more };
      await buildWithVite(config);
      const served = await serveFolder(join(root, "dist"));
      const cell = await compile('use LSTM from "cells"', { set: { H: 4 }, sizes: { I: 2 }, seed: 1 });
      const { output } = await cell.run({ x: [[0.1, 0.2]] });
      cell.dispose();
      expect(await titleOf(browser, served, "index.html")).toBe(
        [...(output?.data ?? [])].map((each) => each.toFixed(5)).join(" "),
      );
      served.close();
    },
  );
});
