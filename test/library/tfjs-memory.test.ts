// The memory of a model inside tfjs: it reads tfjs' tensors in place, allocates nothing beside them, and frees everything. Mistakes are
// reported in one sentence.
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { UserError, type CompiledModel, type CompileOptions, type NumberArray } from "../../src/index.ts";
import { hostOn } from "../../src/targets/tfjs-embedding/host.ts";
import {
  addressOf,
  arrayOf,
  BACKENDS,
  tensorOf,
  tokensOf,
  use,
  watchAllocator,
  wordsOfMemory,
} from "../support/tfjs.ts";
import { compiled, expectNear, numbers } from "./models.ts";

const SLOW = 120_000;
const LSTM = 'use LSTM from "cells"';

async function layerOf(source: string, options: CompileOptions) {
  const model = await compiled(source, { target: "reference", ...options });
  const layer = await model.onTfjs(tf);
  onTestFinished(() => layer.dispose());
  return { model, layer };
}

type Layer = Awaited<ReturnType<typeof layerOf>>["layer"];

function lossOf(layer: Layer, x: tf.Tensor, lengths?: readonly number[]): tf.Scalar {
  const results = layer.apply({ x }, lengths === undefined ? {} : { lengths: { x: lengths } });
  return tf.mean(tf.square(results["output"] ?? expect.fail())).asScalar();
}

/** One update with Adam, with nothing left of it but what the optimizer keeps. */
function update(layer: Layer, optimizer: tf.Optimizer, x: NumberArray, lengths?: readonly number[]): void {
  tf.tidy(() => {
    const input = tensorOf(x);
    optimizer.minimize(() => lossOf(layer, input, lengths), false, Object.values(layer.variables()));
  });
}

describe.each(BACKENDS)("tfjs' backend %s", (backend) => {
  beforeAll(() => use(backend), SLOW);

  test("no update leaves anything behind, whatever its batch, length and lengths", { timeout: SLOW }, async () => {
    const { layer } = await layerOf(LSTM, { set: { H: 4 }, sizes: { I: 3 } });
    const optimizer = tf.train.adam(0.01);
    const counts = (): readonly number[] => {
      const { numTensors, numBytes, numDataBuffers } = tf.memory();
      return [numTensors, numBytes, numDataBuffers, hostOn(tf, backend, tf.backend()).used()];
    };
    const round = (): void => {
      for (const [B, T] of [
        [2, 5],
        [3, 9],
        [1, 1],
      ] as const) {
        update(layer, optimizer, numbers("x", [B, T, 3]));
        update(
          layer,
          optimizer,
          numbers("x", [B, T, 3]),
          Array.from({ length: B }, () => T - 1),
        );
      }
    };
    round();
    const before = counts();
    for (let time = 0; time < 3; time++) {
      round();
      expect(counts()).toEqual(before);
    }
    optimizer.dispose();
  });

  test("disposing the layer frees everything: tensors, programs, kernels and gradients", async () => {
    const used = hostOn(tf, backend, tf.backend()).used();
    const before = tf.memory();
    const kernels = tf.getKernelsForBackend(backend).length;
    const model = await compiled(LSTM, { target: "reference", set: { H: 4 }, sizes: { I: 3 } });
    const layer = await model.onTfjs(tf);
    tf.tidy(() => {
      const x = tensorOf(numbers("x", [2, 5, 3]));
      tf.grad((input: tf.Tensor) => lossOf(layer, input))(x);
      lossOf(layer, x, [5, 2]);
    });
    const names = tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName);
    const own = names.filter((name) => name.startsWith("Recurra.LSTM."));
    expect(own).toHaveLength(4);
    layer.dispose();
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
    expect(hostOn(tf, backend, tf.backend()).used()).toBe(used);
    expect(tf.getKernelsForBackend(backend)).toHaveLength(kernels);
    for (const name of own) expect(tf.getGradient(name)).toBeUndefined();
  });

  test("tensors saved for a gradient that is never requested are freed too", async () => {
    const { layer } = await layerOf(LSTM, { set: { H: 4 }, sizes: { I: 3 } });
    const x = tensorOf(numbers("x", [2, 5, 3]));
    const before = tf.memory().numTensors;
    const grad = tf.grad((input: tf.Tensor) => {
      lossOf(layer, input);
      return tf.sum(tf.square(input));
    })(x);
    grad.dispose();
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });

  // A profile looks at every value at once, which WebGPU does not give.
  if (backend === "webgpu") return;
  test("it is a kernel in a profile, and its gradient another", async () => {
    const { layer } = await layerOf(LSTM, { set: { H: 4 }, sizes: { I: 3 } });
    const x = tensorOf(numbers("x", [2, 5, 3]));
    const { kernels } = await tf.profile(() => tf.grad((input: tf.Tensor) => lossOf(layer, input))(x));
    const own = kernels.filter(({ name }) => name.startsWith("Recurra.LSTM."));
    expect(own.map(({ name }) => name.replace(/\.\d+/, ""))).toEqual(["Recurra.LSTM", "Recurra.LSTM.gradient"]);
    expect(own[0]?.inputShapes).toContainEqual([2, 5, 3]);
    expect(own[0]?.outputShapes[0]).toEqual([2, 5, 4]);
  });

  test("a gradient by data is computed only if it is requested", async () => {
    const { layer } = await layerOf(LSTM, { set: { H: 4 }, sizes: { I: 3 } });
    const x = tensorOf(numbers("x", [2, 5, 3]));
    const weights = Object.values(layer.variables());
    const made = async (run: () => tf.Tensor): Promise<readonly number[][]> => {
      const { kernels } = await tf.profile(run);
      return kernels.find(({ name }) => name.endsWith(".gradient"))?.outputShapes ?? expect.fail();
    };
    expect(await made(() => tf.variableGrads(() => lossOf(layer, x), weights).value)).not.toContainEqual([2, 5, 3]);
    expect(await made(() => tf.grad((input: tf.Tensor) => lossOf(layer, input))(x))).toContainEqual([2, 5, 3]);
  });
});

