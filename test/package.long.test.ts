// The published package: packed, unpacked with only its dependencies, and used from plain Node, TypeScript and a browser's bundle.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build as buildWithVite, type InlineConfig } from "vite";
import type { Browser } from "playwright-core";
import { COMMIT, VERSION } from "../src/base/version.ts";
import { compile } from "../src/index.ts";
import { deepestBracket } from "../src/lang/layout.ts";
import { CHROMIUM, startChromium } from "./browser/chromium.ts";
import { serveFolder, titleOf } from "./browser/folder.ts";
import { generateShipped } from "../scripts/generate-shipped.ts";
import { ROOT, type Ended } from "./support/command.ts";
import { execute, PACKAGE, packInto, printed } from "./support/packed.ts";
import { blocksIn, programsIn } from "./support/pages.ts";

/** The build of the package alone takes ten seconds on an idle core. */
const SLOW = 240_000;
const folder = mkdtempSync(join(tmpdir(), "recurra-package-"));
const installed = join(folder, "node_modules", "recurra");
/** Programs in here find tfjs beside the package; the package itself does not, as in a plain install. */
const withTfjs = join(folder, "tfjs");
const { bin, dependencies, version } = PACKAGE;

beforeAll(async () => {
  await printed("tar", ["-xzf", await packInto(folder)], folder);
  mkdirSync(dirname(installed));
  await printed("mv", ["package", installed], folder);
  linkPackages(Object.keys(dependencies), folder);
  linkPackages(["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"], withTfjs);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
}, SLOW);

/** Puts packages of this checkout into the node_modules of a folder. */
function linkPackages(names: readonly string[], into: string): void {
  for (const name of names) {
    mkdirSync(dirname(join(into, "node_modules", name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(into, "node_modules", name));
  }
}

/** Whether a program imports tfjs itself. */
function isTfjs(text: string): boolean {
  return text.includes("@tensorflow/tfjs");
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("knows its version and its commit, which `npm run build` writes into it", async () => {
  expect(VERSION).toBe(version);
  expect(COMMIT).toBeNull();
  const built = readFileSync(join(installed, "dist/base/version.js"), "utf8");
  const { code, out } = await execute("git", ["rev-parse", "--short=12", "HEAD"], ROOT);
  const hasGit = code === 0 && existsSync(join(ROOT, ".git"));
  expect(built).toContain(`COMMIT = ${hasGit ? JSON.stringify(out.trim()) : "null"};`);
});

describe("the package", () => {
  test("contains the compiled code, the specs and the docs, but no sources or tests", () => {
    const top = readdirSync(installed).sort();
    expect(top).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "dist", "docs", "package.json", "specs"]);
    const files = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
    expect(files.filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))).toEqual([]);
  });

  test("its command line checks a spec and lists the cells, in plain Node", async () => {
    const main = join(installed, bin["recurra"] ?? "");
    expect(readFileSync(main, "utf8")).toMatch(/^#!\/usr\/bin\/env -S node --stack-size=3900\n/);
    const call = (...args: readonly string[]): Promise<Ended> =>
      execute(process.execPath, ["--stack-size=3900", main, ...args], folder);
    writeFileSync(
      join(folder, "mine.rec"),
      'use LSTM from "cells"\ncell Mine(H) {\n  input x\n  h = LSTM(H)(x)\n  output h\n}\n',
    );
    expect(await call("check", "mine.rec")).toMatchObject({ code: 0, err: "" });
    const cells = await call("cells");
    expect(cells).toMatchObject({ code: 0, err: "" });
    expect(cells.out).toContain("AntisymmetricRNN");
    expect(await call("--version")).toMatchObject({ code: 0, out: `${version}\n` });
  });

  test("is imported from a plain .mjs, and finds the shipped cells", async () => {
    const program = `
      import { compile, UserError } from "recurra";
      const cell = await compile('use GRU from "cells"', { target: "reference", set: { H: 2 } });
      const { output } = await cell.run({ x: [[1, 2, 3]] });
      const problem = await cell.run({ y: 1 }).catch((each) => each);
      console.log(JSON.stringify([output.shape, problem instanceof UserError]));`;
    writeFileSync(join(folder, "plain.mjs"), program);
    expect(await printed(process.execPath, ["plain.mjs"], folder)).toBe("[[1,2],true]\n");
  });

  test("an uncaught error is printed as its message, also while a wasm target is open", async () => {
    const program = `
      import { compile } from "recurra";
      await compile('use GRU from "cells"');
      await compile("cell A(H) {\\n  input x\\n  state h: [H]\\n  h = y\\n}");`;
    writeFileSync(join(folder, "wrong.mjs"), program);
    const { code, err } = await execute(process.execPath, ["wrong.mjs"], folder);
    expect(code).toBe(1);
    expect(err).toContain("CompileError: error[unknown-name]: unknown name `y`\n  --> spec.rec:4:7");
    expect(err).not.toMatch(/throw ex|diagnostics:/);
  });

  // Each in a process of its own: V8 takes less of the stack once it has compiled the parser.
  test.each([
    ["(", ")", true],
    ["tanh(-", ")", true],
    ["scaled(a = 1 + ", ")", false],
    ["[", "]", false],
    ["x[", "]", false],
  ])("%s…%s nest as deep as the language says on less than Node's own stack", async (open, close, isValid) => {
    const program = `
      import { compile } from "recurra";
      const text = "cell A { input x: [2]; y = ${open.repeat(deepestBracket)}x${close.repeat(deepestBracket)}; output y }";
      await compile(text, { target: "reference" }).catch(({ diagnostics }) => console.log(diagnostics[0].code));`;
    writeFileSync(join(folder, "deep.mjs"), program);
    const code = await printed(process.execPath, ["--stack-size=700", "deep.mjs"], folder);
    expect(code).not.toMatch(/too-long|deep-nesting/);
    expect(code).toMatch(isValid ? /^$/ : /^[a-z-]+\n?$/);
  });
});

