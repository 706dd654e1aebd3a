// Loops in slices on WebGPU, forced on: against the reference, at sizes that no slice divides; a wait that gives up; and the probe.
// Over SwiftShader where there is no GPU.
import { beforeAll, describe, expect, test, vi } from "vitest";
import { explainLoops } from "../../src/codegen/wgsl/explain-loops.ts";
import { lower } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { openDevice } from "../../src/targets/tfjs/device.ts";
import { gpuOf, isWebgpu } from "../../src/targets/tfjs/fused/gpu.ts";
import { tryRing } from "../../src/targets/tfjs/fused/probe.ts";
import { slicingOn } from "../../src/targets/tfjs/fused/slicing.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import { lacksGpu } from "../../src/targets/tfjs/webgpu.ts";
import { expectResults } from "../support/float32.ts";
import { resultsOn } from "../support/results.ts";
import { sizesOf, valuesFor } from "../support/run.ts";
import { completedRuns, hearWarnings, limitsFor, openWithManyThreads } from "../support/slices.ts";
import { FULL, RAGGED, requestFor, shippedNamed, shippedProgram } from "../support/specs.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";

const SLOW = 120_000;
const reference = referenceTarget();

function graphOf(name: string, options: typeof FULL): Graph {
  const program = shippedProgram(shippedNamed(name), options);
  return lower(program.graph, requestFor(program, ["output"]));
}

describe.skipIf(!HAS_WEBGPU)("loops in slices", () => {
  beforeAll(openWithManyThreads, SLOW);

  /** Runs in several slices in which no wait gave up. On a busy machine each may, so that of a single cell none may be left. */
  let completed = 0;

  const told = hearWarnings();

  // Units that slices do not divide; groups of more examples than a product takes at once.
  test.each([
    ["LSTM", FULL, 1],
    ["GRU", RAGGED, 1],
    ["LSTM", RAGGED, 3],
    ["GRU", RAGGED, 2],
    ["LEM", FULL, 2],
  ] as const)("%s, %o, %i slices", { timeout: SLOW }, async (name, options, slices) => {
    const graph = graphOf(name, options);
    const sizes = sizesOf(graph, { B: 21, H: 9, I: 3, T: 6 });
    const inputs = valuesFor(graph, sizes);
    const expected = await resultsOn(reference, graph, inputs, sizes);
    expect(explainLoops(graph, sizes).every((loop) => loop.onLargeGpu?.schedule === "in slices")).toBe(true);
    const runs = await completedRuns(
      told,
      { wanted: 2, attempts: 12 },
      async () => resultsOn(await webgpuTarget({ slices: limitsFor(slices) }), graph, inputs, sizes),
      (results) => expectResults(results, expected),
    );
    if (slices > 1) completed += runs.length;
    else expect(runs).toHaveLength(2);
    if (runs[1] !== undefined) expect(runs[1]).toEqual(runs[0]);
  });

  test("runs in several slices came to their end without giving up", () => {
    expect(completed).toBeGreaterThan(0);
  });

  test("a wait that gives up loses no value, is told once, and is the last", { timeout: SLOW }, async () => {
    const graph = graphOf("LSTM", FULL);
    const sizes = sizesOf(graph, { B: 3, H: 8, I: 3, T: 20 });
    const inputs = valuesFor(graph, sizes);
    const expected = await resultsOn(reference, graph, inputs, sizes);
    const target = await webgpuTarget({ slices: limitsFor(4, { looks: 0 }) });
    const usual = await resultsOn(await webgpuTarget({ slices: "off" }), graph, inputs, sizes);
    for (let run = 0; run < 3; run++) expectResults(await resultsOn(target, graph, inputs, sizes), expected);
    await vi.waitFor(() => expect(told.sentences).toHaveLength(1));
    expect(told.sentences[0]).toMatch(/waited for each other in vain/);
    // Now it is the usual schedule, bit by bit.
    expect(await resultsOn(target, graph, inputs, sizes)).toEqual(usual);
    expect(told.sentences).toHaveLength(1);
  });

  // The fewest slices that hold the weights in registers. A layer norm is two sums over units, each an exchange.
  test.each([
    ["LSTM", 256, /^8 x 16 workgroups, slices of 32 units for groups of 4 examples, 1 exchange a step/],
    ["LSTM", 1024, /^128 x 1 workgroups/],
    ["LEM", 256, /2 exchanges a step/],
    ["LayerNormLSTM", 256, /^8 x 16 workgroups.* 5 exchanges a step/],
  ] as const)("%s with %i units is planned in slices", (name, H, expected) => {
    const graph = graphOf(name, FULL);
    for (const { onLargeGpu } of explainLoops(graph, sizesOf(graph, { B: 64, H, I: H, T: 8 })))
      expect(onLargeGpu?.why).toMatch(expected);
  });

  test("the probe's exchange is right for one workgroup, and not for more than can run at once", async () => {
    const { backend } = await openDevice("webgpu");
    const gpu = isWebgpu(backend) ? gpuOf(backend) : expect.fail("no WebGPU");
    for (const look of ["atomicLoad", "atomicOr"] as const)
      expect(await tryRing(gpu, { slices: 1, turns: 8, look })).toMatchObject({ isRight: true });
    expect(await tryRing(gpu, { slices: 20, turns: 1, look: "atomicLoad", looks: 10 })).toMatchObject({
      isRight: false,
    });
  });

  test("slices are not used on a CPU's WebGPU, nor where they are switched off", async () => {
    const { backend } = await openDevice("webgpu");
    const gpu = isWebgpu(backend) ? gpuOf(backend) : expect.fail("no WebGPU");
    if ((await lacksGpu()) !== null) expect((await slicingOn(gpu, "auto")).limits).toBeNull();
    expect((await slicingOn(gpu, "off")).limits).toBeNull();
  });
});