describe("tfjs' wasm memory", () => {
  beforeAll(() => use("wasm"));
  let allocator: ReturnType<typeof watchAllocator>;
  beforeEach(() => void (allocator = watchAllocator()));
  afterEach(() => allocator.stop());

  test("kernels get the addresses of tfjs' tensors: inputs, weights and results", async () => {
    const { layer } = await layerOf(LSTM, { set: { H: 5 }, sizes: { I: 3 } });
    const x = tensorOf(numbers("x", [2, 6, 3]));
    const results = layer.apply({ x });
    const tensors = [x, ...Object.values(layer.variables()), ...Object.values(results)];
    const addresses = new Set(tensors.map(addressOf));
    expect(addresses.size).toBe(tensors.length);
    // What was given out and holds no tensor is a list of a program, its constants, or its temporaries.
    const memory = wordsOfMemory();
    const others = [...allocator.out].filter(([address]) => !addresses.has(address));
    const words = new Set(
      others.flatMap(([address, bytes]) => [...memory.subarray(address / 4, (address + bytes) / 4)]),
    );
    expect([...addresses].filter((address) => !words.has(address))).toEqual([]);
    tf.dispose(results);
  });

  test("nothing is read, written or copied by the host: not forward, not backward", async () => {
    const { layer } = await layerOf(LSTM, { set: { H: 5 }, sizes: { I: 3 } });
    const x = tensorOf(numbers("x", [2, 6, 3]));
    const once = (): tf.Tensor =>
      tf.grad((input: tf.Tensor) => layer.apply({ x: input })["output"] ?? expect.fail())(x);
    once().dispose();
    const backend: { readSync: unknown; write: unknown } = Object(tf.backend());
    const { readSync, write } = backend;
    const calls: string[] = [];
    const watch =
      (name: string, real: unknown) =>
      (...given: unknown[]): unknown => {
        // Memory for a new tensor comes without values.
        if (name === "readSync" || given[0] !== null) calls.push(name);
        return typeof real === "function" ? Reflect.apply(real, tf.backend(), given) : expect.fail();
      };
    Object.assign(backend, { readSync: watch("readSync", readSync), write: watch("write", write) });
    const gradient = once();
    Object.assign(backend, { readSync, write });
    // tfjs' own: the cotangent of the output, which is 1, and those of the two last states, which are 0.
    expect(calls).toEqual(["write", "write", "write"]);
    expect(gradient.shape).toEqual([2, 6, 3]);
  });

  test("all memory is returned to the allocator, and every step allocates the same", async () => {
    const { layer } = await layerOf(LSTM, { set: { H: 4 }, sizes: { I: 3 } });
    const given = (): readonly number[] => [allocator.out.size, [...allocator.out.values()].reduce((a, b) => a + b, 0)];
    const optimizer = tf.train.sgd(0.01);
    update(layer, optimizer, numbers("x", [2, 5, 3]));
    const before = given();
    for (let time = 0; time < 5; time++) update(layer, optimizer, numbers("x", [2, 5, 3]));
    expect(given()).toEqual(before);
    layer.dispose();
    optimizer.dispose();
    expect(allocator.out.size).toBe(0);
  });

  test("the memory may grow in between: tensors and programs stay right", async () => {
    const { model, layer } = await layerOf(LSTM, { set: { H: 4 }, sizes: { I: 3 } });
    const x = numbers("x", [2, 5, 3]);
    const run = async (): Promise<NumberArray> => arrayOf(layer.apply({ x: tensorOf(x) })["output"]);
    const first = await run();
    expectNear(first, (await model.run({ x }))["output"], 1e-5);
    const bytes = wordsOfMemory().byteLength;
    const large = tf.zeros([bytes / 4]);
    expect(wordsOfMemory().byteLength).toBeGreaterThan(bytes);
    expect(await run()).toEqual(first);
    large.dispose();
    expect(await run()).toEqual(first);
  });

  test("tensors of another backend are moved, as for tfjs' own kernels", async () => {
    const { model, layer } = await layerOf(LSTM, { set: { H: 4 }, sizes: { I: 3 } });
    const x = numbers("x", [2, 5, 3]);
    await tf.setBackend("cpu");
    const there = tensorOf(x);
    const onCpu = await arrayOf(layer.apply({ x: there })["output"]);
    await tf.setBackend("wasm");
    const onWasm = await arrayOf(layer.apply({ x: there })["output"]);
    const { output } = await model.run({ x });
    for (const each of [onCpu, onWasm]) expectNear(each, output, 1e-5);
  });
});

