// What the project's pages point to exists: links, headings, paths, scripts. The package's pages link only to what is in the package.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { EARLY_PASSES, PASSES } from "../src/passes/list.ts";
import { ROOT } from "./support/command.ts";
import { PAGES, textOf } from "./support/pages.ts";

const { scripts, files } = z
  .object({ scripts: z.record(z.string(), z.string()), files: z.array(z.string()) })
  .parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));

/** For those who work on the project; not in the package. */
const REPOSITORY_PAGES = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

interface Link {
  readonly path: string;
  readonly heading: string;
}

/** Links to files, as paths from the project's folder. */
function linksIn(file: string): readonly Link[] {
  const found = [...textOf(file).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?[^)]*\)/g)];
  return found.map(([, path = "", heading = ""]) => ({
    path: path === "" ? file : normalize(join(dirname(file), path)),
    heading,
  }));
}

/** The names that a page's headings have in links: lower case, `-` for blanks, no other signs. */
function headingsIn(file: string): readonly string[] {
  return [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** `src/{a,b}.ts` is two paths. */
function expanded(path: string): readonly string[] {
  const [, before = "", choices = "", after = ""] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? [];
  return choices === "" ? [path] : choices.split(",").map((choice) => before + choice + after);
}

describe.each([...PAGES, ...REPOSITORY_PAGES, "CHANGELOG.md"])("%s", (file) => {
  // What it says is not there yet need not be there.
  const text = textOf(file)
    .split("\n")
    .filter((line) => !line.includes("not built yet"))
    .join("\n");

  test("every file that it links to exists", () => {
    expect(linksIn(file).filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test("every heading that it links to exists", () => {
    const links = linksIn(file).filter(({ path, heading }) => heading !== "" && path.endsWith(".md"));
    expect(links.filter(({ path, heading }) => !headingsIn(path).includes(heading))).toEqual([]);
  });

  test("every path of the project that it names exists", () => {
    const named = [...text.matchAll(/`((?:src|test|specs|docs|demo|bench|grammar|scripts)\/[^`\s*]*)`/g)];
    const missing = named.flatMap(([, path = ""]) => expanded(path)).filter((path) => !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });

  test("every script that it names is in package.json", () => {
    const used = [...text.matchAll(/npm run (?:-s )?([\w:]+)|npm (test)/g)].map(([, run, short]) => run ?? short);
    expect(used.filter((name) => !Object.keys(scripts).includes(name ?? ""))).toEqual([]);
  });
});

test.each(PAGES)("%s links only to what is in the package", (page) => {
  const isPacked = (path: string): boolean =>
    path === "README.md" || files.some((packed) => path === packed || path.startsWith(`${packed}/`));
  expect(linksIn(page).filter(({ path }) => !isPacked(path))).toEqual([]);
});

test("README leads to every page of docs", () => {
  const linked = linksIn("README.md").map(({ path }) => path);
  expect(PAGES.filter((page) => page !== "README.md" && !linked.includes(page))).toEqual([]);
});

test("ARCHITECTURE's table of passes lists all passes", () => {
  const [, table = ""] = textOf("ARCHITECTURE.md").split(/^## Passes$/m);
  const rows = [...(table.split(/^## /m)[0] ?? "").matchAll(/^\| (\w+) +\|/gm)].map(([, name]) => name);
  const passes = new Set([...EARLY_PASSES, ...PASSES].map(({ name }) => name));
  expect(rows.filter((name) => name !== "pass").sort()).toEqual([...passes].sort());
});
