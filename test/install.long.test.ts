// A plain install of the package into an empty folder, from the registry, and the command line there.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { execute, PACKAGE, packInto, printed } from "./support/packed.ts";

const SLOW = 300_000;
const MOST_BYTES = 30e6;

const folder = mkdtempSync(join(tmpdir(), "recurra-install-"));

beforeAll(async () => {
  const archive = await packInto(folder);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  await printed("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", archive], folder);
}, SLOW);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes of all files in a folder. */
function bytesIn(path: string): number {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

test("has less than 30 MB, and none of the optional packages", () => {
  const modules = join(folder, "node_modules");
  expect(bytesIn(modules)).toBeLessThan(MOST_BYTES);
  expect(readdirSync(modules).filter((name) => /tensorflow|^vega|hpcc/.test(name))).toEqual([]);
});

test(
  "`npx recurra` runs, compiles a shipped cell, and says what to install for the rest",
  { timeout: SLOW },
  async () => {
    const call = (...args: readonly string[]): ReturnType<typeof execute> =>
      execute("npx", ["recurra", ...args], folder);
    expect(await call("--version")).toMatchObject({ code: 0, out: `${PACKAGE.version}\n` });
    const targets = await call("targets");
    expect(targets).toMatchObject({ code: 0, err: "" });
    expect(targets.out).toMatch(/^wasm +float32 +runs /m);
    expect(targets.out).toMatch(/^tfjs-cpu .*does not run +the package .* `npm i @tensorflow\/tfjs`$/m);
    const program = `
    import { compile } from "recurra";
    const cell = await compile('use GRU from "cells"', { set: { H: 2 } });
    console.log((await cell.run({ x: [[1, 2, 3]] })).output.shape.join());
    cell.dispose();`;
    writeFileSync(join(folder, "plain.mjs"), program);
    expect(await printed(process.execPath, ["plain.mjs"], folder)).toBe("1,2\n");
  },
);