test("the trained variables go back into the model", async () => {
  await use("wasm");
  const { model, layer } = await layerOf(LSTM, { set: { H: 4 }, sizes: { I: 3 } });
  const x = numbers("x", [2, 5, 3]);
  update(layer, tf.train.sgd(0.5), x);
  const trained = await arrayOf(layer.apply({ x: tensorOf(x) })["output"]);
  model.setWeights(layer.variables());
  expectNear((await model.run({ x }))["output"], trained, 1e-5);
});

test("dropout acts in training, the same forward and backward", async () => {
  await use("wasm");
  const source = `model Dropping() {
    input x: seq [6]
    target y: seq [2]
    predict y from linear(dropout(x, 0.5), out = [2], bias = false)
  }`;
  const { layer } = await layerOf(source, {});
  const x = tensorOf(numbers("x", [3, 4, 6]));
  const still = layer.apply({ x })["y"] ?? expect.fail();
  const values: tf.Tensor[] = [];
  const sum = (input: tf.Tensor): tf.Tensor => {
    const y = layer.apply({ x: input }, { training: true })["y"] ?? expect.fail();
    values.push(tf.keep(y));
    return tf.sum(y);
  };
  const gradient = tf.grad(sum)(x);
  tf.grad(sum)(x);
  const [first, second] = await Promise.all(values.map(arrayOf));
  expect(first?.data).not.toEqual(second?.data);
  expect(first?.data).not.toEqual((await arrayOf(still)).data);
  // The model is linear in what dropout left: its value is the gradient times the input.
  const total = [...(first?.data ?? [])].reduce((sum, each) => sum + each, 0);
  expect(tf.sum(tf.mul(gradient, x)).dataSync()[0]).toBeCloseTo(total, 4);
});

