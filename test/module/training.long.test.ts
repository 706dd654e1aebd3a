// Every shipped model and wiring with a loss is trained by its compiled module as by the library: full batches of any size, and ragged ones.
import { describe, expect, test } from "vitest";
import { compiledDefinition, DEFINITIONS } from "./modules.ts";
import { arraysFor, expectSameBits, lengthsFor, trainableModule } from "./training.ts";

const MODELS = DEFINITIONS.filter(({ kind }) => kind === "model");

describe.each(MODELS.map((each) => [each.title, each] as const))("%s", (_, definition) => {
  test("updates have the bits of the library's", { timeout: 120_000 }, async () => {
    const model = await compiledDefinition(definition);
    const module = await trainableModule(model);
    for (const [batch, steps] of [
      [1, 3],
      [2, 4],
      [5, 3],
      [4, 9],
      [17, 6],
    ] as const) {
      const arrays = arraysFor(module, batch, steps);
      await expectSameBits(model, module, [{ arrays }, { arrays }, { arrays }]);
      const options = { lengths: lengthsFor(module, batch, steps) };
      await expectSameBits(model, module, [
        { arrays, options },
        { arrays, options },
      ]);
    }
    expect(module.weights()).toBeDefined();
  });
});
