// `evaluate` again and again: the program is compiled once for each form of the data, and the weights are those of the moment.
import { expect, test } from "vitest";
import { open } from "../../src/compile.ts";
import { chosenOrFitting } from "../../src/library/choose.ts";
import { Compiled } from "../../src/library/compiled.ts";
import type { CompiledModel, DataRow } from "../../src/index.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { withTarget } from "../../src/targets/registry.ts";
import type { Target } from "../../src/targets/target.ts";
import { compiled } from "./models.ts";

const SERIES = `use GRU from "cells"
  model Series(H = 4) {
    input x: seq []
    target y: seq []
    predict y from linear(GRU(H)(x), out = [])
  }`;
const ROWS: readonly DataRow[] = [
  { x: [1, 2, 3], y: [0, 1, 0] },
  { x: [4, 5], y: [1, 1] },
];

/** A model whose target adds 1 to `counts.compiled` for each graph that it compiles, and subtracts 1 for each that is freed. */
function counted<T>(target: Target<T>, counts: { compiled: number; held: number }): CompiledModel {
  const counting: Target<T> = {
    ...target,
    compile: (graph) => {
      counts.compiled += 1;
      counts.held += 1;
      const executable = target.compile(graph);
      const dispose = (): void => {
        counts.held -= 1;
        executable.dispose();
      };
      return { run: (inputs, sizes) => executable.run(inputs, sizes), dispose };
    },
  };
  const scope = open({ name: "series.rec", text: SERIES }, loadFromDisk);
  const nothing = new Map<string, never>();
  return new Compiled<T>({
    definition: chosenOrFitting(scope, {}),
    statics: nothing,
    target: counting,
    seed: 1,
    sizes: nothing,
    starts: nothing,
    vocabularies: () => nothing,
    weights: {},
    allowNonFinite: false,
    updates: 0,
    origin: { sources: [] },
  });
}

test("two calls compile once, see the weights between them change, and free what they hold", async () => {
  const counts = { compiled: 0, held: 0 };
  const model = await withTarget("reference", (target) => Promise.resolve(counted(target, counts)));
  const before = await model.evaluate({ data: ROWS });
  expect(await model.evaluate({ data: ROWS, batch: 1 })).toMatchObject({ loss: expect.closeTo(before.loss, 10) });
  expect(counts.compiled).toBe(1);
  const weights = await model.weights();
  model.setWeights(new Map([...weights].map(([name, array]) => [name, { ...array, data: array.data.fill(0) }])));
  const after = await model.evaluate({ data: ROWS });
  expect(after.loss).toBeCloseTo(3 / 5, 10);
  expect(after.loss).not.toBeCloseTo(before.loss, 3);
  expect(counts.compiled).toBe(1);
  await model.evaluate({ data: [{ x: [1, 2], y: [null, 1] }] });
  expect(counts).toEqual({ compiled: 2, held: 2 });
  model.dispose();
  expect(counts.held).toBe(0);
});

test("calls that overlap on a text do not mix their states", async () => {
  const text = "to be or not to be, that is the question. ".repeat(12);
  const model = await compiled('use CharLM from "models"', { set: { E: 4, H: 8 }, texts: { V: text } });
  const [one, other] = [
    { data: text, batch: 2, steps: 8 },
    { data: text.slice(100), batch: 3, steps: 5 },
  ];
  const expected = [await model.evaluate(one), await model.evaluate(other)];
  expect(await Promise.all([model.evaluate(one), model.evaluate(other)])).toEqual(expected);
});
