// README.md and the pages of docs are correct: their commands run unchanged, and their specs and messages are right.
import { execFile } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { wordsOf } from "../scripts/examples/example.ts";
import { renderDiagnostics } from "../src/base/render.ts";
import { check, lower, open, programOf } from "../src/compile.ts";
import { mobyDickText } from "../src/datasets/moby-dick.ts";
import { printGraph } from "../src/graph/print.ts";
import type { ScopedDefinition } from "../src/lang/scope.ts";
import { loadFromDisk } from "../src/shipped/specs.ts";
import { recurraIn, ROOT, temporaryFolder } from "./support/command.ts";
import { PACKAGE } from "./support/packed.ts";
import { blocksIn, PAGES, textOf, type Block } from "./support/pages.ts";
import { FULL, shippedNamed } from "./support/specs.ts";

const SECONDS = 1000;
/** Two trainings on a short book, and six starts of the command line. */
const SLOW = 240 * SECONDS;
const BLOCKS = PAGES.flatMap(blocksIn);
const CALL = "recurra ";
const INSTALL = "npm i ";

function isRun(line: string): boolean {
  return line.startsWith(CALL);
}

function linesOf({ text }: Block): readonly string[] {
  return text.trim().split("\n");
}

const lines = BLOCKS.filter(({ language }) => language === "sh").flatMap((block) =>
  linesOf(block).map((line) => ({ page: block.page, line })),
);
const pagesWithCalls = PAGES.filter((page) => lines.some((each) => each.page === page && isRun(each.line)));

/** `# reader.rec` in the first line of a block names the file that the reader is to save. */
function fileNamed({ text }: Block): string | undefined {
  return /^# (\w+\.rec)\n/.exec(text)?.[1];
}

/** A folder with what the pages take for granted: the project's specs, and a book of the reader's own. */
function readersFolder(page: string): string {
  const folder = temporaryFolder();
  for (const shared of ["specs", "examples", "test", "demo", "node_modules", "package.json"])
    symlinkSync(join(ROOT, shared), join(folder, shared));
  const book = mobyDickText();
  writeFileSync(join(folder, "book.txt"), book.slice(0, 2600));
  writeFileSync(join(folder, "chapter.txt"), book.slice(2600, 3600));
  for (const block of blocksIn(page)) {
    const name = fileNamed(block);
    if (name !== undefined) writeFileSync(join(folder, name), block.text);
  }
  return folder;
}

