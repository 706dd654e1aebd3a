// Tests for each backend of tfjs whose memory the host cannot see: torch's values, every shipped cell and model, and no growth.
import { readFileSync, readdirSync } from "node:fs";
import * as tfjs from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { readCellGolden } from "./golden.ts";
import { verify } from "../../src/golden/verify.ts";
import type { Target } from "../../src/targets/target.ts";
import { SINE_ERROR, sineTask } from "../ops/composed.ts";
import { expectedOf, expectResults, FORWARD, GRADIENT, toleranceOf } from "./float32.ts";
import { shippedTask } from "./program-task.ts";
import { resultsOn, sizesOf, valuesFor } from "./run.ts";
import { CELLS, LAYOUTS, MODELS, requestFor, shippedNamed, shippedProgram } from "./specs.ts";
import { lessonOf, train } from "./training.ts";

const fixtures = readdirSync("test/fixtures").filter((name) => name.endsWith(".json"));
/** Values that the add-on of TensorFlow holds, which JavaScript's garbage collection does not free. */
function handlesOf(backend: tfjs.KernelBackend): number {
  const { binding }: { readonly binding?: { readonly getNumOfTensors?: () => number } } = Object(backend);
  return binding?.getNumOfTensors?.() ?? 0;
}

/** Tests of one target on a backend, each with so many milliseconds. `held` counts what else must not grow. */
export function describeBackend<T>(
  backend: "webgpu" | "tensorflow",
  timeout: number,
  open: () => Promise<Target<T>>,
  held: () => readonly number[] = () => [],
): void {
  let target: Target<T>;
  beforeAll(async () => {
    target = await open();
  }, timeout);

  const growing = (): readonly number[] => {
    const { numTensors, numDataBuffers } = tfjs.memory();
    const found = tfjs.findBackend(backend);
    return [numTensors, numDataBuffers, found.numDataIds(), handlesOf(found), ...held()];
  };

  describe(`every tensor of every golden file within ${FORWARD}, gradients ${GRADIENT}`, () => {
    test.each(fixtures)("%s", { timeout }, async (file) => {
      const golden = readCellGolden(readFileSync(`test/fixtures/${file}`, "utf8"), file);
      const comparisons = await verify(shippedNamed(golden.cell), golden, target);
      expect(comparisons.length).toBeGreaterThan(3);
      expect(comparisons.filter(({ name, error }) => !(error <= toleranceOf(name)))).toEqual([]);
    });
  });

  describe(`within ${FORWARD}, gradients ${GRADIENT}, of the reference`, () => {
    for (const [layout, program] of LAYOUTS) {
      for (const shipped of [...CELLS, ...MODELS]) {
        test(`${shipped.name}, ${layout}`, { timeout }, async () => {
          const task = shippedTask(shipped, program);
          expectResults(await resultsOn(target, task.graph, task.inputs, task.sizes), expectedOf(task));
        });
      }
    }
  });

  test(`sine and cosine within ${SINE_ERROR} on [-13000, 13000]`, async () => {
    const task = sineTask();
    const got = await resultsOn(target, task.graph, task.inputs, task.sizes);
    expectResults(got, expectedOf(task), () => SINE_ERROR);
  });

  test("neither tensors nor the backend's values grow from run to run, over lengths that were met", async () => {
    const program = shippedProgram(shippedNamed("LSTM"), LAYOUTS[0][1]);
    const graph: Graph = lower(program.graph, requestFor(program, ["output"]));
    const executable = target.compile(graph);
    const runOnce = async (T: number): Promise<void> => {
      const sizes = new Map([...sizesOf(graph), ["T", T] as const]);
      const given = [...valuesFor(graph, sizes)].map(
        ([name, { shape, data }]) => [name, target.upload({ dtype: "float", shape, data })] as const,
      );
      const results = [...executable.run(new Map(given), sizes).values()];
      await Promise.all(results.map((tensor) => target.download(tensor)));
      for (const tensor of [...results, ...given.map(([, each]) => each)]) target.dispose(tensor);
    };
    // What was made for a length is kept, as long as all of it is small.
    for (let T = 1; T <= 10; T++) await runOnce(T);
    const before = growing();
    for (let T = 1; T <= 10; T++) await runOnce(T);
    expect(growing()).toEqual(before);
  });

  test("the demo's spec trains: the loss falls, and no update leaves anything behind", { timeout }, async () => {
    const source = { name: "charlm.rec", text: readFileSync("specs/models/charlm.rec", "utf8") };
    const text = "the whale and the sea and the ship and the men ".repeat(40);
    const lesson = lessonOf(source, { E: 8, H: 16, layers: 1 }, { training: text, validation: text.slice(0, 30) });
    const losses: number[] = [];
    const counts: (readonly number[])[] = [];
    const onUpdate = (loss: number): void => {
      losses.push(loss);
      counts.push(growing());
    };
    await train(target, lesson, { updates: 6, settings: { batch: 2, truncate: { k1: 4, k2: 4 } }, onUpdate });
    expect(losses).toHaveLength(6);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    expect(counts.at(-1)).toEqual(counts[2]);
  });
}
