// Golden files of cells, for tests that read no other.
import { expect } from "vitest";
import { readGolden, type CellGolden } from "../../src/golden/golden.ts";

export function readCellGolden(text: string, path: string): CellGolden {
  const golden = readGolden(text, path);
  return golden.kind === "cell" ? golden : expect.fail(`${path} is for a model`);
}
