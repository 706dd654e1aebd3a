// README.md and ARCHITECTURE.md say what is so: their commands run as they stand, their specs are right, their paths exist.
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { bookText } from "../demo/book.ts";
import { renderDiagnostics } from "../src/base/render.ts";
import { check, lower, open, programOf } from "../src/compile.ts";
import { printGraph } from "../src/graph/print.ts";
import type { ScopedDefinition } from "../src/lang/scope.ts";
import { loadFromDisk } from "../src/module/library.ts";
import { EARLY_PASSES, PASSES } from "../src/passes/list.ts";
import { recurraIn, ROOT, runIn, temporaryFolder } from "./support/command.ts";
import { FULL, shippedNamed } from "./support/specs.ts";

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

interface Block {
  readonly language: string;
  readonly text: string;
}

function blocksIn(file: string): readonly Block[] {
  const blocks = [...textOf(file).matchAll(/^```(.*)\n([^]*?)^```$/gm)];
  return blocks.map(([, language = "", text = ""]) => ({ language, text }));
}

function linesIn(language: string): readonly string[] {
  return blocksIn("README.md").flatMap((block) => (block.language === language ? block.text.trim().split("\n") : []));
}

/** Words as a shell reads them: blanks separate, double quotes join. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

const CALL = "npm run -s recurra -- ";
const DATA = "npx tsx demo/data.ts ";
const lines = linesIn("sh").filter((line) => line.startsWith(CALL) || line.startsWith(DATA));
const calls = lines.filter((line) => line.startsWith(CALL));
const others = linesIn("sh").filter((line) => !lines.includes(line));
const specs = blocksIn("README.md").flatMap(({ language, text }, index) =>
  language === "" && /^(use|cell|model) /.test(text) ? [{ name: `README.md, block ${index + 1}`, text }] : [],
);

function first(source: { readonly name: string; readonly text: string }): ScopedDefinition {
  return [...open(source, loadFromDisk).definitions.values()][0] ?? expect.fail(`${source.name} is empty`);
}

describe("README's commands", () => {
  test("run one after the other, as they stand, on a short book", { timeout: 120_000 }, async () => {
    const folder = temporaryFolder();
    for (const shared of ["specs", "test", "node_modules", "package.json"])
      symlinkSync(join(ROOT, shared), join(folder, shared));
    const book = bookText();
    writeFileSync(join(folder, "book.txt"), book.slice(0, 2600));
    writeFileSync(join(folder, "chapter.txt"), book.slice(2600, 3600));
    expect(calls.length).toBeGreaterThan(0);
    for (const line of lines) {
      const { code, out, err } = line.startsWith(CALL)
        ? await recurraIn(folder, words(line.slice(CALL.length)))
        : await runIn(folder, ["demo/data.ts", ...words(line.slice(DATA.length))]);
      expect(err, line).toBe("");
      expect(code, line).toBe(0);
      expect(out.length, line).toBeGreaterThan(0);
    }
    for (const made of ["runs/book/weights.safetensors", "charlm.svg"])
      expect(existsSync(join(folder, made)), made).toBe(true);
  });

  test("name every command that there is", () => {
    const used = new Set(calls.map((line) => words(line.slice(CALL.length))[0]));
    expect([...used].sort()).toEqual([
      "cells",
      "check",
      "completion",
      "emit",
      "evaluate",
      "explain",
      "fmt",
      "generate",
      "grad",
      "graph",
      "targets",
      "train",
      "verify",
    ]);
  });

  test.each(["README.md", "ARCHITECTURE.md"])("%s: each script that it runs stands in package.json", (file) => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(textOf("package.json")));
    const used = [...textOf(file).matchAll(/npm run (?:-s )?([\w:]+)|npm (test)/g)].map(
      ([, run, short]) => run ?? short,
    );
    expect(used.length).toBeGreaterThan(0);
    for (const name of used) expect(Object.keys(scripts)).toContain(name);
  });

  test("there is no other kind of command", () => {
    for (const line of others) expect(line).toMatch(/^npm ci && npm (run \w+|test)$/);
  });
});

describe("README's mistakes", () => {
  const blocks = blocksIn("README.md");
  const mistakes = blocks.flatMap(({ language, text }, index) =>
    language === "wrong" ? [{ text, told: blocks[index + 1]?.text ?? "" }] : [],
  );

  test("there are three", () => {
    expect(mistakes).toHaveLength(3);
  });

  test.each(mistakes)("are told as it shows, %#", ({ text, told }) => {
    const found = check({ name: "mine.rec", text }, loadFromDisk);
    expect(renderDiagnostics(found, { color: false }).trimEnd()).toBe(told.trimEnd());
  });
});

describe("README's specs", () => {
  test("there are some", () => {
    expect(specs.length).toBeGreaterThanOrEqual(2);
  });

  test.each(specs)("$name has nothing wrong with it", (source) => {
    expect(renderDiagnostics(check(source, loadFromDisk), { color: false })).toBe("");
  });

  test("its LSTM is the shipped one: the same graph", () => {
    const graphOf = (definition: ScopedDefinition): string =>
      printGraph(lower(programOf(definition, new Map(), { ...FULL, states: "given" }).graph, null));
    const shown = specs.find(({ text }) => text.startsWith("cell LSTM")) ?? expect.fail("README shows no LSTM");
    expect(graphOf(first(shown))).toBe(graphOf(shippedNamed("LSTM")));
  });

  test("its MUT1 is that of test/cells/mut1.rec", () => {
    const shown = specs.find(({ text }) => text.startsWith("cell MUT1")) ?? expect.fail("README shows no MUT1");
    const [cell = ""] = shown.text.split(/^(?=model )/m);
    expect(textOf("test/cells/mut1.rec")).toContain(cell.trim());
  });
});

/** `src/{a,b}.ts` is two paths. */
function expanded(path: string): readonly string[] {
  const [, before = "", choices = "", after = ""] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? [];
  return choices === "" ? [path] : choices.split(",").map((choice) => before + choice + after);
}

describe.each(["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/language.md"])("%s", (file) => {
  // What it says is not there yet need not be there.
  const text = textOf(file)
    .split("\n")
    .filter((line) => !line.includes("not built yet"))
    .join("\n");

  test("every path that it links to exists", () => {
    const linked = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)].map(([, path = ""]) => path);
    const missing = linked.filter((path) => !existsSync(new URL(path, new URL(file, `file://${ROOT}`))));
    expect(missing).toEqual([]);
  });

  test("every path of the project that it names exists", () => {
    const named = [...text.matchAll(/`((?:src|test|specs|docs|demo|bench|grammar|scripts)\/[^`\s*]*)`/g)];
    const missing = named.flatMap(([, path = ""]) => expanded(path)).filter((path) => !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });
});

test("ARCHITECTURE's table of passes has those that there are", () => {
  const [, table = ""] = textOf("ARCHITECTURE.md").split(/^## Passes$/m);
  const rows = [...(table.split(/^## /m)[0] ?? "").matchAll(/^\| (\w+) +\|/gm)].map(([, name]) => name);
  const passes = new Set([...EARLY_PASSES, ...PASSES].map(({ name }) => name));
  expect(rows.filter((name) => name !== "pass").sort()).toEqual([...passes].sort());
});
