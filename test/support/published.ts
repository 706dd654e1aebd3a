// Golden values of published cells (test/published), and their comparison with what a target computes.
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Source } from "../../src/base/source.ts";
import type { Comparison } from "../../src/golden/compare.ts";
import type { CellGolden } from "../../src/golden/golden.ts";
import { verify } from "../../src/golden/verify.ts";
import type { ScopedDefinition } from "../../src/lang/scope.ts";
import { shipped } from "../../src/shipped/specs.ts";
import { withTarget } from "../../src/targets/registry.ts";
import type { Target } from "../../src/targets/target.ts";
import { readCellGolden } from "./golden.ts";
import { definitionsOf } from "./specs.ts";

const FOLDER = "test/published";
const files = readdirSync(FOLDER).sort();

/** Every shipped cell, by name. */
export const SHIPPED: ReadonlyMap<string, ScopedDefinition> = byName(shipped("cells"));

/** Also the cells of the specs in the folder. */
const cells = new Map([
  ...SHIPPED,
  ...byName(
    files
      .filter((file) => file.endsWith(".rec"))
      .map((file) => ({ name: file, text: readFileSync(`${FOLDER}/${file}`, "utf8") })),
  ),
]);

export const GOLDENS: readonly { readonly file: string; readonly golden: CellGolden }[] = files
  .filter((file) => file.endsWith(".json"))
  .map((file) => ({ file, golden: readCellGolden(readFileSync(`${FOLDER}/${file}`, "utf8"), file) }));

/** What differs by more than `tolerance`. Fails if nothing was compared. */
export async function differences(
  golden: CellGolden,
  target: string,
  tolerance: number,
): Promise<readonly Comparison[]> {
  return withTarget(target, (device) => differencesOn(golden, device, tolerance));
}

/** The same on a target that is open. */
export async function differencesOn<T>(
  golden: CellGolden,
  target: Target<T>,
  tolerance: number,
): Promise<readonly Comparison[]> {
  const definition = cells.get(golden.cell) ?? expect.fail(`no spec defines the cell \`${golden.cell}\``);
  const comparisons = await verify(definition, golden, target);
  expect(comparisons.length).toBeGreaterThan(1);
  return comparisons.filter(({ error }) => !(error <= tolerance));
}

function byName(sources: readonly Source[]): ReadonlyMap<string, ScopedDefinition> {
  return new Map(sources.flatMap(definitionsOf).map(({ name, definition }) => [name, definition] as const));
}
