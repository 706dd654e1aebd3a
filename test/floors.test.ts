// The floors of ARCHITECTURE.md: a file imports from lower floors only, and packages only where they belong.
// Files and functions have a greatest length.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { components } from "../src/graph/components.ts";
import { isRow } from "../src/ops/table.ts";
import { TARGET_NAMES } from "../src/targets/registry.ts";

interface Room {
  /** Folders or files under src; the first that fits is taken. */
  readonly path: string;
  readonly floor: number;
  /** Rooms of one floor that do not see each other have different wings. */
  readonly wing?: string;
  /** Wings of its floor that it sees all the same. */
  readonly sees?: readonly string[];
  readonly packages?: readonly string[];
}

const ROOMS: readonly Room[] = [
  { path: "src/base/", floor: 0 },
  { path: "src/shape/", floor: 1, wing: "shape" },
  { path: "src/scalar/", floor: 1, wing: "scalar" },
  { path: "src/graph/components.ts", floor: 2, packages: ["@dagrejs/graphlib"] },
  { path: "src/graph/", floor: 2 },
  { path: "src/ops/", floor: 3 },
  { path: "src/lang/", floor: 4, wing: "language", packages: ["ohm-js"] },
  { path: "src/grad/", floor: 4, wing: "graphs" },
  { path: "src/passes/", floor: 4, wing: "graphs" },
  { path: "src/analyse/", floor: 4, wing: "graphs" },
  { path: "src/time/", floor: 4, wing: "graphs" },
  { path: "src/programs.ts", floor: 4.5, wing: "compile" },
  { path: "src/compile.ts", floor: 5, wing: "compile" },
  { path: "src/kernel/", floor: 5, wing: "code" },
  { path: "src/codegen/", floor: 5, wing: "code" },
  { path: "src/targets/target.ts", floor: 5.5 },
  { path: "src/targets/inputs.ts", floor: 5.5 },
  { path: "src/targets/bound.ts", floor: 5.5 },
  { path: "src/lists/", floor: 5.7, wing: "lists" },
  { path: "src/targets/reference/", floor: 6, wing: "reference" },
  { path: "src/targets/tfjs/", floor: 6, wing: "tfjs", packages: ["@tensorflow/"] },
  { path: "src/targets/wasm/", floor: 6, wing: "wasm" },
  { path: "src/targets/native/", floor: 6, wing: "native", packages: ["koffi"] },
  { path: "src/targets/tfjs-embedding/", floor: 6.5, wing: "embedding", packages: ["@tensorflow/"] },
  { path: "src/targets/unrolling.ts", floor: 6.5 },
  { path: "src/targets/registry.ts", floor: 6.5 },
  { path: "src/targets/probe.ts", floor: 6.5 },
  { path: "src/targets/rates.ts", floor: 6.5 },
  { path: "src/files/", floor: 6.9, packages: ["zod", "node:"] },
  { path: "src/checkpoint/", floor: 7, wing: "checkpoint", packages: ["zod", "node:"] },
  { path: "src/golden/", floor: 7, wing: "golden", packages: ["zod"] },
  { path: "src/shipped/", floor: 7, wing: "shipped", packages: ["node:"] },
  { path: "src/data/csv.ts", floor: 7, wing: "data", packages: ["csv-parse/sync"] },
  { path: "src/data/", floor: 7, wing: "data", packages: ["zod", "node:"] },
  { path: "src/train/", floor: 7, wing: "train", sees: ["data"], packages: ["zod", "node:"] },
  { path: "src/onnx/", floor: 7, wing: "onnx" },
  { path: "src/module/compiled.ts", floor: 7.5, wing: "export", packages: ["fflate"] },
  { path: "src/module/", floor: 7.5, wing: "export" },
  { path: "src/export/tfjs/runtime/", floor: 7.5, wing: "export", packages: ["@tensorflow/"] },
  { path: "src/export/", floor: 7.5, wing: "export" },
  { path: "src/ngram/", floor: 7.5, wing: "ngram" },
  {
    path: "src/datasets/",
    floor: 7.5,
    wing: "datasets",
    packages: ["zod", "node:", "cmu-pronouncing-dictionary"],
  },
  { path: "src/import/", floor: 7.6, wing: "import" },
  { path: "src/gradcheck/", floor: 7.6, wing: "gradcheck" },
  { path: "src/library/", floor: 8, wing: "library" },
  { path: "src/flow/", floor: 8.5, packages: ["ml-matrix"] },
  { path: "src/orbits/", floor: 8.5 },
  { path: "src/maps/", floor: 8.5, packages: ["ml-pca", "umap-js"] },
  { path: "src/index.ts", floor: 9 },
  { path: "src/browser.ts", floor: 9 },
  { path: "src/draw/svg.ts", floor: 8, packages: ["@hpcc-js/wasm-graphviz"] },
  { path: "src/draw/vega.ts", floor: 8, packages: ["vega", "vega-lite"] },
  { path: "src/draw/", floor: 8 },
  { path: "src/cli/", floor: 9, packages: ["commander", "picocolors", "zod", "node:"] },
];