/** What TypeScript says to these programs, each a file of its own. */
async function typeErrors(name: string, programs: readonly string[], options: object): Promise<string> {
  const files = programs.map((text, index) => join(isTfjs(text) ? withTfjs : folder, `${name}-${index}.ts`));
  for (const [index, file] of files.entries()) writeFileSync(file, programs[index] ?? "");
  const common = {
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    module: "nodenext",
    target: "es2022",
    types: [],
  };
  const project = join(folder, `${name}.json`);
  writeFileSync(project, JSON.stringify({ compilerOptions: { ...common, ...options }, files }));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  return (await execute(process.execPath, [tsc, "-p", project], folder)).out;
}

test.each([
  ["nodenext", "nodenext"],
  ["bundler", "esnext"],
])("its types are right by themselves, without tfjs: %s", { timeout: SLOW }, async (moduleResolution, module) => {
  const program = `
    import { compile, open, save, UserError, type CompiledModel, type Results } from "recurra";
    import { compile as compileInBrowser } from "recurra/browser";
    import { compile as compileInPage } from "recurra/bundle";
    const cell: CompiledModel = await compile('use GRU from "cells"', { set: { H: 2 } });
    const results: Results = await cell.run({ x: [[1, 2, 3]] });
    export const all = [results, open, save, UserError, compileInBrowser, compileInPage];`;
  const options = { skipLibCheck: false, lib: ["es2022", "dom"], module, moduleResolution };
  expect(await typeErrors(`plain-${module}`, [program], options)).toBe("");
});

test("publint and Are the types wrong? have nothing to say", { timeout: SLOW }, async () => {
  const archive = join(folder, `recurra-${version}.tgz`);
  const bin = (name: string): string => join(ROOT, "node_modules/.bin", name);
  expect(await printed(bin("publint"), ["--strict", archive], folder)).toContain("All good!");
  await printed(bin("attw"), [archive, "--profile", "esm-only"], folder);
});

test("tensors of tfjs have the accepted types; a wrong array or option does not", { timeout: SLOW }, async () => {
  const program = `
    import * as tf from "@tensorflow/tfjs";
    import { compile, type CompiledModel, type Results, type Stream, type TfjsLayer } from "recurra";
    const cell: CompiledModel = await compile("", { sizes: { V: 96 } });
    const x: tf.Tensor3D = tf.zeros([1, 2, 3]);
    const results: Results = await cell.run({ x, y: new Float32Array(3), z: { shape: [1], data: new Uint8Array(1) } });
    const back: tf.Tensor = tf.tensor(results["y"]?.data ?? [], [...(results["y"]?.shape ?? [])]);
    const stream: Stream = cell.start({ batch: 3 });
    const layer: TfjsLayer<tf.Tensor, tf.Variable> = await cell.onTfjs(tf);
    const output: tf.Tensor | undefined = layer.apply({ x }, { weights: layer.variables(), lengths: { x: [2] } })["output"];
    const variable: tf.Variable | undefined = layer.variables()["f.x"];
    // @ts-expect-error: an array is no tensor
    layer.apply({ x: [1, 2], output, variable });
    // @ts-expect-error: this is no module of tfjs
    await cell.onTfjs({ tensor: tf.tensor });
    // @ts-expect-error: a text is no array
    stream.step({ back, x: "text" });
    // @ts-expect-error: there is no such option
    await compile("", { taget: "tfjs-cpu" });`;
  // Types that tfjs brings are not right by themselves.
  expect(await typeErrors("tensors", [program], { skipLibCheck: true, lib: ["es2022", "dom"] })).toBe("");
});