describe("the commands of a page", () => {
  test.each(pagesWithCalls)("%s: run one after the other, unchanged", { timeout: SLOW }, async (page) => {
    const folder = readersFolder(page);
    for (const { line } of lines.filter((each) => each.page === page && isRun(each.line))) {
      const { code, out, err } = await recurraIn(folder, wordsOf(line.slice(CALL.length)));
      expect(err, line).toBe("");
      expect(code, line).toBe(0);
      expect(out.length, line).toBeGreaterThan(0);
    }
    for (const block of blocksIn(page).filter(({ language }) => language === "js")) {
      const name = /^\/\/ (\w+\.mjs)\n/.exec(block.text)?.[1] ?? expect.fail(`a program without a name in ${page}`);
      writeFileSync(join(folder, name), block.text);
      const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: folder });
      expect(stdout.length, name).toBeGreaterThan(0);
    }
    if (page === "docs/command-line.md") {
      expect(existsSync(join(folder, "runs/book/weights.safetensors"))).toBe(true);
      expectPicture(join(folder, "charlm.svg"));
      expect(readFileSync(join(folder, "gru.svg"), "utf8")).toMatch(/^<svg/);
    }
    if (page === "docs/gallery.md") {
      const pictures = [...textOf(page).matchAll(/^!\[.+\]\(pictures\/(.+)\)$/gm)].map(([, name = ""]) => name);
      expect(pictures).toHaveLength(8);
      for (const name of pictures) expectPicture(join(folder, name));
    }
  });

  test("include every command", () => {
    const used = lines.filter(({ line }) => line.startsWith(CALL)).map(({ line }) => wordsOf(line)[1]);
    expect([...new Set(used)].sort()).toEqual([
      "cells",
      "check",
      "compile",
      "completion",
      "data",
      "emit",
      "evaluate",
      "explain",
      "flow",
      "fmt",
      "generate",
      "grad",
      "gradcheck",
      "graph",
      "import",
      "new",
      "ngram",
      "orbits",
      "predict",
      "run",
      "search",
      "show",
      "suggest",
      "targets",
      "train",
      "verify",
      "words",
    ]);
  });

  test("there is no other kind of command", () => {
    const others = lines.filter(({ line }) => !isRun(line) && !line.startsWith(INSTALL));
    for (const { line } of others) expect(line).toMatch(/^npm ci && npm (run \w+|test)$/);
  });

  test("what is installed are optional peers of the package", () => {
    const installed = lines.filter(({ line }) => line.startsWith(INSTALL));
    const names = installed.flatMap(({ line }) => wordsOf(line.slice(INSTALL.length).replace(/#.*/, "")));
    expect(Object.keys(PACKAGE.peerDependencies)).toEqual(expect.arrayContaining(names));
    expect(new Set(installed.map(({ page }) => page))).toEqual(
      new Set(["README.md", "docs/targets.md", "docs/tfjs.md"]),
    );
  });
});

/** A picture of the pages is what the command draws. */
function expectPicture(drawn: string): void {
  const path = join(ROOT, "docs/pictures", basename(drawn));
  const picture = readFileSync(drawn, "utf8");
  if (process.env["BLESS"] === "1") writeFileSync(path, picture);
  expect(picture).toBe(readFileSync(path, "utf8"));
}

describe("docs/errors.md", () => {
  const blocks = blocksIn("docs/errors.md");
  const mistakes = blocks.flatMap(({ language, text }, index) =>
    language === "wrong" ? [{ text, told: blocks[index + 1]?.text ?? "" }] : [],
  );

  test("shows three mistakes", () => {
    expect(mistakes).toHaveLength(3);
  });

  test.each(mistakes)("shows what the compiler reports, %#", ({ text, told }) => {
    const found = check({ name: "mine.rec", text }, loadFromDisk);
    expect(renderDiagnostics(found, { color: false }).trimEnd()).toBe(told.trimEnd());
  });
});

describe("the specs of a page", () => {
  const specs = BLOCKS.filter(
    ({ language, text }) => language === "" && /^(# \w+\.rec\n)?(use|cell|model) /.test(text),
  ).map(({ page, text }, index) => ({ name: `${page}, spec ${index + 1}`, text }));

  function definitionIn(page: string, name: string): ScopedDefinition {
    const found = specs.find((each) => each.name.startsWith(page) && each.text.includes(`cell ${name}(`));
    const source = found ?? expect.fail(`${page} shows no ${name}`);
    return open(source, loadFromDisk).definitions.get(name) ?? expect.fail(`${page} defines no ${name}`);
  }

  test("there are some", () => {
    expect(specs.length).toBeGreaterThanOrEqual(5);
  });

  test.each(specs)("$name has nothing wrong with it", (source) => {
    expect(renderDiagnostics(check(source, loadFromDisk), { color: false })).toBe("");
  });

  test.each(["README.md", "docs/language.md"])("%s: the LSTM is the shipped one: the same graph", (page) => {
    const graphOf = (definition: ScopedDefinition): string =>
      printGraph(lower(programOf(definition, new Map(), { ...FULL, states: "given" }).graph, null));
    expect(graphOf(definitionIn(page, "LSTM"))).toBe(graphOf(shippedNamed("LSTM")));
  });

  test("docs/first-model.md: the MUT1 is that of test/cells/mut1.rec", () => {
    const shown = specs.find(({ text }) => text.includes("cell MUT1")) ?? expect.fail("no page shows MUT1");
    const [cell = ""] = shown.text.replace(/^#.*\n/, "").split(/^(?=model )/m);
    expect(textOf("test/cells/mut1.rec")).toContain(cell.trim());
  });
});
