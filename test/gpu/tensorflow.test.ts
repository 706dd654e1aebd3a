// The target tfjs-tensorflow: the kernels of TensorFlow in C++, where scripts/setup-tensorflow.sh has put its package.
import * as tfjs from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { compiled, expectNear } from "../library/models.ts";
import { FORWARD } from "../support/float32.ts";
import { HAS_TENSORFLOW } from "../support/tensorflow.ts";
import { describeBackend } from "../support/tfjs-backend.ts";

describe.skipIf(!HAS_TENSORFLOW)("tfjs-tensorflow", () => {
  describeBackend("tensorflow", 60_000, () => tfjsTarget("tensorflow"));

  test("a stream returns synchronously", async () => {
    const [one, other] = await Promise.all(
      ["tfjs-tensorflow", "tfjs-cpu"].map((target) => compiled('use GRU from "cells"', { target, set: { H: 4 } })),
    );
    const streams = [one?.start(), other?.start()] as const;
    for (const x of [
      [1, 2],
      [3, 4],
    ]) {
      const [got, expected] = streams.map((stream) => stream?.step({ x }));
      if (got === undefined || expected === undefined) return expect.fail("no step");
      expect(Object.keys(got)).toEqual(Object.keys(expected));
      for (const [name, array] of Object.entries(got)) expectNear(array, expected[name], FORWARD);
    }
    return streams.forEach((stream) => stream?.dispose());
  });

  test("it runs with any current backend of tfjs, and tensors of the program are not moved", async () => {
    const answers: (readonly number[])[] = [];
    for (const current of ["cpu", "tensorflow"]) {
      await tfjs.setBackend(current);
      const [own, zeros] = [tfjs.tensor1d([1, 2, 3]), tfjs.zeros([2])];
      const model = await compiled('use GRU from "cells"', { target: "tfjs-tensorflow", set: { H: 2 } });
      const { output } = await model.run({ x: [[0.1, 0.2], [0.3, 0.4]] }); // prettier-ignore
      answers.push(Array.from(output?.data ?? []));
      expect(tfjs.getBackend()).toBe(current);
      expect(Array.from(own.pow(2).add(1).dataSync())).toEqual([2, 5, 10]);
      tfjs.dispose([own, zeros]);
      model.dispose();
    }
    expect(answers[0]).toHaveLength(4);
    expect(answers[1]).toEqual(answers[0]);
  });
});
