// Before all tests: the command line in one script beside the code that V8 has made of it, which Node starts in a sixth of the time that tsx
// takes: 0.2 s of CPU instead of 1.2.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { z } from "zod";

/** Two folders below the project's, as `src/cli/main.ts` is: so the specs are found. */
const FOLDER = "out/test";
/** What Node runs. */
export const BUNDLE = join(FOLDER, "recurra.mjs");

/** Its processes inherit it: what one run of Vitest makes once has this in its name. */
export const RUN = "RECURRA_TEST_RUN";

/** Options of Node for the command line, as `npm run recurra` has them. V8 refuses code that was made with others. */
export const STACK = "--stack-size=3900";
/** Reads a spec, and compiles it with its gradient: most of what commands do. It runs nothing, as the target sets an option of V8. */
const WARM = "emit --stage wat --cell LSTM specs/cells/lstm.rec";
/** Names the file for the code that V8 has made when the process ends. */
const KEEP = "RECURRA_TEST_CODE";
const MINUTE = 60_000;
/** A script whose code was kept cannot import packages by itself in Node 20. One import stands in the text of a program. */
const PACKAGE_IMPORTED = /(?<=(?:=|return) )await import\((?!process\.argv)/g;

/** Vitest calls this once for each project; a process that runs already keeps the file that it has read. */
export async function setup(): Promise<void> {
  process.env[RUN] ??= `${process.pid}-${Date.now()}`;
  mkdirSync(FOLDER, { recursive: true });
  const text = await bundled();
  // The hash joins the script with its code: V8 compares nothing but the length.
  const script = resolve(FOLDER, `${createHash("sha256").update(text).digest("hex").slice(0, 16)}.cjs`);
  replace(script, text);
  const launcher = launcherOf(script);
  if (!existsSync(codeOf(script))) {
    replace(`${script}.mjs`, launcher);
    keepCode(`${script}.mjs`, codeOf(script));
  }
  replace(BUNDLE, launcher);
  removeOld(script);
}

function codeOf(script: string): string {
  return `${script}.code`;
}

async function bundled(): Promise<string> {
  const { peerDependencies } = z
    .object({ peerDependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync("package.json", "utf8")));
  const { outputFiles } = await build({
    entryPoints: ["src/cli/command-line.ts"],
    bundle: true,
    platform: "node",
    format: "cjs",
    // Optional packages are found when a command needs them, as from an installed package.
    external: Object.keys(peerDependencies),
    define: { "import.meta.url": "scriptUrl" },
    banner: { js: 'const scriptUrl = require("node:url").pathToFileURL(__filename).href;' },
    write: false,
    sourcemap: false,
    logLevel: "warning",
  });
  const text = outputFiles.map((file) => file.text).join("");
  return text.replaceAll(PACKAGE_IMPORTED, "await importPackage(");
}

/** A module that runs a script by the code that V8 has made of it; without that code, or if V8 refuses it, V8 compiles the script. */
function launcherOf(script: string): string {
  const [file, code] = [script, codeOf(script)].map((each) => JSON.stringify(each));
  return `import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Script } from "node:vm";
const file = ${file};
const cachedData = existsSync(${code}) ? readFileSync(${code}) : undefined;
const text = readFileSync(file, "latin1");
const script = new Script(\`(function (module, require, __filename, importPackage) {\${text}\n})\`, { filename: file, cachedData });
const module = { exports: {} };
script.runInThisContext()(module, createRequire(file), file, (name) => import(name));
await module.exports.commandLine();
const keep = process.env.${KEEP};
if (keep !== undefined) writeFileSync(keep, script.createCachedData());
`;
}

function keepCode(launcher: string, path: string): void {
  const own = ownName(path);
  const env = { ...process.env, [KEEP]: own };
  execFileSync(process.execPath, [STACK, launcher, ...WARM.split(" ")], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  renameSync(own, path);
}

/** So that no process sees half a file. */
function replace(path: string, text: string): void {
  const own = ownName(path);
  writeFileSync(own, text);
  renameSync(own, path);
}

function ownName(path: string): string {
  return `${path}.${process.pid}-${performance.now()}`;
}

/** Scripts of former sources, unless a run that began before may still start them. Other tests have their folders beside them. */
function removeOld(script: string): void {
  for (const name of readdirSync(FOLDER).filter((each) => OWN.test(each))) {
    const path = resolve(FOLDER, name);
    if (!path.startsWith(script) && Date.now() - statSync(path).mtimeMs > 60 * MINUTE) rmSync(path, { force: true });
  }
}

/** The names of scripts and of what belongs to them. */
const OWN = /^[0-9a-f]{16}\.cjs/;
