// Scans on tfjs against the reference, and no memory leaks.
import * as tfjs from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { UserError } from "../src/base/diagnostic.ts";
import { data } from "../src/graph/border.ts";
import type { Graph } from "../src/graph/graph.ts";
import { nameOfInput } from "../src/graph/node.ts";
import { Builder } from "../src/ops/builder.ts";
import { countOf, type NdArray } from "../src/ops/nd.ts";
import { constant, ONE, symbol } from "../src/shape/dim.ts";
import { parseType, shapeOf } from "../src/shape/type.ts";
import { referenceTarget } from "../src/targets/reference/target.ts";
import type { Target } from "../src/targets/target.ts";
import { tfjsTarget } from "../src/targets/tfjs/target.ts";
import { drawn, expectClose } from "./ops/arrays.ts";

/** float32 through at most nine steps: ARCHITECTURE.md, "Numbers". */
const TOLERANCE = 1e-5;

type Sizes = ReadonlyMap<string, number>;

function sized(T: number): Sizes {
  return new Map([
    ["T", T],
    ["B", 2],
    ["I", 3],
    ["H", 4],
  ]);
}

/** h' = tanh(W x + U h + b), which also emits h before the step, an invariant, and a count of the steps; nothing reads `last`. */
function rnn(reverse: boolean): Graph {
  const build = new Builder();
  const input = (name: string, type: string): string => build.input(data(name), parseType(type));
  const x = input("x", "float[time T, batch B, I]");
  const W = input("W", "float[H, I]");
  const U = input("U", "float[H, H]");
  const b = input("b", "float[H]");
  const h0 = input("h0", "float[batch B, H]");
  const k = input("k", "int[time T, batch B]");
  build.openScan(symbol("T"), reverse);
  const h = build.state(h0);
  const steps = build.state(build.outermost(() => build.constant(0)));
  const last = build.state(h0);
  const product = (left: string, right: string): string =>
    build.op("contract", [left, right], { left: "bj", right: "ij", out: "bi" });
  const next = build.op("tanh", [build.op("add", [build.op("add", [product(x, W), product(h, U)]), b])]);
  build.setNext(h, next);
  build.setNext(steps, build.op("add", [steps, build.constant(1)]));
  build.setNext(last, h);
  const emitted = [next, h, build.op("exp", [b]), build.op("onehot", [k], { dims: [symbol("I")] }), x].map((value) =>
    build.emit(value),
  );
  const scan = build.closeScan();
  const outputs = emitted.map((index) => [`e${index}`, build.emitted(scan.id, index)] as const);
  const finals = [h, steps, last].map((port, index) => [`s${index}`, scan.final(port)] as const);
  // The same value twice, and an input as it came: each result is the caller's own.
  return build.finish("rnn", new Map([...outputs, ...finals, ["again", scan.final(h)], ["same", W]]));
}

function inputsFor(graph: Graph, sizes: Sizes): ReadonlyMap<string, NdArray> {
  const nodes = graph.region(null).filter((node) => node.op === "input");
  return new Map(
    nodes.map((node, seed) => {
      const shape = shapeOf(node.type, sizes);
      const tokens = { shape, data: Float64Array.from({ length: countOf(shape) }, (_, i) => i % 3) };
      return [nameOfInput(node), node.type.dtype === "int" ? tokens : drawn(shape, seed)];
    }),
  );
}

async function compare<T>(target: Target<T>, graph: Graph, sizes: Sizes, times = 1): Promise<void> {
  const arrays = inputsFor(graph, sizes);
  const expected = referenceTarget().compile(graph).run(arrays, sizes);
  const inputs = new Map(
    [...arrays].map(([name, { shape, data }]) => [
      name,
      target.upload({ dtype: name === "k" ? "int" : "float", shape, data }),
    ]),
  );
  const executable = target.compile(graph);
  for (let i = 0; i < times; i++) {
    const results = executable.run(inputs, sizes);
    for (const [name, tensor] of results) {
      const { shape, data } = await target.download(tensor);
      expect(shape, name).toEqual(expected.get(name)?.shape);
      expectClose(data, expected.get(name)?.data ?? [], TOLERANCE, name);
      target.dispose(tensor);
    }
  }
  inputs.forEach((tensor) => target.dispose(tensor));
}

const targets = new Map([
  ["wasm", await tfjsTarget("wasm")],
  ["cpu", await tfjsTarget("cpu")],
]);