test(
  "the program of docs/import.md has the types that the package declares, and runs unchanged",
  { timeout: SLOW },
  async () => {
    const page = "docs/import.md";
    const [program = expect.fail("no program")] = programsIn(page);
    const spec = blocksIn(page).find(({ text }) => text.startsWith("# tagger.rec")) ?? expect.fail("no spec");
    const typeRoots = [join(ROOT, "node_modules/@types")];
    const options = { skipLibCheck: true, lib: ["es2022", "dom"], types: ["node"], typeRoots };
    expect(await typeErrors("import", [program], options)).toBe("");
    writeFileSync(join(folder, "tagger.rec"), spec.text);
    copyFileSync(join(ROOT, "test/import/golden/pytorch-lstm.safetensors"), join(folder, "weights.safetensors"));
    writeFileSync(join(folder, "import.mjs"), (await transform(program, { loader: "ts", format: "esm" })).code);
    const lines = (await printed(process.execPath, [join(folder, "import.mjs")], folder)).trimEnd().split("\n");
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toBe("tags.b [ 'fc.bias' ]");
  },
);

describe("the programs of docs/programs.md, docs/tfjs.md and docs/running.md", () => {
  const blocks = ["docs/programs.md", "docs/tfjs.md", "docs/running.md"].flatMap(programsIn);

  test("have the types that the package declares, which are right themselves", { timeout: SLOW }, async () => {
    const [ours, theirs] = [blocks.filter((text) => !isTfjs(text)), blocks.filter(isTfjs)];
    expect(await typeErrors("pages", ours, { skipLibCheck: false, lib: ["es2022", "dom"] })).toBe("");
    // Types that tfjs brings are not right by themselves.
    expect(await typeErrors("pages-tfjs", theirs, { skipLibCheck: true, lib: ["es2022", "dom"] })).toBe("");
  });

  test("run unchanged, and print what they say", { timeout: SLOW }, async () => {
    expect(blocks).toHaveLength(13);
    const outputs: string[] = [];
    for (const [index, text] of blocks.entries()) {
      const { code } = await transform(text, { loader: "ts", format: "esm" });
      const file = join(isTfjs(text) ? withTfjs : folder, `page-${index}.mjs`);
      writeFileSync(file, code);
      outputs.push(await printed(process.execPath, [file], folder));
    }
    const [shapes, series = "", rows, writing = "", encoded, ragged, adding = "", ...more] = outputs;
    expect(shapes).toBe("[ 2, 64 ] [ 64 ]\n");
    expect(ragged).toBe("[ 2, 2, 4 ]\n");
    const [next = NaN, expected = NaN] = (series.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
    expect(Math.abs(next - expected)).toBeLessThan(0.1);
    expect(rows).toMatch(/\n1\n\[ \{ starts: 'vowel' \}, \{ starts: 'consonant' \} \]\n$/);
    const [learned, ...letters] = writing.trimEnd().split("\n");
    expect(learned).toMatch(/^\d+ 0\.\d+$/);
    expect(letters).toHaveLength(7);
    expect(encoded).toMatch(/^\{\s+shape: \[ 2, 5 \][^]*Int32Array\(2\) \[ 5, 4 \]\n/);
    const losses = [...adding.matchAll(/^\d+ ([\d.]+)$/gm)].map(([, loss]) => Number(loss));
    expect(losses).toHaveLength(4);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    expect(existsSync(join(folder, "spain/weights.safetensors"))).toBe(true);
    const [parts, begun, pieces, searched, slopes, ofCell] = more;
    expect(parts).toBe("[ 'h', 'c' ]\ntrue\n");
    expect(begun).toBe("[ 2, 3 ] [ 3 ]\n");
    expect(pieces).toMatch(/^the [a-z .]{1,40}\nTimeoutError\n$/);
    expect(searched).toMatch(/^(?:"[abc]*" true (?:true|false)\n){2}$/);
    expect(slopes).toBe("true true\n[ 6, 2 ] [ 4 ]\n");
    expect(ofCell).toBe("[ 2, 1 ] [ 2 ]\n");
  });
});

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
  const MOST = 150_000;

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
