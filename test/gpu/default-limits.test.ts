// Fused programs on a device with WebGPU's default limits, in Node by Dawn: forward, gradients and updates as on the reference.
import * as tfjs from "@tensorflow/tfjs";
import { globals } from "webgpu";
import { beforeAll, describe, expect, test } from "vitest";
import { isWebgpu } from "../../src/targets/tfjs/fused/gpu.ts";
import { targetNamed } from "../../src/targets/registry.ts";
import { outputs } from "../browser/program.ts";
import { ASK_FOR_DEFAULTS, DEFAULT_LIMITS, limitsOf } from "../support/default-limits.ts";
import { expectedOf, expectResults } from "../support/float32.ts";
import { resultsOn } from "../support/run.ts";
import { largeTask } from "../support/large-task.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";

const SLOW = 120_000;

describe.skipIf(!HAS_WEBGPU)("on a device with WebGPU's default limits", { timeout: SLOW }, () => {
  beforeAll(() => {
    Object.assign(globalThis, globals);
    new Function(ASK_FOR_DEFAULTS)();
  });

  test("an LSTM with large tiles, and sums in parts: values and gradients", async () => {
    const task = largeTask();
    const results = await targetNamed("tfjs-webgpu").open((target) =>
      resultsOn(target, task.graph, task.inputs, task.sizes),
    );
    expectResults(results, expectedOf(task));
    const backend = tfjs.findBackend("webgpu");
    expect(isWebgpu(backend) && limitsOf(backend.device)).toEqual(DEFAULT_LIMITS);
  });

  // More columns than the 256 invocations of a workgroup.
  test("updates as on wasm", async () => {
    const settings = { B: 2, T: 2, H: 90 };
    const [trained, expected] = [
      await outputs({ ...settings, target: "tfjs-webgpu" }),
      await outputs({ ...settings, target: "wasm" }),
    ];
    trained.losses.forEach((loss, index) => expect(loss).toBeCloseTo(expected.losses[index] ?? NaN, 5));
    trained.run.forEach((value, index) => expect(value).toBeCloseTo(expected.run[index] ?? NaN, 5));
  });
});
