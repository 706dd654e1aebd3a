// Golden values of published cells (test/published): each cell, written from its paper's equations, on every target, forward and gradient.
// The files are in the format of docs/golden-files.md and come from PyTorch in float64.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { open } from "../src/compile.ts";
import type { ScopedDefinition } from "../src/lang/scope.ts";
import type { Comparison } from "../src/golden/compare.ts";
import type { CellGolden } from "../src/golden/golden.ts";
import { readCellGolden } from "./support/golden.ts";
import { loadFromDisk } from "../src/shipped/specs.ts";
import { verify } from "../src/golden/verify.ts";
import { withTarget } from "../src/targets/registry.ts";
import { HAS_WEBGPU } from "./support/swiftshader.ts";

/** Both sides are float64 and differ in the order of sums only. */
const EXACT = 1e-10;
/** float32 against float64, over at most some dozen steps. */
const FLOAT32 = 1e-4;
/** SwiftShader compiles a shader for each kernel of a cell. */
const SLOW = 180_000;

const FOLDER = "test/published";
const files = readdirSync(FOLDER).sort();

/** Every cell of the specs in the folder, by name. */
const cells: ReadonlyMap<string, ScopedDefinition> = new Map(
  files
    .filter((file) => file.endsWith(".rec"))
    .flatMap((file) => {
      const scope = open({ name: file, text: readFileSync(`${FOLDER}/${file}`, "utf8") }, loadFromDisk);
      return [...scope.definitions.values()]
        .filter((each) => each.scope === scope)
        .map((each) => [each.definition.name.name, each] as const);
    }),
);

const goldens: readonly { readonly file: string; readonly golden: CellGolden }[] = files
  .filter((file) => file.endsWith(".json"))
  .map((file) => ({ file, golden: readCellGolden(readFileSync(`${FOLDER}/${file}`, "utf8"), file) }));

function compare(golden: CellGolden, target: string): Promise<readonly Comparison[]> {
  const definition = cells.get(golden.cell) ?? expect.fail(`no spec defines the cell \`${golden.cell}\``);
  return withTarget(target, (device) => verify(definition, golden, device));
}

test("every published cell in the folder has golden values", () => {
  const compared = new Set(goldens.map(({ golden }) => golden.cell));
  expect(goldens).toHaveLength(47);
  expect([...compared].filter((name) => !cells.has(name))).toEqual([]);
});

for (const [target, tolerance] of [
  ["reference", EXACT],
  ["wasm", FLOAT32],
  ["tfjs-wasm", FLOAT32],
] as const) {
  describe(`${target}: every tensor within ${tolerance}`, () => {
    test.each(goldens)("$file", async ({ golden }) => {
      const comparisons = await compare(golden, target);
      expect(comparisons.length).toBeGreaterThan(1);
      expect(comparisons.filter(({ error }) => !(error <= tolerance))).toEqual([]);
    });
  });
}

describe.skipIf(!HAS_WEBGPU)(`tfjs-webgpu: every tensor within ${FLOAT32}`, () => {
  test.each(goldens)("$file", { timeout: SLOW }, async ({ golden }) => {
    const comparisons = await compare(golden, "tfjs-webgpu");
    expect(comparisons.filter(({ error }) => !(error <= FLOAT32))).toEqual([]);
  });
});
