// The format `tfjs` on the backend webgpu, in Node by Dawn, without a GPU on SwiftShader. Pages: test/browser/tfjs-module.test.ts.
import { rmSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HAS_WEBGPU } from "../support/swiftshader.ts";
import { use } from "../support/tfjs.ts";
import { caseOf } from "../export/python-cases.ts";
import { formsOf, FORMS, FORWARD, GRADIENT, subjects } from "../export/subjects.ts";
import { CALLS, cornerCase } from "../export/tfjs-corners.ts";
import { expectCase, expectSteps, loaded, newFolder, resized } from "../export/tfjs-cases.ts";

/** Attention, integers as results, order, sums of several losses; each in its last form, with lengths and states. */
const NAMES = ["GRU", "AttentionDecoder", "Viterbi", "along-axes.rec", "order.rec", "several-predictions.rec"];

/** A pipeline is compiled for each kernel and kind of shape; on SwiftShader that is most of the time. */
const SLOW = 120_000;

describe.skipIf(!HAS_WEBGPU)("webgpu", { timeout: SLOW }, () => {
  const folder = newFolder();
  beforeAll(() => use("webgpu"), SLOW);
  afterAll(() => rmSync(folder, { recursive: true }));

  describe(`outputs within ${FORWARD} of the reference, gradients within ${GRADIENT}, steps as the whole, no tensor left`, () => {
    test.each(NAMES)("%s", async (name) => {
      const subject = subjects().find((each) => each.name === name) ?? expect.fail("no subject");
      const each = caseOf("model", subject);
      const model = await loaded(join(folder, name), each.request);
      const [form, value] = formsOf(subject, each.program.states.length > 0).at(-1) ?? expect.fail("no form");
      await expectCase(model, each, value, form);
      await expectCase(model, resized(each, subject), value, `${form}, of other sizes`);
      await expectSteps(model, each);
      model.dispose();
    });

    test("every function at corners, ties and zeros", async () => {
      const each = cornerCase();
      const model = await loaded(join(folder, "corners"), each.request);
      await expectCase(model, each, FORMS["full"] ?? expect.fail("no form"), CALLS.join(", "));
      model.dispose();
    });
  });

  /** tfjs keeps the integers of `tf.cast(x, "float32")` as they are on webgpu, and then transposes them into zeros. */
  test("an input that was cast from integers is as one of float32", async () => {
    const { request } = caseOf("gru", subjects().find(({ name }) => name === "GRU") ?? expect.fail("no GRU"));
    const model = await loaded(join(folder, "cast"), request);
    const ids = tf.tensor([0, 1, 1, 0, 1, 0], [2, 3], "int32");
    const cast = tf.cast(tf.oneHot(ids, 2), "float32");
    const plain = tf.tensor([1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0], [2, 3, 2]);
    const [a, b] = [model.run({ x: cast }), model.run({ x: plain })];
    expect(await a["output"]?.data()).toEqual(await b["output"]?.data());
    expect(new Set(await a["output"]?.data()).size).toBeGreaterThan(6);
    tf.dispose([ids, cast, plain, a, b]);
    model.dispose();
  });
});
