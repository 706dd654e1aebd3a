// Models inside programs of tfjs: outputs and gradients on its backends, and larger programs around them that train.
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { CompiledModel, CompileOptions, NumberArray, RunOptions } from "../../src/index.ts";
import { CELLS } from "../support/specs.ts";
import { arrayOf, BACKENDS, tensorOf, tokensOf, use } from "../support/tfjs.ts";
import { compiled, expectNear, numbers, tokens } from "./models.ts";

/** float32 against float64. */
const FORWARD = 1e-5;
const GRADIENT = 1e-4;
const SLOW = 120_000;

async function layerOf(source: string, options: CompileOptions) {
  const model = await compiled(source, { target: "reference", ...options });
  const layer = await model.onTfjs(tf);
  onTestFinished(() => layer.dispose());
  return { model, layer };
}

type Named = ReadonlyMap<string, NumberArray>;

function record<T>(values: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  return Object.fromEntries(values);
}

function dot(a: NumberArray, b: NumberArray): number {
  return Array.from(a.data, (value, index) => value * (b.data[index] ?? NaN)).reduce((sum, each) => sum + each, 0);
}

function moved(array: NumberArray, direction: NumberArray, by: number): NumberArray {
  return {
    shape: array.shape,
    data: Float64Array.from(array.data, (value, i) => value + by * (direction.data[i] ?? NaN)),
  };
}

/** Each array of the same shape as one that is given, drawn by a name. */
function drawnLike(arrays: Named, name: string): Named {
  return new Map([...arrays].map(([each, { shape }]) => [each, numbers(`${name} ${each}`, shape)]));
}

interface Situation {
  readonly model: CompiledModel;
  readonly floats: Named;
  readonly tokens: Named;
  readonly options: RunOptions;
  /** What each output counts, element by element. */
  readonly cotangents: Named;
}

/** The derivative of what the outputs count along directions of inputs and weights, by differences of the float64 reference. */
async function slope(
  { model, floats, tokens: ids, options, cotangents }: Situation,
  x: Named,
  w: Named,
): Promise<number> {
  const weights = await model.weights();
  const countAt = async (by: number): Promise<number> => {
    const along = (arrays: Named, directions: Named): Named =>
      new Map([...arrays].map(([name, array]) => [name, moved(array, directions.get(name) ?? array, by)]));
    model.setWeights(along(weights, w));
    const results = await model.run({ ...record(along(floats, x)), ...record(ids) }, options);
    return [...cotangents].reduce(
      (sum, [name, each]) => sum + dot(results[name] ?? expect.fail(`no ${name}`), each),
      0,
    );
  };
  const step = 1e-5;
  const difference = ((await countAt(step)) - (await countAt(-step))) / (2 * step);
  model.setWeights(weights);
  return difference;
}

/** Outputs and gradients of a layer are those of the reference. */
async function expectRight(
  source: string,
  options: CompileOptions,
  floats: Named,
  ids: Named,
  run: RunOptions,
): Promise<void> {
  const { model, layer } = await layerOf(source, options);
  const given = { ...record(floats), ...record(ids) };
  const expected = await model.run(given, run);
  const fixed = record(new Map([...ids].map(([name, array]) => [name, tokensOf(array)])));
  const names = [...floats.keys()];
  const inputs = names.map((name) => tensorOf(floats.get(name) ?? expect.fail()));
  const variables = layer.variables();
  const shown = Object.entries(
    layer.apply({ ...fixed, ...record(new Map(names.map((name, i) => [name, inputs[i] ?? expect.fail()]))) }, run),
  );
  expect(shown.length).toBeGreaterThan(0);
  for (const [name, tensor] of shown) expectNear(await arrayOf(tensor), expected[name], FORWARD);

  const outputs = new Map(
    await Promise.all(shown.map(async ([name, tensor]) => [name, await arrayOf(tensor)] as const)),
  );
  const cotangents = drawnLike(outputs, "cotangent");
  const counted = (...tensors: tf.Tensor[]): tf.Scalar => {
    const [xs, ws] = [tensors.slice(0, names.length), tensors.slice(names.length)];
    const weights = Object.fromEntries(Object.keys(variables).map((name, index) => [name, ws[index] ?? expect.fail()]));
    const read = Object.fromEntries(names.map((name, index) => [name, xs[index] ?? expect.fail()]));
    const results = layer.apply({ ...fixed, ...read }, { ...run, weights });
    const parts = [...cotangents].map(([name, each]) => tf.sum(tf.mul(results[name] ?? expect.fail(), tensorOf(each))));
    return tf.addN(parts).asScalar();
  };
  const all = [...inputs, ...Object.values(variables)];
  const gradients = await Promise.all(tf.grads(counted)(all).map(arrayOf));
  const weights = await model.weights();
  const situation = { model, floats, tokens: ids, options: run, cotangents };
  for (const seed of [1, 2, 3]) {
    const [x, w] = [drawnLike(floats, `x ${seed}`), drawnLike(weights, `w ${seed}`)];
    const directions = [...x.values(), ...w.values()];
    const parts = gradients.map((gradient, index) => dot(gradient, directions[index] ?? expect.fail()));
    const found = parts.reduce((sum, part) => sum + part, 0);
    const scale = Math.max(1e-2, ...parts.map(Math.abs));
    expect(Math.abs(found - (await slope(situation, x, w))) / scale).toBeLessThan(GRADIENT);
  }
}

