// Random programs (test/programs): cells and models made by choices of a seed, each checked for what must hold of every program.
// By hand: `PROGRAMS=2000 npx vitest run test/programs.test.ts` tries more of them, `SEED=7` others, and `SHRINK=1` looks for the
// smallest program that still fails.
import fc from "fast-check";
import { describe, test } from "vitest";
import { tfjsTarget } from "../src/targets/tfjs/target.ts";
import { wasmTarget } from "../src/targets/wasm/target.ts";
import { expectAlone, expectGradients, expectOn, expectSamePrograms } from "./programs/graphs.ts";
import { expectBatch, expectChunks, expectParts, expectSameIn, expectSteps } from "./programs/library.ts";
import { makeProgram, type RandomProgram } from "./programs/model.ts";
import { RENAMED, RESPELLED, REVERSED } from "./programs/style.ts";
import { HAS_WEBGPU } from "./support/swiftshader.ts";

const PROGRAMS = Number(process.env["PROGRAMS"] ?? 200);
const SEED = Number(process.env["SEED"] ?? 20261128);
/** Milliseconds for all programs of a property, on a busy machine. */
const LIMIT = 600_000 + PROGRAMS * 3000;
/** One in so many also runs on SwiftShader, which compiles each of its shaders. */
const RARE = 20;

const numbers = fc.array(fc.nat({ max: 0xffff }), { minLength: 20, maxLength: 250, size: "max" });

function everyProgram(
  title: string,
  property: (program: RandomProgram) => void | Promise<void>,
  count = PROGRAMS,
): void {
  test(title, { timeout: LIMIT }, () =>
    fc.assert(
      fc.asyncProperty(numbers, async (list) => property(makeProgram(list))),
      { seed: SEED, numRuns: count, endOnFailure: process.env["SHRINK"] === undefined },
    ),
  );
}

describe(`each of ${PROGRAMS} random programs`, () => {
  everyProgram("has the gradient that central differences have, last states included", expectGradients);
  everyProgram("gives the same after every pass, unrolled, and in any order of its equations", (program) =>
    expectSamePrograms(program, REVERSED),
  );
  everyProgram("gives in a ragged batch what each example gives alone, gradients included", expectAlone);
  everyProgram("gives step by step what it gives as a whole", expectSteps);
  everyProgram("gives in a batch what it gives for each example", expectBatch);
  everyProgram("has the same loss in two chunks with its state carried", expectChunks);
  everyProgram("gives in two parts, the second from the state of the first, what it gives as a whole", expectParts);
  everyProgram("has weights that depend on no name", (program) => expectSameIn(program, RENAMED));
  everyProgram("gives with `lookup(M, k)` what it gives with `onehot(k) @ M`", (program) =>
    expectSameIn(program, RESPELLED),
  );
});

describe(`each of ${PROGRAMS} random programs gives what the reference gives, full and ragged`, async () => {
  const [wasm, cpu] = [await wasmTarget(), await tfjsTarget("cpu")];
  everyProgram("on wasm", (program) => expectOn(program, wasm, [false, true]));
  everyProgram("on tfjs-cpu", (program) => expectOn(program, cpu, [true]));
});

const FEW = Math.ceil(PROGRAMS / RARE);
describe.skipIf(!HAS_WEBGPU)(`each of ${FEW} random programs on tfjs-webgpu`, () => {
  everyProgram(
    "gives what the reference gives",
    async (program) => expectOn(program, await tfjsTarget("webgpu"), [true]),
    FEW,
  );
});
