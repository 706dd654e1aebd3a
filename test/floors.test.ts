// The floors of ARCHITECTURE.md: a file imports from lower floors only, packages where they belong, and no file grows without a reason.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

interface Room {
  /** Folders or files under src; the first that fits is taken. */
  readonly path: string;
  readonly floor: number;
  /** Rooms of one floor that do not see each other have different wings. */
  readonly wing?: string;
  readonly packages?: readonly string[];
}

const ROOMS: readonly Room[] = [
  { path: "src/base/", floor: 0 },
  { path: "src/shape/", floor: 1, wing: "shape" },
  { path: "src/scalar/", floor: 1, wing: "scalar" },
  { path: "src/graph/graph.ts", floor: 2, packages: ["@dagrejs/graphlib"] },
  { path: "src/graph/", floor: 2 },
  { path: "src/ops/", floor: 3 },
  { path: "src/lang/", floor: 4, wing: "language", packages: ["ohm-js"] },
  { path: "src/grad/", floor: 4, wing: "graphs" },
  { path: "src/passes/", floor: 4, wing: "graphs" },
  { path: "src/analyse/", floor: 4, wing: "graphs" },
  { path: "src/time/", floor: 4, wing: "graphs" },
  { path: "src/compile.ts", floor: 5, wing: "compile" },
  { path: "src/kernel/", floor: 5, wing: "code" },
  { path: "src/codegen/", floor: 5, wing: "code", packages: ["watr"] },
  { path: "src/targets/target.ts", floor: 5.5 },
  { path: "src/targets/inputs.ts", floor: 5.5 },
  { path: "src/targets/bound.ts", floor: 5.5 },
  { path: "src/targets/reference/", floor: 6, wing: "reference" },
  { path: "src/targets/tfjs/", floor: 6, wing: "tfjs", packages: ["@tensorflow/"] },
  { path: "src/targets/wasm/", floor: 6, wing: "wasm" },
  { path: "src/targets/inside/", floor: 6.5, wing: "inside", packages: ["@tensorflow/"] },
  { path: "src/targets/unrolling.ts", floor: 6.5 },
  { path: "src/targets/open.ts", floor: 6.5 },
  { path: "src/targets/probe.ts", floor: 6.5 },
  { path: "src/targets/rates.ts", floor: 6.5 },
  { path: "src/module/", floor: 7, packages: ["zod", "node:"] },
  { path: "src/data/csv.ts", floor: 7, packages: ["csv-parse/sync"] },
  { path: "src/data/", floor: 7, packages: ["zod", "node:"] },
  { path: "src/train/", floor: 7, packages: ["zod", "node:"] },
  { path: "src/library/", floor: 8, wing: "library" },
  { path: "src/index.ts", floor: 9 },
  { path: "src/browser.ts", floor: 9 },
  { path: "src/draw/svg.ts", floor: 8, packages: ["@hpcc-js/wasm-graphviz"] },
  { path: "src/draw/curve.ts", floor: 8, packages: ["vega", "vega-lite"] },
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
  return from.wing === to.wing;
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

  test("no clock, no chance and no process below the targets", () => {
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

  test("every file opens with a comment that says what it is for", () => {
    expect(files.filter((file) => openingOf(sources.get(file) ?? "") === "")).toEqual([]);
  });
});