const SEVERAL = `use GRU from "cells"
  model Several(H = 4) {
    input x: seq [2]
    input k: seq token[N]
    target y: seq [3]
    target z: token[M]
    h = GRU(H)(concat(x, onehot(k)))
    predict y from linear(h, out = [3])
    predict z from linear(last(h), out = M)
  }`;
const ATTENDING = `cell Attending(H) {
    input x
    memory m: seq [K]
    state h: [H]
    param W: [K, H]
    a = softmax(m @ (W @ h[t-1]))
    h = tanh(linear(x, h[t-1], a @ m))
  }`;
const TIMES = [
  ["full", {}],
  ["ragged", { lengths: { x: [5, 2, 4] } }],
] as const;

describe.each(BACKENDS)("tfjs' backend %s", (backend) => {
  beforeAll(() => use(backend), SLOW);

  describe(`within ${FORWARD}, gradients ${GRADIENT}, of the float64 reference`, () => {
    const cells = backend === "webgpu" ? CELLS.filter(({ name }) => ["LSTM", "LEM"].includes(name)) : CELLS;
    // What has inputs of its own is in the tests behind.
    const plain = cells.filter(({ definition: { definition } }) => {
      const names = definition.body.flatMap((each) =>
        each.kind === "input" || each.kind === "memory" ? each.names : [],
      );
      return names.length === 1;
    });
    // SwiftShader is slow, and a ragged batch runs all that a full one does.
    for (const [form, run] of TIMES.filter(([form]) => backend !== "webgpu" || form === "ragged")) {
      test.each(plain.map(({ name }) => name))(`%s, ${form}`, { timeout: SLOW }, async (name) => {
        const x = new Map([["x", numbers("x", [3, 5, 3])]]);
        const set = name === "Jordan" ? { H: 4, O: 2 } : { H: 4 };
        await expectRight(`use ${name} from "cells"`, { set, sizes: { I: 3 } }, x, new Map(), run);
      });

      test(`a model with tokens and two predictions, ${form}`, { timeout: SLOW }, async () => {
        const x = new Map([["x", numbers("x", [3, 5, 2])]]);
        const k = new Map([["k", tokens("k", [3, 5], 4)]]);
        await expectRight(SEVERAL, { sizes: { N: 4, M: 3 } }, x, k, run);
      });

      test(`a cell that reads a memory, ${form}`, { timeout: SLOW }, async () => {
        const floats = new Map([
          ["x", numbers("x", [3, 5, 2])],
          ["m", numbers("m", [3, 6, 4])],
        ]);
        const lengths = form === "full" ? {} : { lengths: { x: [5, 2, 4], m: [6, 1, 3] } };
        await expectRight(ATTENDING, { set: { H: 3 }, sizes: { I: 2, K: 4 } }, floats, new Map(), lengths);
      });
    }
  });

  test("tf.grad, tf.valueAndGrads and tf.variableGrads agree, whatever other gradients are requested", async () => {
    const { layer } = await layerOf('use LSTM from "cells"', { set: { H: 4 }, sizes: { I: 3 } });
    const x = tensorOf(numbers("x", [2, 5, 3]));
    const weights = layer.variables();
    const loss = (input: tf.Tensor): tf.Scalar =>
      tf.sum(tf.square(layer.apply({ x: input })["output"] ?? expect.fail())).asScalar();
    const byX = await arrayOf(tf.grad(loss)(x));
    const { value, grads } = tf.variableGrads(() => loss(x));
    expect(Object.keys(grads).sort()).toEqual(
      Object.values(weights)
        .map(({ name }) => name)
        .sort(),
    );
    const bothWays = tf.valueAndGrads((input: tf.Tensor, b: tf.Tensor) => {
      return tf.sum(
        tf.square(layer.apply({ x: input }, { weights: { ...weights, "f.b": b } })["output"] ?? expect.fail()),
      );
    })([x, weights["f.b"] ?? expect.fail()]);
    expectNear(await arrayOf(bothWays.value), await arrayOf(value), 1e-6);
    expectNear(await arrayOf(bothWays.grads[0]), byX, 1e-6);
    expectNear(await arrayOf(bothWays.grads[1]), await arrayOf(grads[weights["f.b"]?.name ?? ""]), 1e-6);
  });

  test("a step of a tfjs program equals the step of the same model in Recurra", { timeout: SLOW }, async () => {
    const whole = await compiled(
      `use GRU from "cells"
      model Whole(H = 5) {
        input x: seq [2]
        target y: seq [3]
        a = tanh(linear(x, out = [4]))
        h = GRU(H)(a)
        predict y from linear(h, out = [3])
      }`,
      { target: "reference" },
    );
    const x = numbers("x", [4, 6, 2]);
    const y = numbers("y", [4, 6, 3]);
    const trainer = await whole.trainer({ optimizer: { kind: "sgd", lr: 0.5 } });
    await whole.run({ x });
    const before = await whole.weights();
    const { loss } = await trainer.update({ x, y });
    const after = await whole.weights();

    const inner = new Map(
      [...before].flatMap(([name, array]) => (name.startsWith("h.") ? [[name.slice(2), array]] : [])),
    );
    const { layer } = await layerOf('use GRU from "cells"', { set: { H: 5 }, weights: inner });
    const outer = [...before].filter(([name]) => !name.startsWith("h."));
    const variables = new Map(outer.map(([name, array]) => [name, tf.variable(tensorOf(array))]));
    const dense = (of: tf.Tensor, into: string): tf.Tensor => {
      const [matrix, bias] = [...variables].filter(([name]) => name.startsWith(into)).map(([, variable]) => variable);
      const flat = tf.reshape(of, [-1, of.shape.at(-1) ?? 1]);
      const sum = tf.add(tf.matMul(flat, matrix ?? expect.fail(), false, true), bias ?? expect.fail());
      return tf.reshape(sum, [...of.shape.slice(0, -1), -1]);
    };
    const cost = tf.train.sgd(0.5).minimize(
      () =>
        tf.tidy(() => {
          const { output } = layer.apply({ x: tf.tanh(dense(tensorOf(x), "a")) });
          return tf.mean(tf.square(tf.sub(dense(output ?? expect.fail(), "y"), tensorOf(y)))).asScalar();
        }),
      true,
    );
    expectNear(await arrayOf(cost ?? undefined), { shape: [], data: Float64Array.of(loss) }, FORWARD);
    for (const [name, variable] of [
      ...variables,
      ...Object.entries(layer.variables()).map(([each, v]) => [`h.${each}`, v] as const),
    ])
      expectNear(await arrayOf(variable), after.get(name), FORWARD);
  });

  test(
    "a program with layers of tfjs before and after learns running sums with tf.train.adam",
    { timeout: SLOW },
    async () => {
      const { layer } = await layerOf('use GRU from "cells"', { set: { H: 8 }, sizes: { I: 4 }, seed: 2 });
      const before = tf.layers.dense({
        units: 4,
        inputShape: [6, 1],
        kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
      });
      const after = tf.layers.dense({
        units: 1,
        inputShape: [6, 8],
        kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }),
      });
      const predicted = (x: tf.Tensor): tf.Tensor => {
        const inner = before.apply(x);
        const { output } = inner instanceof tf.Tensor ? layer.apply({ x: inner }) : {};
        const outer = after.apply(output ?? expect.fail());
        return outer instanceof tf.Tensor ? outer : expect.fail();
      };
      const optimizer = tf.train.adam(0.03);
      const losses: number[] = [];
      for (let update = 0; update < (backend === "webgpu" ? 25 : 60); update++) {
        const x = tensorOf(numbers(`x ${update}`, [8, 6, 1]));
        const cost = optimizer.minimize(
          () => tf.tidy(() => tf.mean(tf.square(tf.sub(predicted(x), tf.cumsum(x, 1)))).asScalar()),
          true,
        );
        losses.push((await cost?.data())?.[0] ?? NaN);
        tf.dispose([x, ...(cost === null ? [] : [cost])]);
      }
      expect(Math.max(...losses.slice(-3))).toBeLessThan((losses[0] ?? 0) / (backend === "webgpu" ? 2 : 10));
    },
  );
});
