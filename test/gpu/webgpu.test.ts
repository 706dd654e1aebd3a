// The target tfjs-webgpu, in Node by Dawn, without a GPU on SwiftShader.
import { describe, expect, test } from "vitest";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { heldOnGpu } from "../support/gpu-values.ts";
import { compiled, expectNear } from "../library/models.ts";
import { FORWARD } from "../support/float32.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";
import { describeBackend } from "../support/tfjs-backend.ts";

/** A pipeline is compiled for each kernel and kind of shape; on SwiftShader that is most of the time. */
const SLOW = 120_000;

describe.skipIf(!HAS_WEBGPU)("tfjs-webgpu", () => {
  describe("fused", () => describeBackend("webgpu", SLOW, () => webgpuTarget(), heldOnGpu));
  describe("not fused", () => describeBackend("webgpu", SLOW, () => tfjsTarget("webgpu")));

  test("a stream returns a promise, and a synchronous step is an error that says so", async () => {
    const [slow, quick] = await Promise.all(
      ["tfjs-webgpu", "tfjs-cpu"].map((target) => compiled('use GRU from "cells"', { target, set: { H: 4 } })),
    );
    const [one, other] = [slow?.start(), quick?.start()];
    if (one === undefined || other === undefined) return expect.fail("no stream");
    expect(() => one.step({ x: [1, 2] })).toThrow(
      "tfjs-webgpu cannot return results at once: `await stream.stepLater(…)`",
    );
    for (const x of [
      [1, 2],
      [3, 4],
    ]) {
      const expected = other.step({ x });
      for (const [name, array] of Object.entries(await one.stepLater({ x })))
        expectNear(array, expected[name], FORWARD);
    }
    return one.dispose();
  });
});
