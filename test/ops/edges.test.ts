// Extremes on every target that runs in Node.
import { describe, expect, test } from "vitest";
import type { Target } from "../../src/targets/target.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { webgpuTarget } from "../../src/targets/tfjs/fused/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { resultsOn } from "../../src/gradcheck/run.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";
import { HAS_TENSORFLOW } from "../support/tensorflow.ts";
import { EDGE_GRADIENTS, edgesOn, edgeTask, expectEdge, type Edge } from "./edge-cases.ts";

type Check = (edge: Edge, by: number | null) => Promise<void>;

function checkOn<T>(target: Target<T>): Check {
  return async (edge, by) => {
    const { graph, inputs, sizes } = edgeTask(edge, by);
    expectEdge(await resultsOn(target, graph, inputs, sizes), edge, by);
  };
}

const targets: readonly (readonly [string, Check | null])[] = [
  ["reference", checkOn(referenceTarget())],
  ["wasm", checkOn(await wasmTarget())],
  ["tfjs-wasm", checkOn(await tfjsTarget("wasm"))],
  ["tfjs-cpu", checkOn(await tfjsTarget("cpu"))],
  ["tfjs-webgpu", HAS_WEBGPU ? checkOn(await webgpuTarget()) : null],
  ["tfjs-webgpu, not fused", HAS_WEBGPU ? checkOn(await tfjsTarget("webgpu")) : null],
  ["tfjs-tensorflow", HAS_TENSORFLOW ? checkOn(await tfjsTarget("tensorflow")) : null],
];

for (const [name, check] of targets) {
  describe.skipIf(check === null)(name, () => {
    const checked: Check = check ?? (() => expect.fail(`no ${name}`));
    for (const edge of edgesOn(name)) test(edge.title, () => checked(edge, null));
    for (const edge of EDGE_GRADIENTS) test(`gradient: ${edge.title}`, () => checked(edge, edge.by));
  });
}
