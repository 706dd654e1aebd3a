// `gradients`: the loss and what it changes by with each number, held to central differences of the loss and to an update of sgd.
import { describe, expect, test } from "vitest";
import type { Arrays, CompiledModel, GradientOptions, NumberArray, Results } from "../../src/index.ts";
import { uniformAt } from "../../src/base/random.ts";
import { compiled, expectNear, numbers, TARGETS, TOLERANCE, tokens } from "./models.ts";
import { arraysFor, SIZED_CELLS } from "./shipped.ts";

/** Of float64: the error of a central difference is about STEP², and rounding about 1e-16 / STEP. */
const STEP = 1e-5;
const NEAR = 1e-7;
/** How many numbers of each array are looked at. */
const LOOKS = 6;

function moved({ shape, data }: NumberArray, at: number, by: number): NumberArray {
  return { shape, data: Float64Array.from(data, (value, index) => (index === at ? value + by : value)) };
}

/** Some places of an array, the same for the same name. */
function places(name: string, count: number): readonly number[] {
  const all = Array.from({ length: Math.min(LOOKS, count) }, (_, look) => Math.floor(count * uniformAt(2, name, look)));
  return [...new Set(all)];
}

/** What is moved, with the loss that a moved array gives. */
interface Moved {
  readonly name: string;
  readonly value: NumberArray;
  readonly gradient: NumberArray | undefined;
  readonly lossOf: (value: NumberArray) => Promise<number>;
}

async function expectDifferences({ name, value, gradient, lossOf }: Moved): Promise<void> {
  expect(gradient?.shape, `shape of the gradient by ${name}`).toEqual(value.shape);
  for (const at of places(name, value.data.length)) {
    const [above, below] = [await lossOf(moved(value, at, STEP)), await lossOf(moved(value, at, -STEP))];
    const slope = (above - below) / (2 * STEP);
    expect(Math.abs((gradient?.data[at] ?? NaN) - slope), `${name}, number ${at}: ${slope}`).toBeLessThan(
      NEAR * Math.max(1, Math.abs(slope)),
    );
  }
}

/** Moves weights, inputs that hold numbers, and first states. `state`: where the sequence begins, all of it. */
async function expectRight(
  model: CompiledModel,
  arrays: Results,
  options: GradientOptions,
  state: Results,
): Promise<void> {
  const found = await model.gradients(arrays, options);
  const weights = await model.weights();
  const lossWith = async (more: Results, first: Arrays = {}): Promise<number> =>
    (await model.gradients({ ...arrays, ...more }, { ...options, state: { ...options.state, ...first } })).loss;
  for (const [name, value] of weights)
    await expectDifferences({
      name,
      value,
      gradient: found.weights.get(name),
      lossOf: async (other) => {
        model.setWeights({ [name]: other });
        const loss = await lossWith({});
        model.setWeights({ [name]: value });
        return loss;
      },
    });
  const given = Object.entries(arrays).filter(([name]) => {
    const { type } = model.inputs.find((input) => input.name === name) ?? { type: "" };
    return type.includes("[") && !/char|word|token|label/.test(type);
  });
  expect(Object.keys(found.inputs).sort()).toEqual(given.map(([name]) => name).sort());
  for (const [name, value] of given)
    await expectDifferences({
      name,
      value,
      gradient: found.inputs[name],
      lossOf: (other) => lossWith({ [name]: other }),
    });
  for (const [name, value] of Object.entries(state))
    await expectDifferences({
      name: `state ${name}`,
      value,
      gradient: found.states[name],
      lossOf: (other) => lossWith({}, { [name]: other }),
    });
}

const SERIES = `use GRU from "cells"
model Series(H = 3) {
  input x: seq [2]
  input z: [2]
  target y: seq [2]
  h = GRU(H)(concat(x, y[t-1], x[t-2]), h = tanh(linear(z, out = H)))
  predict x[t+1] from linear(h, out = 2)
  predict y from linear(h, first(x), cumsum(x, axis = time), out = 2)
}`;

