// The published package in plain Node: what is in it, its command line, and programs that import it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { COMMIT, VERSION } from "../../src/base/version.ts";
import { deepestBracket } from "../../src/lang/layout.ts";
import { ROOT, type Ended } from "../support/command.ts";
import { execute, PACKAGE, printed } from "../support/packed.ts";
import { installedPackage } from "./installed.ts";

const { bin, version } = PACKAGE;
const { folder, installed } = installedPackage();

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
