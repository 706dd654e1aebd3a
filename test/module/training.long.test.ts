// Every shipped model and wiring is trained by its compiled module as by the library: full batches of any size, and ragged ones. The types
// of a module with training know its inputs, targets and weights.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { compile } from "../../src/index.ts";
import { compiledDefinition, DEFINITIONS } from "./modules.ts";
import { arraysFor, expectSameBits, lengthsFor, trainableModule } from "./training.ts";

const MODELS = DEFINITIONS.filter(({ kind }) => kind === "model");

describe.each(MODELS.map((each) => [each.title, each] as const))("%s", (_, definition) => {
  test("updates have the bits of the library's", { timeout: 120_000 }, async () => {
    const model = await compiledDefinition(definition);
    const module = await trainableModule(model);
    for (const [batch, steps] of [
      [1, 3],
      [17, 6],
    ] as const) {
      const arrays = arraysFor(module, batch, steps);
      await expectSameBits(model, module, [{ arrays }, { arrays }, { arrays, options: { rate: 0.5 } }]);
      const options = { lengths: lengthsFor(module, batch, steps) };
      await expectSameBits(model, module, [
        { arrays, options },
        { arrays, options },
      ]);
    }
    expect(module.weights()).toBeDefined();
    expect(module.trainer().updates).toBe(0);
  });
});

const USE = `import { load } from "./Tag.mjs";
const model = await load();
const trainer = model.trainer({ seed: 3, optimizer: { lr: 0.1 } });
const { loss, norm }: { readonly loss: number; readonly norm: number } =
  trainer.update({ words: "a b", tags: [[0, 1]] }, { lengths: { words: [2] }, rate: 2 });
const bias: ArrayLike<number> = model.weights()["tags.b"].data;
model.setWeights({ "tags.b": { shape: [bias.length], data: bias } });
// @ts-expect-error a target is missing
trainer.update({ words: "a b" });
// @ts-expect-error there is no such weight
model.setWeights({ "tags.c": [1] });
// @ts-expect-error there is no such option
model.trainer({ k3: 3 });
export const bytes: Uint8Array = model.safetensors();
export const updates: number = trainer.updates + loss + norm;
`;

test("the types know inputs, targets, options and weights", async () => {
  const folder = mkdtempSync(join(tmpdir(), "recurra-types-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const model = await compile(readFileSync("specs/models/tag.rec", "utf8"), { sizes: { V: 9, K: 4 } });
  for (const { name, content } of await model.compile({ training: true })) writeFileSync(join(folder, name), content);
  model.dispose();
  writeFileSync(join(folder, "use.mts"), USE);
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2023,dom,esnext"];
  const tsc = resolve("node_modules/.bin/tsc");
  expect(execFileSync(tsc, [...options, "use.mts"], { cwd: folder }).toString()).toBe("");
});
