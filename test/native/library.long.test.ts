// Libraries in C: compiled once, safe when processes compile at once or are killed, and errors that say what is missing.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { HAS_NATIVE } from "../support/native.ts";

const RUN = `import { compile } from "./src/index.ts";
const model = await compile('use GRU from "cells"', { target: process.argv[2] ?? "native", set: { H: 3 }, sizes: { I: 2 } });
const { output } = await model.run({ x: [[1, 2], [3, 4]] });
process.stdout.write(Array.from(output.data, (value) => value.toFixed(4)).join());
`;

function folderFor(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A program that compiles a GRU on the target and prints what it gives; its cache is in the folder. */
function programIn(cache: string): { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv } {
  const file = join(folderFor("recurra-run-"), "run.mts");
  writeFileSync(file, RUN.replaceAll('"./src', `"${process.cwd()}/src`));
  return { args: ["--import", "tsx", file], env: { ...process.env, RECURRA_CACHE: cache } };
}

function output(cache: string, target = "native", more: NodeJS.ProcessEnv = {}): string {
  const { args, env } = programIn(cache);
  return execFileSync(process.execPath, [...args, target], {
    env: { ...env, ...more },
    encoding: "utf8",
    stdio: "pipe",
  });
}

function libraries(cache: string): readonly string[] {
  return readdirSync(join(cache, "native")).toSorted();
}

describe.skipIf(!HAS_NATIVE)("native", () => {
  test("a second process compiles nothing, and finds what wasm does", () => {
    const cache = folderFor("recurra-cache-");
    const first = output(cache);
    const made = libraries(cache);
    expect(made.every((name) => /^[0-9a-f]{32}\.so$/.test(name))).toBe(true);
    expect(made).toHaveLength(3);
    // No compiler is asked for what is there but its version.
    expect(output(cache)).toBe(first);
    expect(libraries(cache)).toEqual(made);
    expect(output(cache, "wasm")).toBe(first);
  });

  test("several processes compile the same at once", async () => {
    const cache = folderFor("recurra-cache-");
    const outputs = await Promise.all(
      Array.from({ length: 3 }, () => {
        const { args, env } = programIn(cache);
        const child = spawn(process.execPath, args, { env });
        let text = "";
        child.stdout.on("data", (chunk) => (text += String(chunk)));
        return new Promise<string>((resolve) => child.on("close", () => resolve(text)));
      }),
    );
    expect(new Set(outputs).size).toBe(1);
    expect(outputs[0]).toMatch(/^-?0\.\d{4},/);
    expect(libraries(cache)).toHaveLength(3);
  });

  test("what a killed process leaves is not taken for a library", () => {
    const cache = folderFor("recurra-cache-");
    const expected = output(cache);
    for (const name of libraries(cache)) rmSync(join(cache, "native", name));
    const left = mkdtempSync(join(cache, "native", "compiling-"));
    writeFileSync(join(left, "library.so"), "half of a library");
    expect(output(cache)).toBe(expected);
  });

  test("a library that cannot be loaded is compiled again", () => {
    const cache = folderFor("recurra-cache-");
    const expected = output(cache);
    for (const name of libraries(cache)) writeFileSync(join(cache, "native", name), "not a library");
    expect(output(cache)).toBe(expected);
  });

  test("a cache that cannot be written is done without", () => {
    const cache = folderFor("recurra-cache-");
    writeFileSync(join(cache, "native"), "a file");
    expect(output(cache)).toMatch(/^-?0\.\d{4},/);
  });

  test("a compiler that is missing or fails is named, with what to install", () => {
    const cache = folderFor("recurra-cache-");
    const failing = join(folderFor("recurra-cc-"), "cc");
    writeFileSync(
      failing,
      '#!/bin/sh\n[ "$1" = --version ] && echo "cc 1" && exit 0\necho "x.c:1: error: no" >&2\nexit 1\n',
      { mode: 0o755 },
    );
    expect(() => output(cache, "native", { CC: "no-such-compiler" })).toThrow(
      /the target `native` needs a C compiler: install gcc or clang/,
    );
    expect(() => output(cache, "native", { CC: failing })).toThrow(
      /the C compiler `.*cc` could not compile .*: x\.c:1: error: no/,
    );
  });
});
