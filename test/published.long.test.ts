// Golden values of published cells on tfjs, where each kernel of a cell is compiled or called by itself.
import { describe, expect, test } from "vitest";
import { differences, GOLDENS } from "./support/published.ts";
import { CELLS } from "./support/specs.ts";
import { HAS_WEBGPU } from "./support/swiftshader.ts";

/** float32 against float64, over at most some dozen steps. */
const TOLERANCE = 1e-4;
/** SwiftShader compiles a shader for each kernel of a cell. */
const SLOW = 180_000;

/** test/gpu/webgpu.test.ts compares these with the reference, full and ragged, and test/published.test.ts the reference with golden values. */
const COMPARED: ReadonlySet<string> = new Set(CELLS.map(({ name }) => name));

describe.each([
  ["tfjs-wasm", true, GOLDENS],
  ["tfjs-webgpu", HAS_WEBGPU, GOLDENS.filter(({ golden }) => !COMPARED.has(golden.cell))],
] as const)(`%s: every tensor within ${TOLERANCE}`, (target, isHere, goldens) => {
  test.skipIf(!isHere).each(goldens)("$file", { timeout: SLOW }, async ({ golden }) => {
    expect(await differences(golden, target, TOLERANCE)).toEqual([]);
  });
});
