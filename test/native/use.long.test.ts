// The target native in use: training as on wasm, streams, several lengths, resumed runs, and nothing that is left behind.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { nativeTarget } from "../../src/targets/native/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { compiled, expectNear } from "../library/models.ts";
import { FORWARD } from "../support/float32.ts";
import { HAS_NATIVE } from "../support/native.ts";
import { sizesOf, valuesFor } from "../support/run.ts";
import { LAYOUTS, requestFor, shippedNamed, shippedProgram } from "../support/specs.ts";
import { lessonOf, train } from "../support/training.ts";

describe.skipIf(!HAS_NATIVE)("native", () => {
  test("the demo's spec trains as on wasm, with one and two threads, and no update leaves anything behind", async () => {
    const source = { name: "charlm.rec", text: readFileSync("specs/models/charlm.rec", "utf8") };
    const text = "the whale and the sea and the ship and the men ".repeat(40);
    const lesson = lessonOf(source, { E: 8, H: 16, layers: 1 }, { training: text, validation: text.slice(0, 30) });
    const settings = { batch: 2, truncate: { k1: 4, k2: 4 } };
    const ways = [await nativeTarget({ threads: 1 }), await nativeTarget({ threads: 2, sharedFrom: 0 })];
    const losses: number[][] = [];
    for (const target of ways) {
      const own: number[] = [];
      const used: number[] = [];
      await train(target, lesson, {
        updates: 150,
        settings,
        onUpdate: (loss) => {
          own.push(loss);
          used.push(target.used());
        },
      });
      expect(used.at(-1)).toBe(used[20]);
      losses.push(own);
    }
    const expected: number[] = [];
    await train(await wasmTarget(), lesson, { updates: 150, settings, onUpdate: (loss) => expected.push(loss) });
    const [alone = [], shared = []] = losses;
    expect(shared).toEqual(alone);
    expected.forEach((loss, index) => expect(Math.abs((alone[index] ?? NaN) - loss)).toBeLessThan(1e-3));
  });

  test("a stream gives step by step what the whole gives", async () => {
    const model = await compiled('use LSTM from "cells"', { target: "native", set: { H: 5 } });
    const x = Array.from({ length: 40 }, (_, t) => [Math.sin(t), Math.cos(3 * t), t / 40]);
    const { output } = await model.run({ x });
    const stream = model.start();
    x.forEach((row, t) => {
      const step = stream.step({ x: row });
      const own = output?.data.subarray(5 * t, 5 * t + 5) ?? [];
      expectNear(step["output"], { shape: [5], data: Float32Array.from(own) }, FORWARD);
    });
    stream.dispose();
    model.dispose();
  });

  test("nothing is left behind from run to run, nor over more lengths than are kept", async () => {
    const target = await nativeTarget({ threads: 1 });
    const program = shippedProgram(shippedNamed("LSTM"), LAYOUTS[0][1]);
    const graph = lower(program.graph, requestFor(program, ["output"]));
    const executable = target.compile(graph);
    const runOnce = (T: number): void => {
      const sizes = new Map([...sizesOf(graph), ["T", T] as const]);
      const given = [...valuesFor(graph, sizes)].map(
        ([name, { shape, data }]) => [name, target.upload({ dtype: "float", shape, data })] as const,
      );
      executable.run(new Map(given), sizes).forEach((tensor) => target.dispose(tensor));
      given.forEach(([, tensor]) => target.dispose(tensor));
    };
    for (let T = 0; T < 130; T++) runOnce(T);
    const before = target.used();
    for (let round = 0; round < 100; round++) for (let T = 66; T < 130; T++) runOnce(T);
    expect(target.used()).toBe(before);
  });
});