for (const [name, target] of targets) {
  describe(`tfjs ${name}`, () => {
    for (const reverse of [false, true]) {
      for (const T of [0, 1, 2, 9]) {
        test(`an rnn ${reverse ? "from the end" : "forward"}, T = ${T}: within ${TOLERANCE} of the reference`, async () => {
          await compare(target, rnn(reverse), sized(T));
        });
      }
    }

    test("neither tensors nor the backend's values grow from run to run, nor over lengths whose plans are kept", async () => {
      const graph = rnn(true);
      const backend = tfjs.findBackend(name);
      const executable = target.compile(graph);
      const runOnce = (T: number): void => {
        const sizes = sized(T);
        const given = [...inputsFor(graph, sizes)].map(([input, { shape, data }]) => {
          return [input, target.upload({ dtype: input === "k" ? "int" : "float", shape, data })] as const;
        });
        executable.run(new Map(given), sizes).forEach((tensor) => target.dispose(tensor));
        given.forEach(([, tensor]) => target.dispose(tensor));
      };
      const count = (): readonly number[] => [
        tfjs.memory().numTensors,
        tfjs.memory().numDataBuffers,
        backend.numDataIds(),
      ];
      for (let T = 1; T <= 24; T++) runOnce(T);
      const before = count();
      for (let T = 1; T <= 24; T++) runOnce(T);
      for (let i = 0; i < 5; i++) runOnce(24);
      expect(count()).toEqual(before);
      executable.dispose();
      expect(count()[2]).toBeLessThan(before[2] ?? 0);
    });

    test(`large products in batches: within ${TOLERANCE} of the reference`, async () => {
      const build = new Builder();
      const [q, k] = ["q", "m"].map((each) => build.input(data(each), parseType("float[batch B, memory T, H]")));
      const scores = build.op("contract", [q ?? "", k ?? ""], { left: "bth", right: "bsh", out: "bts" });
      const sizes = new Map([...sized(33), ["H", 40]]);
      await compare(target, build.finish("scores", new Map([["y", scores]])), sizes, 2);
    });

    test("results stay valid after the inputs are disposed of", async () => {
      const build = new Builder();
      const x = build.input(data("x"), parseType("float[3]"));
      const graph = build.finish("same", new Map([["y", build.op("reshape", [x], { dims: [constant(3), ONE] })]]));
      const given = target.upload({ dtype: "float", shape: [3], data: Float32Array.of(1, 2, 3) });
      const y =
        target
          .compile(graph)
          .run(new Map([["x", given]]), new Map())
          .get("y") ?? expect.fail("no result");
      target.dispose(given);
      expect(await target.download(y)).toEqual({ dtype: "float", shape: [3, 1], data: Float32Array.of(1, 2, 3) });
      target.dispose(y);
    });

    test("an input of the wrong shape or type is named", () => {
      const graph = rnn(false);
      const wrong = target.upload({ dtype: "float", shape: [2, 2], data: new Float32Array(4) });
      const run = (inputs: ReadonlyMap<string, typeof wrong>) => () => target.compile(graph).run(inputs, sized(2));
      expect(run(new Map())).toThrow(UserError);
      const both = "the input `x` is [2, 2], expected [2, 2, 3], which is float[time T, batch B, I]";
      expect(run(new Map([["x", wrong]]))).toThrow(both);
      const build = new Builder();
      const tokens = build.input(data("k"), parseType("int[B, B]"));
      const onTokens = build.finish("tokens", new Map([["y", build.op("float", [tokens])]]));
      const given = new Map([["k", wrong]]);
      expect(() => target.compile(onTokens).run(given, sized(2))).toThrow("the input `k` is float32, expected int32");
      target.dispose(wrong);
    });

    test("uploading copies", async () => {
      const data = Float32Array.of(1, 2);
      const tensor = target.upload({ dtype: "float", shape: [2], data });
      data[0] = 5;
      const first = await target.download(tensor);
      expect(Array.from(first.data)).toEqual([1, 2]);
      first.data[0] = 7;
      expect(Array.from((await target.download(tensor)).data)).toEqual([1, 2]);
      target.dispose(tensor);
    });
  });
}

test("runs on one backend while tfjs' current one is the other", async () => {
  const wasm = targets.get("wasm") ?? expect.fail("no wasm");
  for (const current of ["cpu", "wasm"]) {
    await tfjs.setBackend(current);
    for (const target of targets.values()) await compare(target, rnn(false), sized(3), 2);
  }
  expect(wasm.name).toBe("tfjs-wasm");
});

describe("reference", () => {
  test("an input of the wrong shape is named, with both shapes", () => {
    const given = new Map([["x", drawn([2, 2], 1)]]);
    const run = (): unknown => referenceTarget().compile(rnn(false)).run(given, sized(2));
    expect(run).toThrow("the input `x` is [2, 2], expected [2, 2, 3], which is float[time T, batch B, I]");
  });

  test("a scan from the end is the scan of the sequence turned round", () => {
    const sizes = sized(5);
    const graph = rnn(false);
    const inputs = inputsFor(graph, sizes);
    const x = inputs.get("x") ?? expect.fail("no x");
    const turned = new Map([...inputs, ["x", turnedRound(x)]]);
    const forward = referenceTarget().compile(graph).run(turned, sizes);
    const backward = referenceTarget().compile(rnn(true)).run(inputs, sizes);
    expect(backward.get("s0")?.data).toEqual(forward.get("s0")?.data);
    expect(backward.get("e0")?.data).toEqual(turnedRound(forward.get("e0") ?? expect.fail("no e0")).data);
    expect(Array.from(forward.get("s1")?.data ?? [])).toEqual([5]);
  });
});

function turnedRound(sequence: NdArray): NdArray {
  const count = countOf(sequence.shape.slice(1));
  const data = sequence.data.map((_, i) => {
    const t = (sequence.shape[0] ?? 0) - 1 - Math.floor(i / count);
    return sequence.data[t * count + (i % count)] ?? NaN;
  });
  return { shape: sequence.shape, data };
}
