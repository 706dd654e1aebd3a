// What must hold of every random program, as tests; test/programs.test.ts and test/programs.long.test.ts say of how many.
import fc from "fast-check";
import { describe, test } from "vitest";
import { nativeTarget } from "../../src/targets/native/target.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { expectAlone, expectGradients, expectOn, expectSamePrograms, wgsl } from "./graphs.ts";
import { expectBatch, expectChunks, expectParts, expectSameIn, expectSteps } from "./library.ts";
import { makeProgram, type RandomProgram } from "./model.ts";
import { RENAMED, RESPELLED, REVERSED } from "./style.ts";
import { HAS_NATIVE } from "../support/native.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";

/** One in so many also runs where each program is compiled by another compiler: on SwiftShader, and on `native`. */
const RARE = 20;

const numbers = fc.array(fc.nat({ max: 0xffff }), { minLength: 20, maxLength: 250, size: "max" });

interface Programs {
  readonly count: number;
  readonly seed: number;
}

/** A test that a property holds of each of the programs; the limit of time is for all of them, on a busy machine. */
function everyProgram(
  { count, seed }: Programs,
  title: string,
  property: (program: RandomProgram) => void | Promise<void>,
): void {
  test(title, { timeout: 600_000 + count * 3000 }, () =>
    fc.assert(
      fc.asyncProperty(numbers, async (list) => property(makeProgram(list))),
      { seed, numRuns: count, endOnFailure: process.env["SHRINK"] === undefined },
    ),
  );
}

/** All that must hold of a program, as tests on so many of them. */
export function testPrograms(programs: Programs): void {
  const { count, seed } = programs;
  describe(`each of ${count} random programs`, () => {
    everyProgram(programs, "has the gradient that central differences have, last states included", expectGradients);
    everyProgram(programs, "gives the same after every pass, unrolled, and in any order of its equations", (program) =>
      expectSamePrograms(program, REVERSED),
    );
    everyProgram(programs, "gives in a ragged batch what each example gives alone, gradients included", expectAlone);
    everyProgram(programs, "gives step by step what it gives as a whole", expectSteps);
    everyProgram(programs, "gives in a batch what it gives for each example", expectBatch);
    everyProgram(programs, "has the same loss in two chunks with its state carried", expectChunks);
    everyProgram(
      programs,
      "gives in two parts, the second from the state of the first, what it gives as a whole",
      expectParts,
    );
    everyProgram(programs, "has weights that depend on no name", (program) => expectSameIn(program, RENAMED));
    everyProgram(programs, "gives with `lookup(M, k)` what it gives with `onehot(k) @ M`", (program) =>
      expectSameIn(program, RESPELLED),
    );
  });

  describe(`each of ${count} random programs gives what the reference gives, full and ragged`, async () => {
    const [wasm, cpu] = [await wasmTarget(), await tfjsTarget("cpu")];
    everyProgram(programs, "on wasm", (program) => expectOn(program, wasm, [false, true]));
    everyProgram(programs, "on tfjs-cpu", (program) => expectOn(program, cpu, [true]));
  });

  const few = { count: Math.ceil(count / RARE), seed };
  describe.skipIf(!HAS_NATIVE)(`each of ${few.count} random programs on native`, () => {
    everyProgram(few, "gives what the reference gives", async (program) =>
      expectOn(program, await nativeTarget({ threads: 2, sharedFrom: 0 }), [false, true]),
    );
  });
  describe.skipIf(!HAS_WEBGPU)(`each of ${few.count} random programs on tfjs-webgpu`, () => {
    everyProgram(few, "gives what the reference gives", async (program) =>
      expectOn(program, await webgpuTarget(), [true], wgsl),
    );
  });
}
