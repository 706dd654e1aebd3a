// `recurra grad` on models with one loss for a sequence, several lengths, and loops from the right to the left: the printed equations, worked
// out from their text alone, give the gradient of the reference.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { modelEquations } from "../../src/analyse/equations.ts";
import { equationsAsText } from "../../src/analyse/notation.ts";
import { open, programOf } from "../../src/compile.ts";
import { gradientTerms } from "../../src/flow/terms.ts";
import { compile } from "../../src/index.ts";
import type { Arrays, CompiledModel } from "../../src/library/types.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { FULL } from "../support/specs.ts";
import { matrix, type Matrix } from "../tools/equations.ts";
import { ByHand } from "./by-hand.ts";

const FILE = "test/inside/places.rec";
const TEXT = readFileSync(FILE, "utf8");
/** Both sides are float64. */
const EXACT = 1e-10;

function column(values: readonly number[]): Matrix {
  return matrix(values.length, 1, (row) => values[row] ?? NaN);
}

function drawn(count: number, seed: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => Math.sin(seed + 2.3 * index));
}

function pairs(steps: number, seed: number): readonly (readonly number[])[] {
  return Array.from({ length: steps }, (_, t) => drawn(2, seed + 5 * t));
}

function printed(model: string): string {
  const definitions = [...open({ name: FILE, text: TEXT }, loadFromDisk).definitions.values()];
  const found = definitions.find(({ definition }) => definition.name.name === model) ?? expect.fail(model);
  const equations = modelEquations(
    programOf(found, new Map(), { ...FULL, states: "initial" }).graph,
    ({ input }) => input?.kind === "weight",
  );
  return typeof equations === "string" ? expect.fail(equations) : equationsAsText(equations);
}

/** `steps`: of each place. `step`: the place of the loss; "" if it is one for the sequence. `size`: of each state. */
const MODELS = [
  { model: "Last", steps: { x: 4 }, step: "", size: 3 },
  { model: "Scores", steps: { x: 4 }, step: "", size: 3 },
  { model: "Mean", steps: { x: 4 }, step: "", size: 2 },
  { model: "Meetings", steps: { x: 4 }, step: "", size: 2 },
  { model: "BothWays", steps: { x: 4, y: 4 }, step: "x", size: 2 },
  { model: "Context", steps: { x: 3, y: 5 }, step: "y", size: 2 },
  { model: "Attention", steps: { x: 3, y: 4 }, step: "y", size: 2 },
] as const;

interface Point {
  readonly model: CompiledModel;
  readonly arrays: Arrays;
  readonly byHand: ByHand;
}

async function pointOf({ model: name, steps, step, size }: (typeof MODELS)[number]): Promise<Point> {
  const model = await compile(TEXT, { model: name, target: "reference" });
  const x = pairs(steps.x, 1);
  const values = new Map<string, Matrix | readonly Matrix[]>([
    ["x", x.map(column)],
    ["size_40_T.x_41_", column([steps.x])],
  ]);
  for (const [path, { shape, data }] of await model.weights()) {
    const [rows = 1, columns = 1] = shape;
    values.set(
      path,
      matrix(rows, columns, (i, j) => data[i * columns + j] ?? NaN),
    );
  }
  const given = { values, steps: new Map(Object.entries(steps)), sizeOf: () => size };
  const point = (y: Arrays[string]): Point => ({
    model,
    arrays: { x, y },
    byHand: new ByHand(printed(name), given, step),
  });
  if (name === "Scores") {
    values.set("onehot_40_y_41_", column([0, 0, 1, 0]));
    return point(2);
  }
  if (!("y" in steps)) {
    values.set("y", column(drawn(2, 9)));
    return point(drawn(2, 9));
  }
  const y = pairs(steps.y, 9);
  values.set("y", y.map(column));
  values.set("y_91_t_45_1_93_", [column([0, 0]), ...y.slice(0, -1).map(column)]);
  return point(y);
}

function expectNear(found: readonly number[], expected: ArrayLike<number>, what: string): void {
  expect(found.length, what).toBe(expected.length);
  found.forEach((value, index) => expect(Math.abs(value - (expected[index] ?? NaN)), what).toBeLessThan(EXACT));
}

test.each(MODELS)("$model: the equations give the gradient", async (each) => {
  const { model, arrays, byHand } = await pointOf(each);
  const whole = await model.gradients(arrays);
  const count = "y" in each.steps ? each.steps.y : 1;
  expect(Math.abs(byHand.loss() / count - whole.loss)).toBeLessThan(EXACT);
  expect(whole.weights.size).toBeGreaterThan(3);
  for (const [path, { data }] of whole.weights) {
    const found = byHand.weight(path).data.map((value) => value / count);
    expectNear(found, data, path);
  }
});

test.each(MODELS.slice(0, 3))("$model: the terms of one loss are those of the equations", async (each) => {
  const { model, arrays, byHand } = await pointOf(each);
  const { isOfSequence, losses, weights } = await gradientTerms(model, arrays);
  expect(isOfSequence).toBe(true);
  expect(losses).toHaveLength(1);
  for (const { name, terms } of weights) {
    const [own = []] = terms;
    expect(own).toHaveLength(each.steps.x);
    const expected = byHand.terms(name);
    // What is read once counts as read at the last step.
    if (expected.length === 1) expectNear(byHand.weight(name).data, own.at(-1)?.data ?? [], name);
    else expected.forEach(({ data }, k) => expectNear(data, own[k]?.data ?? [], `${name} at ${k}`));
  }
});