describe("a mistake is reported in one sentence", () => {
  beforeAll(() => use("wasm"));

  /** A value as plain JavaScript may give it, whatever the types say. */
  function unchecked(value: unknown): never {
    const as = (given: unknown): given is never => given === value;
    return as(value) ? value : expect.fail();
  }

  function messageOf(run: () => unknown): string {
    try {
      run();
    } catch (problem) {
      if (problem instanceof UserError) return problem.message;
      throw problem;
    }
    return "no error";
  }

  const x = (shape: readonly number[]): tf.Tensor => tensorOf(numbers("x", shape));

  test("in what a layer is given", async () => {
    const { layer } = await layerOf(LSTM, { set: { H: 4 }, sizes: { I: 3 } });
    const gone = x([2, 5, 3]);
    gone.dispose();
    const { "f.x": _, ...fewer } = layer.variables();
    const cases: readonly (readonly [() => unknown, string])[] = [
      [() => layer.apply({}), "`LSTM` needs its input `x`"],
      [() => layer.apply({ z: x([2, 5, 3]) }), "`LSTM` has no input `z`; it has x"],
      [
        () => layer.apply({ x: x([2, 5, 4]) }),
        "`x` is seq [I] with I = 3 for each example, but what was given is [2, 5, 4], the first axis being the batch",
      ],
      [() => layer.apply({ x: x([5, 3]) }), "`x` is [5, 3] and has no batch: inside tfjs its first axis is the batch"],
      [() => layer.apply({ x: x([2, 0, 3]) }), "`x` has no steps: its shape is [2, 0, 3]"],
      [() => layer.apply({ x: tf.zeros([2, 5, 3], "int32") }), "`x` must be float32, but the tensor is int32"],
      [() => layer.apply({ x: unchecked([[[1, 2, 3]]]) }), "`x` must be a tensor of tfjs"],
      [() => layer.apply({ x: gone }), "the tensor of `x` was disposed of"],
      [() => layer.apply({ x: x([2, 5, 3]) }, { weights: fewer }), "`LSTM` needs its weight `f.x`"],
      [
        () => layer.apply({ x: x([2, 5, 3]) }, { weights: { ...fewer, "f.x": x([4, 4]) } }),
        "the weight `f.x` is [4, I] with I = 3, but what was given is [4, 4]",
      ],
      [() => layer.apply({ x: x([2, 5, 3]) }, { lengths: { x: [5, 6] } }), "`x` has 5 steps, but a length is 6"],
      [
        () => layer.apply({ x: x([2, 5, 3]) }, unchecked({ weight: fewer })),
        "`apply` has no option `weight`; did you mean `weights`?",
      ],
    ];
    for (const [run, message] of cases) expect(messageOf(run)).toBe(message);
    expect(layer.apply({ x: x([2, 5, 3]) })["output"]?.shape).toEqual([2, 5, 4]);
    layer.dispose();
    expect(messageOf(() => layer.apply({ x: x([2, 5, 3]) }))).toBe(
      "this layer of `LSTM` was disposed of: `onTfjs` makes another",
    );
  });

  test("an invalid token, where it would be read", async () => {
    const { layer } = await layerOf(
      `cell Told(H) {
        input k: token[V]
        state h: [H]
        h = tanh(embed(k, H) + linear(h[t-1]))
      }`,
      { set: { H: 3 }, sizes: { V: 4 } },
    );
    const k = (ids: readonly number[]): tf.Tensor => tokensOf({ shape: [1, ids.length], data: Int32Array.from(ids) });
    expect(messageOf(() => layer.apply({ k: k([0, 4]) }))).toBe(
      "`k` is token[V] with V = 4: its tokens are whole numbers from 0 to 3, but one is 4",
    );
    expect(layer.apply({ k: k([0, 4, -9]) }, { lengths: { k: [1] } })["output"]?.shape).toEqual([1, 3, 3]);
    expect(messageOf(() => layer.apply({ k: tf.zeros([1, 2]) }))).toBe("`k` must be int32, but the tensor is float32");
  });

  test("weights whose sizes are not known, also while a gradient is recorded", async () => {
    const { layer } = await layerOf(LSTM, { set: { H: 4 } });
    expect(messageOf(() => layer.variables())).toMatch(
      /^the size I of the weight `\w\.x` is not known: give `sizes: { I: … }`/,
    );
    const told = messageOf(() => tf.grad((input: tf.Tensor) => lossOf(layer, input))(x([2, 5, 3])));
    expect(told).toBe(
      "the variables of `LSTM` are not made yet, and so nobody could train them: apply it once before, or give `sizes` to `compile`",
    );
    layer.apply({ x: x([2, 5, 3]) });
    expect(Object.keys(tf.variableGrads(() => lossOf(layer, x([2, 5, 3]))).grads).length).toBeGreaterThan(0);
  });

  test("a gradient of a gradient", async () => {
    const { layer } = await layerOf(LSTM, { set: { H: 4 }, sizes: { I: 3 } });
    const twice = tf.grad((b: tf.Tensor) => tf.sum(tf.grad((a: tf.Tensor) => lossOf(layer, a))(b)));
    expect(messageOf(() => twice(x([2, 5, 3])))).toBe(
      "the gradient of `LSTM` inside tfjs cannot be differentiated again",
    );
  });

  test("an unknown backend, and a value that is not a module", async () => {
    const { model, layer } = await layerOf(LSTM, { set: { H: 4 }, sizes: { I: 3 } });
    class Mine extends tf.KernelBackend {
      override dispose(): void {}
    }
    tf.registerBackend("mine", () => new Mine());
    const given = x([2, 5, 3]);
    await tf.setBackend("mine");
    const told = messageOf(() => layer.apply({ x: given }));
    await tf.setBackend("wasm");
    tf.removeBackend("mine");
    expect(told).toBe(
      "the backends of tfjs that can be used are wasm, cpu, webgpu, webgl, tensorflow, but the current one is `mine`",
    );
    const asked: CompiledModel = model;
    await expect(asked.onTfjs(unchecked({}))).rejects.toThrow(
      '`onTfjs` needs the module of tfjs: `import * as tf from "@tensorflow/tfjs"`',
    );
    model.dispose();
    await expect(asked.onTfjs(tf)).rejects.toThrow("`LSTM` was disposed of: compile it again");
  });
});