describe("central differences", () => {
  test.each([
    ["one example", []],
    ["a batch", [3]],
  ])(
    "a model that predicts a step ahead and at the step, reads delays, and starts from an input: %s",
    async (_, leading) => {
      const model = await compiled(SERIES, { target: "reference" });
      const arrays = {
        x: numbers("x", [...leading, 5, 2]),
        y: numbers("y", [...leading, 5, 2]),
        z: numbers("z", [...leading, 2]),
      };
      await expectRight(model, arrays, {}, {});
      const { state } = await model.runChunk({ x: arrays.x, y: arrays.y, z: arrays.z });
      await expectRight(model, arrays, { state }, state);
    },
  );

  test("a ragged batch: padding has no gradient", async () => {
    const model = await compiled(SERIES, { target: "reference" });
    const arrays = { x: numbers("x", [3, 5, 2]), y: numbers("y", [3, 5, 2]), z: numbers("z", [3, 2]) };
    const options = { lengths: { x: [5, 2, 4] } };
    await expectRight(model, arrays, options, {});
    const { inputs } = await model.gradients(arrays, options);
    for (const step of [2, 3, 4])
      for (const k of [0, 1]) expect(inputs["x"]?.data[(1 * 5 + step) * 2 + k], `step ${step}`).toBe(0);
  });

  test("first states that the model learns: those that are given, and those that are not", async () => {
    const source = `cell L(H) {
        input x
        state h, c: [H] = param ~ normal(0.5)
        c = tanh(linear(x, h[t-1]) + c[t-1])
        h = c * h[t-1] + linear(x)
      }
      model Learned(H = 2) {
        input x: seq [2]
        input k: seq token[4]
        target y: seq []
        predict y from linear(L(H)(x), embed(k[t-1], 2), out = []) by binary
      }`;
    const model = await compiled(source, { target: "reference", model: "Learned" });
    const arrays = {
      x: numbers("x", [3, 4, 2]),
      k: tokens("k", [3, 4], 4),
      y: { shape: [3, 4], data: Float64Array.from({ length: 12 }, (_, index) => 0.2 + 0.5 * (index % 2)) },
    };
    const { states } = await model.gradients(arrays);
    const given = Object.fromEntries(Object.entries(states).map(([name, { shape }]) => [name, numbers(name, shape)]));
    const [[first, value] = ["", numbers("", [])]] = Object.entries(given);
    await expectRight(model, arrays, { state: { [first]: value } }, { [first]: value });
    await expectRight(model, arrays, { state: given }, given);
    // The gradient by a learnt start is the sum over the examples of that by the first state.
    const found = await model.gradients(arrays);
    for (const [name, { data }] of Object.entries(found.states)) {
      const learnt = [...found.weights].filter(([weight]) => weight.startsWith(name));
      const sums = [0, 1].map((place) => [0, 1, 2].reduce((sum, b) => sum + (data[2 * b + place] ?? NaN), 0));
      expect(
        learnt.some(([, own]) => sums.every((sum, place) => Math.abs(sum - (own.data[place] ?? NaN)) < 1e-12)),
      ).toBe(true);
    }
  });

  test.each(SIZED_CELLS.filter(({ name }) => name !== "Hopfield"))(
    "$name, with its memory, by cotangents of its output and last states",
    async ({ name, folder, set }) => {
      const model = await compiled(`use ${name} from "${folder}"`, { target: "reference", set });
      const arrays = { ...arraysFor(model, "input", [2, 3]), ...arraysFor(model, "memory", [2, 4]) };
      const results = await model.run(arrays);
      const cotangents = Object.fromEntries(
        Object.entries(results).map(([each, { shape }]) => [each, numbers(`cotangent ${each}`, shape)]),
      );
      const { states } = await model.gradients(arrays, { cotangents });
      const state = Object.fromEntries(Object.entries(states).map(([each, { shape }]) => [each, numbers(each, shape)]));
      await expectRight(model, arrays, { cotangents, state }, state);
    },
  );
});

describe.each(TARGETS)("%s", (target) => {
  test("an update of sgd moves each weight by the gradient times the rate", async () => {
    const model = await compiled(SERIES, { target });
    const arrays = { x: numbers("x", [3, 5, 2]), y: numbers("y", [3, 5, 2]), z: numbers("z", [3, 2]) };
    const options = { lengths: { x: [5, 2, 4] } };
    const { loss, weights: gradients } = await model.gradients(arrays, options);
    const before = await model.weights();
    const trainer = await model.trainer({ optimizer: { kind: "sgd", lr: 0.5 } });
    const updated = await trainer.update(arrays, options);
    expect(updated.loss).toBeCloseTo(loss, 5);
    for (const [name, { shape, data }] of await model.weights()) {
      const own = gradients.get(name)?.data ?? [];
      const expected = Float64Array.from(before.get(name)?.data ?? [], (value, at) => value - 0.5 * (own[at] ?? NaN));
      expectNear({ shape, data }, { shape, data: expected }, 10 * (TOLERANCE[target] ?? 0));
    }
    trainer.dispose();
  });

  test("it changes nothing: weights, streams and trainers are the same as without it", async () => {
    const model = await compiled(SERIES, { target });
    const other = await compiled(SERIES, { target });
    const arrays = { x: numbers("x", [5, 2]), y: numbers("y", [5, 2]), z: numbers("z", [2]) };
    const settings = { optimizer: { kind: "adam", lr: 0.1 } } as const;
    const [trainer, alone] = [await model.trainer(settings), await other.trainer(settings)];
    for (let update = 0; update < 3; update++) {
      await model.gradients(arrays);
      expect(await trainer.update(arrays)).toEqual(await alone.update(arrays));
      await model.gradients(arrays);
    }
    expect(await model.weights()).toEqual(await other.weights());
    for (const each of [trainer, alone]) each.dispose();
  });
});

test("each mistake throws a UserError that says what was expected", async () => {
  const messageOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "it ran",
      (problem: unknown) => (problem instanceof Error ? `${problem.name}: ${problem.message}` : String(problem)),
    );
  const cell = await compiled('use GRU from "cells"', { target: "reference", set: { H: 2 }, sizes: { I: 2 } });
  const model = await compiled(SERIES, { target: "reference" });
  const x = numbers("x", [3, 2]);
  expect([
    await messageOf(cell.gradients({ x })),
    await messageOf(cell.gradients({ x }, { cotangents: {} })),
    await messageOf(cell.gradients({ x }, { cotangents: { outptu: x } })),
    await messageOf(cell.gradients({ x }, { cotangents: { output: numbers("o", [2, 2]) } })),
    await messageOf(cell.gradients({ x }, { cotangents: { output: numbers("o", [1, 3, 2]) } })),
    await messageOf(model.gradients({ x, z: [1, 2] })),
  ]).toMatchInlineSnapshot(`
    [
      "UserError: \`GRU\` has no loss: give \`cotangents\`, as in \`gradients(arrays, { cotangents: { output: … } })\`",
      "UserError: \`cotangents\` is empty: give one for a result, as \`{ output: … }\`",
      "UserError: \`GRU\` has no result \`outptu\`; did you mean \`output\`?",
      "UserError: the cotangent of output has 2 steps, but the inputs have 3",
      "UserError: the cotangent of output is a batch of 1, but the inputs are a single example",
      "UserError: \`Series\` needs its target \`y\`",
    ]
  `);
});
