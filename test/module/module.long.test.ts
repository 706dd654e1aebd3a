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
    await expectRagged(model, module);
    await expectSteps(model, module);
  });
});

/** Examples of different lengths. */
async function expectRagged(model: CompiledModel, module: Model): Promise<void> {
  const given = await givenFor(model, module, 3, 6);
  const sequences = inputsOf(module).filter(({ name, type }) => type.startsWith("seq") && name in given);
  if (sequences.length === 0) return;
  const lengths = Object.fromEntries(sequences.map(({ name }) => [name, [6, 2, 4]]));
  const [expected, found] = [await model.run(given, { lengths }), module.run(given, { lengths })];
  // Behind an example's end logits mean nothing.
  const skip = Object.keys(expected).flatMap((name) => (`${name}.logits` in expected ? [name, `${name}.logits`] : []));
  expectNear(found, expected, skip);
}

/** A stream gives at each step what the library's stream gives, also from a state that was stored as text, and beside another stream. */
async function expectSteps(model: CompiledModel, module: Model): Promise<void> {
  const given = await givenFor(model, module, null, 5);
  const inputs = inputsOf(module).filter(({ name }) => name in given);
  const fed = inputs.filter(({ type, role }) => type.startsWith("seq") && role !== "memory");
  const own = Object.fromEntries(Object.entries(given).filter(([name]) => !fed.some((each) => each.name === name)));
  let stream;
  try {
    stream = model.start({ inputs: own });
  } catch {
    expect(() => module.start({ inputs: own })).toThrow();
    return;
  }
  const mine = module.start({ inputs: own });
  const beside = module.start({ inputs: own });
  let parked = mine;
  for (let step = 0; step < 4; step++) {
    const now = Object.fromEntries(
      fed.map((input) => [input.name, arrayFor(input, { batch: null, steps: step + 1, isStep: true })]),
    );
    const expected = stream.step(now);
    expectNear(parked.step(now), expected, chosen(expected));
    if (step === 0) beside.step(now);
    if (step === 1) parked = module.start({ inputs: own, state: JSON.parse(JSON.stringify(mine.state)) });
  }
  stream.dispose();
}
