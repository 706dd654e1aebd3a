// The target tfjs-webgpu, in Node by Dawn, without a GPU on SwiftShader: torch's values, every shipped cell and model, and no growth.
import { readFileSync, readdirSync } from "node:fs";
import * as tfjs from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { readGolden } from "../../src/module/golden.ts";
import { verify } from "../../src/module/verify.ts";
import type { Target } from "../../src/targets/target.ts";
import type { Tensor } from "../../src/targets/tfjs/device.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { compiled, expectNear } from "../library/models.ts";
import { SINE_ERROR, sineTask } from "../ops/composed.ts";
import { expectedOf, expectResults, FORWARD, GRADIENT, toleranceOf } from "../support/float32.ts";
import { shippedTask } from "../support/program-task.ts";
import { resultsOn, sizesOf, valuesFor } from "../support/run.ts";
import { CELLS, LAYOUTS, MODELS, requestFor, shippedNamed, shippedProgram } from "../support/specs.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";
import { lessonOf, train } from "../support/training.ts";

/** A pipeline is compiled for each kernel and kind of shape; on SwiftShader that is most of the time. */
const SLOW = 120_000;

const fixtures = readdirSync("test/fixtures").filter((name) => name.endsWith(".json"));
function growing(): readonly number[] {
  const { numTensors, numDataBuffers } = tfjs.memory();
  return [numTensors, numDataBuffers, tfjs.findBackend("webgpu").numDataIds()];
}

describe.skipIf(!HAS_WEBGPU)("tfjs-webgpu", () => {
  let webgpu: Target<Tensor>;
  beforeAll(async () => {
    webgpu = await tfjsTarget("webgpu");
  }, SLOW);

  describe(`every tensor of every golden file within ${FORWARD}, gradients ${GRADIENT}`, () => {
    test.each(fixtures)("%s", { timeout: SLOW }, async (file) => {
      const golden = readGolden(readFileSync(`test/fixtures/${file}`, "utf8"), file);
      const comparisons = await verify(shippedNamed(golden.cell), golden, webgpu);
      expect(comparisons.length).toBeGreaterThan(3);
      expect(comparisons.filter(({ name, error }) => !(error <= toleranceOf(name)))).toEqual([]);
    });
  });

  describe(`within ${FORWARD}, gradients ${GRADIENT}, of the reference`, () => {
    for (const [layout, options] of LAYOUTS) {
      for (const shipped of [...CELLS, ...MODELS]) {
        test(`${shipped.name}, ${layout}`, { timeout: SLOW }, async () => {
          const task = shippedTask(shipped, options);
          const { graph, inputs, sizes } = task;
          expectResults(await resultsOn(webgpu, graph, inputs, sizes), expectedOf(task));
        });
      }
    }
  });

  test(`sine and cosine within ${SINE_ERROR} on [-13000, 13000]`, async () => {
    const task = sineTask();
    const got = await resultsOn(webgpu, task.graph, task.inputs, task.sizes);
    expectResults(got, expectedOf(task), () => SINE_ERROR);
  });

  test("neither tensors nor the backend's values grow from run to run, nor over more lengths than are kept", async () => {
    const program = shippedProgram(shippedNamed("LSTM"), LAYOUTS[0][1]);
    const graph: Graph = lower(program.graph, requestFor(program, ["output"]));
    const executable = webgpu.compile(graph);
    const runOnce = async (T: number): Promise<void> => {
      const sizes = new Map([...sizesOf(graph), ["T", T] as const]);
      const given = [...valuesFor(graph, sizes)].map(
        ([name, { shape, data }]) => [name, webgpu.upload({ dtype: "float", shape, data })] as const,
      );
      const results = [...executable.run(new Map(given), sizes).values()];
      await Promise.all(results.map((tensor) => webgpu.download(tensor)));
      for (const tensor of [...results, ...given.map(([, each]) => each)]) webgpu.dispose(tensor);
    };
    for (let T = 1; T <= 8; T++) await runOnce(T);
    const before = growing();
    for (let T = 1; T <= 10; T++) await runOnce(T);
    for (const T of [1, 2, 3, 4, 5, 6, 7, 8]) await runOnce(T);
    expect(growing()).toEqual(before);
  });

  test("the demo's spec trains: the loss falls, and no update leaves anything behind", { timeout: SLOW }, async () => {
    const source = { name: "charlm.rec", text: readFileSync("specs/models/charlm.rec", "utf8") };
    const text = "the whale and the sea and the ship and the men ".repeat(40);
    const lesson = lessonOf(source, { E: 8, H: 16, layers: 1 }, { training: text, validation: text.slice(0, 30) });
    const losses: number[] = [];
    const counts: (readonly number[])[] = [];
    const onUpdate = (loss: number): void => {
      losses.push(loss);
      counts.push(growing());
    };
    await train(webgpu, lesson, { updates: 6, settings: { batch: 2, truncate: { k1: 4, k2: 4 } }, onUpdate });
    expect(losses).toHaveLength(6);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    expect(counts.at(-1)).toEqual(counts[2]);
  });

  test("a stream answers later, and says so when it is asked to answer at once", async () => {
    const [slow, quick] = await Promise.all(
      ["tfjs-webgpu", "tfjs-cpu"].map((target) => compiled('use GRU from "cells"', { target, set: { H: 4 } })),
    );
    const [one, other] = [slow?.start(), quick?.start()];
    if (one === undefined || other === undefined) return expect.fail("no stream");
    expect(() => one.step({ x: [1, 2] })).toThrow("tfjs-webgpu cannot answer at once: `await stream.stepLater(…)`");
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
