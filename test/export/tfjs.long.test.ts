// The format `tfjs`: every shipped spec and every wiring, as a module, computes what the reference does, with all gradients.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportTfjs } from "../../src/export/tfjs/export.ts";
import { use } from "../support/tfjs.ts";
import { shippedNamed } from "../support/specs.ts";
import { caseOf } from "./python-cases.ts";
import { formsOf, FORWARD, GRADIENT, ORDINARY, subjects } from "./subjects.ts";
import { expectCase, expectSteps, loaded, newFolder, resized } from "./tfjs-cases.ts";

const SUBJECTS = subjects();

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(["cpu", "wasm"] as const)("%s", (backend) => {
  beforeAll(() => use(backend));

  describe(`outputs within ${FORWARD} of the reference, gradients within ${GRADIENT}, and no tensor is left`, () => {
    const own = SUBJECTS.filter(({ name }) => backend === "wasm" || !ORDINARY.has(name));
    test.each(own.map((each) => [each.name, each] as const))("%s", async (name, subject) => {
      const before = tf.memory().numTensors;
      const each = caseOf("model", subject);
      const model = await loaded(join(folder, name.replaceAll(" ", "-")), each.request);
      for (const [form, value] of formsOf(subject, each.program.states.length > 0)) {
        await expectCase(model, each, value, form);
        await expectCase(model, resized(each, subject), value, `${form}, of other sizes`);
      }
      await expectSteps(model, each);
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});

/** What a user of the types may write, and may not. */
const TYPED = `import * as tf from "@tensorflow/tfjs";
import { load } from "./lstm.mjs";

const model = await load();
const first = model.run({ x: tf.zeros([2, 3, 2]) }, { lengths: { x: [3, 1] } });
const next = model.run({ x: tf.zeros([2, 3, 2]) }, { state: first });
const step = model.step({ x: tf.zeros([2, 2]) }, null);
model.step({ x: tf.zeros([2, 2]) }, step);
const shapes: number[][] = [next.output.shape, next["state.h"].shape, model.variables()["f.x"].shape];
console.log(shapes);
// @ts-expect-error there is no such input
model.run({ y: tf.zeros([2, 3, 2]) });
// @ts-expect-error there is no such weight
model.variables()["nothing"];
// @ts-expect-error nothing is predicted
model.loss({});
`;

test("the types have the names of the model, and are right with strict TypeScript", { timeout: 60_000 }, async () => {
  const { request } = caseOf("lstm", { definition: shippedNamed("LSTM"), layout: "rows", isShipped: true });
  for (const { name, content } of await exportTfjs(request)) writeFileSync(join(folder, name), content);
  const path = join(folder, "use.mts");
  writeFileSync(path, TYPED);
  const program = ts.createProgram([path], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  });
  const messages = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
  expect(messages).toEqual([]);
});