/** Below this nothing touches a file, a clock or a random number. */
const PURE_BELOW = 6;
const CAP = 250;
const CAP_WITH_REASON = 400;
/** How a file's opening comment begins to say why it is long. */
const REASON = /^\/\/ Long because /m;

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => join("src", file))
  .sort();
const sources = new Map(files.map((file) => [file, readFileSync(file, "utf8")] as const));

function roomOf(file: string): Room {
  return (
    ROOMS.find(({ path }) => file.startsWith(path)) ?? expect.fail(`${file} stands on no floor: add its folder here`)
  );
}

/** Specifiers of static and dynamic imports, of types too, and of what is exported on. */
function importsOf(text: string): readonly string[] {
  const fixed = text.matchAll(/^(?:import\s*|(?:import|export|\}) .*?\bfrom\s*)"([^"]+)";/gm);
  const dynamic = text.replace(/\/\/.*$/gm, "").matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g);
  return [...fixed, ...dynamic].map((match) => match[1] ?? "");
}

/** The comment lines at the top of a file. */
function openingOf(text: string): string {
  return /^(?:(?:#!|\/\/).*\n)*/.exec(text)?.[0] ?? "";
}

function isAllowed(from: Room, to: Room): boolean {
  if (to.floor !== from.floor) return to.floor < from.floor;
  return from.wing === to.wing || (to.wing !== undefined && from.sees?.includes(to.wing) === true);
}

/** What is needed when a file is run: specifiers of files, without those of which it takes types only. */
function neededBy(text: string): readonly string[] {
  const imports = text.matchAll(/^(?:import|export)\s+(type\s+)?([^;]*?)\s*\bfrom\s*"(\.[^"]+)";/gm);
  return [...imports].flatMap(([, isType, names = "", specifier = ""]) => {
    const isOfTypes = names
      .replace(/[{}]/g, "")
      .split(",")
      .every((name) => /^\s*(?:type\s|$)/.test(name));
    return isType !== undefined || isOfTypes ? [] : [specifier];
  });
}

/** Files that need each other because what they do is recursive. Each is a part of one of these circles, named by one of its files. */
const RECURSIONS: readonly { readonly of: string; readonly why: string }[] = [
  { of: "src/lang/elaborate/expression.ts", why: "an expression applies a cell, whose body holds expressions" },
  { of: "src/grad/gradient.ts", why: "the gradient of a graph is made of those of its scans, which are graphs" },
  { of: "src/kernel/record.ts", why: "a graph is recorded with its scans, whose bodies are graphs" },
  { of: "src/ops/table.ts", why: "the value of one op, a formula, is that of the ops that it is made of" },
  { of: "src/library/compile.ts", why: "a checkpoint holds a compiled model and makes one" },
];

/** Comparisons with an op's name, outside of strings and comments: `op === "add"`, `isOp(node, "add")`. */
function opsNamedIn(text: string): readonly string[] {
  const code = text.replace(/\/\/.*$/gm, "").replace(/\/\*[^]*?\*\//g, "");
  const found = code.matchAll(/(?:\b(?:op|primitive) [!=]==|\bisOp\([^()]*,) "(\w+)"/g);
  return [...found].map((match) => match[1] ?? "").filter((name) => isRow(name));
}

/** Comparisons with a target's name: `target === "tfjs-webgpu"`, `startsWith("tfjs")`. */
function targetsNamedIn(text: string): readonly string[] {
  const found = text.matchAll(/(?:\b(?:target|name) [!=]== |\b(?:target|name)\.startsWith\()"([\w-]+)"/g);
  return [...found].map((match) => match[1] ?? "").filter((name) => name === "tfjs" || TARGET_NAMES.includes(name));
}

const LINES_OF_FUNCTION = 60;

/** Functions with more lines than `most`, by name, or by line where they have no name. */
function longFunctionsOf(text: string, most: number): readonly string[] {
  if (text.split("\n").length <= most) return [];
  const source = ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest, true);
  const lineOf = (place: number): number => source.getLineAndCharacterOfPosition(place).line;
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const first = lineOf(node.getStart());
      const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
      if (lineOf(node.end) - first >= most) found.push(named?.getText() ?? `function in line ${first + 1}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe("floors", () => {
  test("a file imports from its own room and from lower floors only", () => {
    const wrong = files.flatMap((file) =>
      importsOf(sources.get(file) ?? "")
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => relative(".", join(dirname(file), specifier)))
        .filter((target) => target.startsWith("src/") && !isAllowed(roomOf(file), roomOf(target)))
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("a package is imported where it belongs only", () => {
    const wrong = files.flatMap((file) => {
      const { packages = [] } = roomOf(file);
      const isKnown = (specifier: string): boolean => {
        return packages.some((each) => specifier === each || (/[:/]$/.test(each) && specifier.startsWith(each)));
      };
      return importsOf(sources.get(file) ?? "")
        .filter((specifier) => !specifier.startsWith(".") && !isKnown(specifier))
        .map((specifier) => `${file} imports ${specifier}`);
    });
    expect(wrong).toEqual([]);
  });

  test("no files import each other in a circle, except listed recursions", () => {
    const edges = files.flatMap((file) =>
      neededBy(sources.get(file) ?? "").map(
        (specifier) => [file, relative(".", join(dirname(file), specifier))] as const,
      ),
    );
    const circles = components(files, edges).filter((circle) => circle.length > 1);
    expect(circles.filter((circle) => !RECURSIONS.some(({ of }) => circle.includes(of)))).toEqual([]);
  });

  test("ops are distinguished by the columns of their rows; only the table and passes compare names", () => {
    const isFree = (file: string): boolean => /^src\/(?:ops|scalar|passes)\//.test(file);
    const wrong = files
      .filter((file) => !isFree(file))
      .flatMap((file) => opsNamedIn(sources.get(file) ?? "").map((name) => `${file} names the op ${name}`));
    expect(wrong).toEqual([]);
  });

  test("targets are distinguished by the columns of their rows; only src/targets compares names", () => {
    const wrong = files
      .filter((file) => !file.startsWith("src/targets/"))
      .flatMap((file) => targetsNamedIn(sources.get(file) ?? "").map((name) => `${file} names the target ${name}`));
    expect(wrong).toEqual([]);
  });

  test("no clock, no random number and no process below the targets", () => {
    const impure = /\bDate\b|\bMath\.random\b|\bperformance\.|\bprocess\.|\bcrypto\./;
    const wrong = files.filter((file) => {
      const code = (sources.get(file) ?? "").replace(/\/\/.*$/gm, "").replace(/\/\*[^]*?\*\//g, "");
      return roomOf(file).floor < PURE_BELOW && impure.test(code);
    });
    expect(wrong).toEqual([]);
  });

  test("the rules above catch what they forbid", () => {
    expect(
      importsOf(
        'import a from "x";\nexport { b } from "y";\nconst c = await import("z");\n// import("w")\nimport type {\n  d,\n} from "v";',
      ),
    ).toEqual(["x", "y", "v", "z"]);
    expect(isAllowed(roomOf("src/lang/a.ts"), roomOf("src/grad/b.ts"))).toBe(false);
    expect(isAllowed(roomOf("src/targets/tfjs/a.ts"), roomOf("src/targets/reference/b.ts"))).toBe(false);
    expect(isAllowed(roomOf("src/ops/a.ts"), roomOf("src/lang/b.ts"))).toBe(false);
    expect(isAllowed(roomOf("src/passes/a.ts"), roomOf("src/grad/b.ts"))).toBe(true);
    expect(isAllowed(roomOf("src/train/a.ts"), roomOf("src/data/b.ts"))).toBe(true);
    expect(isAllowed(roomOf("src/data/a.ts"), roomOf("src/train/b.ts"))).toBe(false);
    expect(isAllowed(roomOf("src/data/a.ts"), roomOf("src/checkpoint/b.ts"))).toBe(false);
    expect(
      neededBy('import type { a } from "./x.ts";\nimport { type b } from "./y.ts";\nimport { c,\n d } from "./z.ts";'),
    ).toEqual(["./z.ts"]);
    expect(opsNamedIn('node.op === "select" || isOp(node, "slice") || op !== "scan" // op === "neg"')).toEqual([
      "select",
      "slice",
    ]);
    expect(targetsNamedIn('target === "tfjs-webgpu" || name.startsWith("tfjs") || name === "lstm"')).toEqual([
      "tfjs-webgpu",
      "tfjs",
    ]);
  });
});

describe("files", () => {
  const isWritten = (file: string): boolean => !file.endsWith(".generated.ts");

  test(`at most ${CAP} lines, or ${CAP_WITH_REASON} with "// Long because" in the opening comment`, () => {
    const wrong = files.filter(isWritten).flatMap((file) => {
      const text = sources.get(file) ?? "";
      const lines = text.split("\n").length - 1;
      const cap = REASON.test(openingOf(text)) ? CAP_WITH_REASON : CAP;
      return lines > cap ? [`${file} has ${lines} lines; it may have ${cap}`] : [];
    });
    expect(wrong).toEqual([]);
  });

  test(`no function has more than ${LINES_OF_FUNCTION} lines`, () => {
    const long = files
      .filter(isWritten)
      .flatMap((file) => longFunctionsOf(sources.get(file) ?? "", LINES_OF_FUNCTION).map((name) => ({ file, name })));
    expect(long).toEqual([]);
  });

  test("the length of a function is counted with its first and last line", () => {
    const text =
      "function a() {\n  f();\n}\nconst b = () => [\n  1,\n];\nclass C {\n  d() {\n    f(() => {\n\n    });\n  }\n}";
    expect(longFunctionsOf(text, 2)).toEqual(["a", "b", "d", "function in line 9"]);
    expect(longFunctionsOf(text, 3)).toEqual(["d"]);
    expect(longFunctionsOf(text, 5)).toEqual([]);
  });

  test("every file opens with a comment that says what it is for", () => {
    expect(files.filter((file) => openingOf(sources.get(file) ?? "") === "")).toEqual([]);
  });
});
