// Loops in slices on WebGPU, forced on: against the reference, at sizes that no slice divides; a wait that gives up; and the probe.
// Over SwiftShader where there is no GPU.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { explainLoops, loopLines } from "../../src/codegen/wgsl/explain-loops.ts";
import { planOf, WITHOUT_WAITING } from "../../src/codegen/wgsl/loop-plan.ts";
import { taskOverDevice } from "../../src/codegen/wgsl/over-device.ts";
import { matmul } from "../../src/codegen/wgsl/matmul.ts";
import { ANYWHERE } from "../../src/codegen/wgsl/print.ts";
import { dispatchesOf } from "../../src/codegen/wgsl/schedule.ts";
import type { SliceLimits } from "../../src/codegen/wgsl/slices.ts";
import { lower } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { fuse } from "../../src/kernel/fuse.ts";
import { record } from "../../src/kernel/record.ts";
import type { Sizes } from "../../src/shape/dim.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { openDevice } from "../../src/targets/tfjs/device.ts";
import { gpuOf, isWebgpu } from "../../src/targets/tfjs/fused/gpu.ts";
import { fastestLook, tryRing } from "../../src/targets/tfjs/fused/probe.ts";
import { slicingOn } from "../../src/targets/tfjs/fused/slicing.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import { lacksGpu } from "../../src/targets/tfjs/webgpu.ts";
import { expectClose } from "../ops/arrays.ts";
import { expectResults, GRADIENT } from "../support/float32.ts";
import { resultsOn } from "../../src/gradcheck/run.ts";
import { sizesOf, valuesFor } from "../support/run.ts";
import { completedRuns, hearWarnings, limitsFor, openWithManyThreads } from "../support/slices.ts";
import { FULL, programFrom, RAGGED, requestFor, shippedNamed, shippedProgram } from "../support/specs.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";
import { lessonOf, train } from "../support/training.ts";

const SLOW = 120_000;
const reference = referenceTarget();

function graphOf(name: string, options: typeof FULL): Graph {
  const program = shippedProgram(shippedNamed(name), options);
  return lower(program.graph, requestFor(program, ["output"]));
}

/** How each loop runs, its dispatches, and those that each of its tasks alone would be. */
function plansOf(graph: Graph, sizes: Sizes, limits: SliceLimits | null) {
  const context = { ...ANYWHERE, slices: limits };
  return fuse(record(graph, sizes, matmul).tasks).flatMap((loop) => {
    if (loop.kind !== "loop") return [];
    const plan = planOf(loop, limits);
    const alone = loop.body.flatMap((task) => (task.kind === "loop" ? [] : taskOverDevice(task, context))).length;
    const dispatches = dispatchesOf([[loop]], context).reduce(
      (sum, { times, shaders }) => sum + times * shaders.length,
      0,
    );
    return [{ schedule: plan.schedule, alone: loop.times * alone, dispatches }];
  });
}

