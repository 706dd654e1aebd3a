// Golden values of published cells on tfjs, where each kernel of a cell is compiled or called by itself.
import { describe, expect, test } from "vitest";
import { differences, GOLDENS } from "./support/published.ts";
import { HAS_WEBGPU } from "./support/swiftshader.ts";

/** float32 against float64, over at most some dozen steps. */
const TOLERANCE = 1e-4;
/** SwiftShader compiles a shader for each kernel of a cell. */
const SLOW = 180_000;

describe.each([
  ["tfjs-wasm", true],
  ["tfjs-webgpu", HAS_WEBGPU],
] as const)(`%s: every tensor within ${TOLERANCE}`, (target, isHere) => {
  test.skipIf(!isHere).each(GOLDENS)("$file", { timeout: SLOW }, async ({ golden }) => {
    expect(await differences(golden, target, TOLERANCE)).toEqual([]);
  });
});
