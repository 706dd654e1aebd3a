// Compiled modules of every shipped definition and of the wirings give what the library gives: whole sequences of any batch and lengths,
// steps, and what is written.
import { describe, expect, test } from "vitest";
import type { CompiledModel, NumberArray, Results } from "../../src/index.ts";
import type { WritingModel as Model } from "../../src/module/runtime/writing-model.ts";
import { arrayFor, compiledDefinition, DEFINITIONS, importedModule, inputsOf } from "./modules.ts";

/** float32, with sums in another order where a batch is small. */
const TOLERANCE = 2e-5;

function expectNear(
  found: Readonly<Record<string, NumberArray>>,
  expected: Results,
  skip: readonly string[] = [],
): void {
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(expected).toSorted());
  for (const [name, { shape, data }] of Object.entries(expected)) {
    const own = found[name];
    if (skip.includes(name) || own === undefined) continue;
    expect(own.shape, name).toEqual(shape);
    const far = data.findIndex(
      (value, index) => !(Math.abs(value - (own.data[index] ?? NaN)) <= TOLERANCE * Math.max(1, Math.abs(value))),
    );
    expect(far === -1 ? "near" : `${name} at ${far}: ${own.data[far]}, not ${data[far]}`).toBe("near");
  }
}

/** Token ids that were chosen from logits: a tie may fall either way. */
function chosen(results: Results): readonly string[] {
  return Object.keys(results).filter((name) => `${name}.logits` in results);
}

async function bothOf(
  definition: (typeof DEFINITIONS)[number],
): Promise<{ readonly model: CompiledModel; readonly module: Model }> {
  const model = await compiledDefinition(definition);
  return { model, module: await importedModule(model) };
}

/** The inputs that a run needs. */
async function givenFor(
  model: CompiledModel,
  module: Model,
  batch: number | null,
  steps: number,
): Promise<Record<string, NumberArray>> {
  const all = inputsOf(module);
  const given = Object.fromEntries(
    all.filter(({ role }) => role !== "target").map((input) => [input.name, arrayFor(input, { batch, steps })]),
  );
  try {
    await model.run(given);
    return given;
  } catch {
    return Object.fromEntries(all.map((input) => [input.name, arrayFor(input, { batch, steps })]));
  }
}

describe.each(DEFINITIONS.map((each) => [each.title, each] as const))("%s", (_, definition) => {
  test("run, step and write as the library does", async () => {
    const { model, module } = await bothOf(definition);
    for (const [batch, steps] of [
      [null, 1],
      [null, 4],
      [1, 3],
      [2, 2],
      [3, 7],
      [17, 5],
    ] as const) {
      const given = await givenFor(model, module, batch, steps);
      const expected = await model.run(given);
      expectNear(module.run(given), expected, chosen(expected));
    }
    const sequences = inputsOf(module).filter(({ type }) => type.startsWith("seq"));
    const given = await givenFor(model, module, 3, 6);
    const lengths = Object.fromEntries(
      sequences.filter(({ name }) => name in given).map(({ name }) => [name, [6, 2, 4]]),
    );
    if (Object.keys(lengths).length > 0) {
      const expected = await model.run(given, { lengths });
      expectNear(module.run(given, { lengths }), expected, chosen(expected));
    }
  });
});