describe.skipIf(!HAS_WEBGPU)("loops in slices", () => {
  beforeAll(openWithManyThreads, SLOW);

  /** Runs in several slices in which no wait gave up. On a busy machine each may, so that of a single cell none may be left. */
  let completed = 0;

  const told = hearWarnings();

  /** Runs twice without giving up, or as often as that happens on a busy machine: within the reference, and the same bits. */
  async function expectRight(graph: Graph, sizes: Sizes, limits: SliceLimits): Promise<void> {
    const inputs = valuesFor(graph, sizes);
    const expected = await resultsOn(reference, graph, inputs, sizes);
    const runs = await completedRuns(
      told,
      { wanted: 2, attempts: 12 },
      async () => resultsOn(await webgpuTarget({ slices: limits }), graph, inputs, sizes),
      (results) => expectResults(results, expected),
    );
    if (limits.slices === 1 || limits.waits === false) expect(runs).toHaveLength(2);
    else completed += runs.length;
    if (runs[1] !== undefined) expect(runs[1]).toEqual(runs[0]);
  }

  // Units that slices do not divide; groups of more examples than a product takes at once.
  test.each([
    ["LSTM", FULL, 1, 150],
    ["LSTM", RAGGED, 3, 21],
    ["GRU", RAGGED, 2, 21],
    ["LEM", FULL, 2, 21],
  ] as const)("%s, %o, %i slices, %i examples", { timeout: SLOW }, async (name, options, slices, B) => {
    const graph = graphOf(name, options);
    const sizes = sizesOf(graph, { B, H: 9, I: 3, T: 6 });
    expect(explainLoops(graph, sizes).every((loop) => loop.onLargeGpu?.schedule === "in slices")).toBe(true);
    await expectRight(graph, sizes, limitsFor(slices));
  });

  // Sums and maxima over units are exchanges; what they give is there in each slice, from turn to turn as well. So is a product whose
  // result is a number for each example. A maximum is exact, and the
  // state that is sent stays as it is: the gradient compares the two.
  const REDUCING = `cell Reducing(H) {
  input x
  state h: [H]
  state u: [1]
  s = softmax(linear(x, h[t-1], out = H))
  m = max(h[t-1]) - mean(s)
  u = tanh(linear(s, out = 1) + 0.5 * u[t-1])
  h = tanh(logsoftmax(h[t-1]) * m + s * u[0])
}`;
  test.each([
    [FULL, 2, "in slices"],
    [RAGGED, 3, "by steps"],
  ] as const)("reductions over units, %o, %i slices, %s", { timeout: SLOW }, async (options, slices, schedule) => {
    const program = programFrom(REDUCING, options);
    const graph = lower(program.graph, requestFor(program, ["output"]));
    const limits = limitsFor(slices, { waits: schedule === "in slices" });
    const sizes = sizesOf(graph, { B: 19, H: 7, I: 3, T: 5 });
    const plans = plansOf(graph, sizes, limits);
    expect(plans.map((plan) => plan.schedule)).toEqual([schedule, schedule]);
    await expectRight(graph, sizes, limits);
  });

  // Too many weights for one workgroup to read at each step: by steps, and several tasks in one dispatch.
  test.each([
    ["LSTM", 360, { before: 2, after: 1 }],
    ["LayerNormLSTM", 768, { before: 15, after: 5 }],
  ] as const)("%s with %i units by steps: dispatches of a step, %o", (name, H, { before, after }) => {
    const graph = graphOf(name, FULL);
    const [forward] = plansOf(graph, sizesOf(graph, { B: 16, H, I: 8, T: 9 }), null);
    expect(forward).toEqual({ schedule: "by steps", alone: 9 * before, dispatches: 10 * after });
  });

  // Where workgroups cannot wait for each other, one slice that holds all weights is still faster than to read them at each step.
  test.each([
    [64, "in slices"],
    [256, "by steps"],
  ] as const)("an LSTM with %i units where no workgroup may wait: %s", (H, schedule) => {
    const graph = graphOf("LSTM", FULL);
    const plans = plansOf(graph, sizesOf(graph, { B: 16, H, I: 8, T: 9 }), WITHOUT_WAITING);
    expect(plans.map((plan) => plan.schedule)).toEqual([schedule, schedule]);
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
    const usual = await resultsOn(await webgpuTarget({ slices: WITHOUT_WAITING }), graph, inputs, sizes);
    for (let run = 0; run < 3; run++) expectResults(await resultsOn(target, graph, inputs, sizes), expected);
    await vi.waitFor(() => expect(told.sentences).toHaveLength(1));
    expect(told.sentences[0]).toMatch(/waited for each other in vain/);
    // Now no workgroup waits, bit by bit.
    expect(await resultsOn(target, graph, inputs, sizes)).toEqual(usual);
    expect(told.sentences).toHaveLength(1);
  });

  // Waits that give up at the first word, and at any later one: in the middle of the loop over time or of the gradient's.
  test.each([0, 2, 20, 200])(
    "after %i looks: no value is lost, forward and backward",
    { timeout: SLOW },
    async (looks) => {
      const graph = graphOf("GRU", RAGGED);
      const sizes = sizesOf(graph, { B: 5, H: 8, I: 3, T: 12 });
      const inputs = valuesFor(graph, sizes);
      const expected = await resultsOn(reference, graph, inputs, sizes);
      const target = await webgpuTarget({ slices: limitsFor(4, { looks }) });
      for (let run = 0; run < 3; run++) expectResults(await resultsOn(target, graph, inputs, sizes), expected);
      expect(told.sentences.length).toBeLessThanOrEqual(1);
    },
  );

  test("updates of training in which waits give up are those of the reference", { timeout: SLOW }, async () => {
    const source = { name: "charlm.rec", text: readFileSync("specs/models/charlm.rec", "utf8") };
    const text = "the whale and the sea and the ship ".repeat(20);
    const lesson = lessonOf(source, { E: 4, H: 8, layers: 2 }, { training: text, validation: text.slice(0, 30) });
    const plan = { updates: 4, settings: { batch: 2, truncate: { k1: 6, k2: 6 } } };
    const expected = await train(reference, lesson, plan);
    const target = await webgpuTarget({ slices: limitsFor(4, { looks: 0 }) });
    const trained = await train(target, lesson, plan);
    expect(told.sentences).toHaveLength(1);
    expect(trained.weights.size).toBeGreaterThan(4);
    for (const [name, { data }] of expected.weights)
      expectClose(trained.weights.get(name)?.data ?? [], data, GRADIENT, name);
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

  test("each loop is told with its slices, groups, exchanges, bytes of weights and predicted time", () => {
    const graph = graphOf("LSTM", FULL);
    const [anywhere, onLarge, ...others] = loopLines(
      explainLoops(graph, sizesOf(graph, { B: 64, H: 256, I: 8, T: 8 })),
    );
    const cut = "8 x 16 workgroups, slices of 32 units for groups of 4 examples, 1";
    expect(anywhere).toBe(`  by steps: ${cut} dispatch a step, 131 kB of weights a slice; some 8 µs a step`);
    expect(onLarge).toMatch(
      `in slices: ${cut} exchange a step, 131 kB of weights a slice in registers; some 2.2 µs a step`,
    );
    expect(others.at(-1)).toMatch("(H200, 2026-11-27): 2 µs a dispatch and 8 of the host, 0.7 µs an exchange");
    const [small] = explainLoops(graph, sizesOf(graph, { B: 16, H: 64, I: 8, T: 8 }));
    expect(small).toMatchObject({ schedule: "by examples", cut: null });
    expect(small?.onLargeGpu?.cut).toEqual({ slices: 1, groups: 16, exchanges: 0, weightBytes: 65_536 });
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

  // Milliseconds of a turn; infinite if a word was wrong, or a wait gave up.
  test.each([
    [2, 1, 3, "atomicLoad"],
    [2, 1.5, 1, "atomicOr"],
    [2, Infinity, 1, "atomicOr"],
    [2, 1, Infinity, "atomicLoad"],
    [2, 3, 2.5, null],
    [2, Infinity, Infinity, null],
  ] as const)("a dispatch of %d, turns of %d and %d: %s", async (dispatch, load, or, look) => {
    expect(await fastestLook(dispatch, (each) => Promise.resolve(each === "atomicLoad" ? load : or))).toBe(look);
  });

  test("slices are not used on a CPU's WebGPU, nor where they are switched off", async () => {
    const { backend } = await openDevice("webgpu");
    const gpu = isWebgpu(backend) ? gpuOf(backend) : expect.fail("no WebGPU");
    if ((await lacksGpu()) !== null) expect((await slicingOn(gpu, "auto")).limits).toBeNull();
    expect((await slicingOn(gpu, "off")).limits).toBeNull();
  });
});
