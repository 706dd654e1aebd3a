// Updates of a compiled module beside those of the library, bit by bit.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished } from "vitest";
import type { CompiledModel, CompileToOptions, NumberArray } from "../../src/index.ts";
import type { TrainableModel } from "../../src/module/runtime/trainable-model.ts";
import type { TrainerOptions, UpdateOptions } from "../../src/module/runtime/training-types.ts";
import { arrayFor, inputsOf } from "./modules.ts";

/** The module of a model with training, imported from a folder that is removed after the test. */
export async function trainableModule(model: CompiledModel, options: CompileToOptions = {}): Promise<TrainableModel> {
  const folder = mkdtempSync(join(tmpdir(), "recurra-training-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [module] = await model.compile({ ...options, training: true });
  writeFileSync(join(folder, "module.mjs"), module?.content ?? "");
  const { load } = await import(/* @vite-ignore */ pathToFileURL(join(folder, "module.mjs")).href);
  return load();
}

export interface GivenUpdate {
  readonly arrays: Readonly<Record<string, NumberArray>>;
  readonly options?: UpdateOptions;
}

/** The steps of a sequence: those that are called `half` have each second one of the others. */
function stepsOf(name: string, steps: number): number {
  return name === "half" ? Math.ceil(steps / 2) : steps;
}

/** Numbers for all inputs and targets of a model. Those of targets are from 0 to 1, as `by binary` needs. */
export function arraysFor(module: TrainableModel, batch: number, steps: number): Record<string, NumberArray> {
  return Object.fromEntries(
    inputsOf(module).map((input) => {
      const { shape, data } = arrayFor(input, { batch, steps: stepsOf(input.name, steps) });
      const isFloat = input.role === "target" && !(data instanceof Int32Array);
      return [input.name, { shape, data: isFloat ? data.map((value) => (value + 1) / 2) : data }];
    }),
  );
}

/** Lengths from 1 to `steps` for each sequence. */
export function lengthsFor(module: TrainableModel, batch: number, steps: number): Record<string, number[]> {
  const sequences = inputsOf(module).filter(({ type }) => type.startsWith("seq"));
  return Object.fromEntries(
    sequences.map(({ name }) => [
      name,
      Array.from({ length: batch }, (_, b) => stepsOf(name, b === 1 ? steps : 2 + ((3 * b) % (steps - 1)))),
    ]),
  );
}

/** Both start from the weights of the model as they are. Losses, norms and all weights must have the same bits. */
export async function expectSameBits(
  model: CompiledModel,
  module: TrainableModel,
  updates: readonly GivenUpdate[],
  settings: TrainerOptions = {},
): Promise<void> {
  module.setWeights(Object.fromEntries(await model.weights()));
  const [theirs, own] = [await model.trainer(settings), module.trainer(settings)];
  for (const [index, { arrays, options }] of updates.entries()) {
    const expected = await theirs.update(arrays, options);
    expect(own.update(arrays, options), `update ${index + 1}`).toEqual(expected);
  }
  theirs.dispose();
  expect(own.updates).toBe(theirs.updates);
  expectSameWeights(module.weights(), await model.weights());
}

export function expectSameWeights(
  found: Readonly<Record<string, NumberArray>>,
  expected: ReadonlyMap<string, NumberArray>,
): void {
  expect(Object.keys(found).toSorted()).toEqual([...expected.keys()].toSorted());
  for (const [name, { shape, data }] of expected) {
    expect(found[name]?.shape, name).toEqual(shape);
    const apart = data.findIndex((value, index) => !Object.is(value, found[name]?.data[index]));
    expect(apart === -1 ? "same" : `${name} at ${apart}: ${found[name]?.data[apart]}, not ${data[apart]}`).toBe("same");
  }
}
