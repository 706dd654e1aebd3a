// The format `tfjs`: every shipped spec and every wiring, as a module, computes what the reference does, with all gradients.
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../src/compile.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { use } from "../support/tfjs.ts";
import { CELLS, MODELS } from "../support/specs.ts";
import { caseOf, HOSTILE, type Subject } from "./python-cases.ts";
import { expectCase, expectSteps, formsOf, FORWARD, GRADIENT, loaded, newFolder, resized } from "./tfjs-cases.ts";

function wirings(): readonly Subject[] {
  return ["test/wirings", "test/cells"].flatMap((folder) =>
    readdirSync(folder)
      .sort()
      .map((file) => {
        const scope = open({ name: file, text: readFileSync(join(folder, file), "utf8") }, loadFromDisk);
        const definition = [...scope.definitions.values()].find((each) => each.scope === scope);
        return {
          name: file,
          definition: definition ?? expect.fail("no definition"),
          layout: "rows" as const,
          isShipped: false,
        };
      }),
  );
}

function hostile(): Subject {
  const { definitions } = open({ name: "hostile.rec", text: HOSTILE }, loadFromDisk);
  const definition = definitions.get("lambda") ?? expect.fail("no definition");
  return { name: "hostile names", definition, layout: "rows", isShipped: false };
}

const SUBJECTS: readonly Subject[] = [
  ...[...CELLS, ...MODELS].map((each) => ({ ...each, layout: "rows" as const, isShipped: true })),
  ...MODELS.filter(({ name }) => name === "CharLM").map((each) => ({
    ...each,
    name: "CharLM of a text",
    layout: "text" as const,
    isShipped: true,
  })),
  ...wirings(),
  hostile(),
];

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(["cpu", "wasm"] as const)("%s", (backend) => {
  beforeAll(() => use(backend));

  describe(`outputs within ${FORWARD} of the reference, gradients within ${GRADIENT}, and no tensor is left`, () => {
    test.each(SUBJECTS.map((each) => [each.name, each] as const))("%s", async (name, subject) => {
      const before = tf.memory().numTensors;
      const each = caseOf("model", subject);
      const model = await loaded(join(folder, name.replaceAll(" ", "-")), each.request);
      for (const [form, value] of formsOf(each, subject.layout)) {
        await expectCase(model, each, value, form);
        await expectCase(model, resized(each, subject), value, `${form}, of other sizes`);
      }
      expectSteps(model, each);
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});
