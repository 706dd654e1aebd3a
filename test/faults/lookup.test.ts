// `lookup(table, k)` gives each example its own row, whatever axes the table and the index have, as `onehot(k) @ table` does:
// the same values on every target, and the gradient that central differences say.
import { describe, expect, test } from "vitest";
import { lowerVerified } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { Target } from "../../src/targets/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { expectClose } from "../ops/arrays.ts";
import { evaluate, expectNear } from "../support/evaluate.ts";
import { expectGradient } from "../support/differences.ts";
import { named, resultsOn, run, sizesOf, valuesFor, type Arrays } from "../support/run.ts";
import { floatOutputs, LAYOUTS, programFrom, requestFor } from "../support/specs.ts";
import { differing } from "../support/stages.ts";

/** `?` stands for what is looked up of `M` by `k`. */
const SPECS: Readonly<Record<string, string>> = {
  "a weight": "cell C { input k: token[4]; param M: [4, 2] ~ glorot; y = ?; output y }",
  "made of a weight": "cell C { input k: token[4]; param W: [4, 2] ~ glorot; M = sin(W); y = ?; output y }",
  "a vector": "cell C { input k: token[4]; state M: [4]; M = sin(M[t-1]) + 1; y = ?; output y }",
  "a state": "cell C { input x: []; input k: token[4]; state M: [4, 2]; M = sin(M[t-1]) + x; y = ?; output y }",
  "a state before the step": "cell C { input k: token[4]; state h: [4, 2]; M = h[t-1]; h = 0.5 * M; y = ?; output y }",
  "three axes": "cell C { input x: [3]; input k: token[4]; state M: [4, 2, 3]; M = sin(M[t-1]) * x; y = ?; output y }",
  "an input": "cell C { input M: [4, 2]; input k: token[4]; y = tanh(?); output y }",
  "made of an input":
    "cell C { input x: [4]; input k: token[4]; M = outer(x, x); state h: [4]; h = h[t-1] * ?; output h }",
  "made of a memory": "cell C { memory m: seq [4]; input k: token[4]; M = transpose(m); y = sum(?); output y }",
  "by a memory":
    "cell C { input x: []; memory k: seq token[4]; state M: [4, 2]; M = sin(M[t-1]) + x; y = sum(?, axis = time); output y }",
  "a weight by a memory":
    "cell C { input x: []; memory k: seq token[4]; param M: [4, 2] ~ glorot; y = x * mean(?, axis = time); output y }",
  "by a token of before":
    "cell C { input k: token[4]; state M: [4, 2]; M = sin(M[t-1]) + 1; j = k[t-1]; y = !; output y }",
  "one of each example, by a sequence":
    "model P { input M: [4, 2]; input k: seq token[4]; target y: seq [2]; predict y from ? }",
  "a sequence, by one of each example":
    "model P { input M: seq [4, 2]; input k: token[4]; target y: seq [2]; predict y from ? }",
  "a sequence, by a sequence":
    "model P { input M: seq [4, 2]; input k: seq token[4]; target y: seq [2]; predict y from ? }",
  "one of each example, by one": "model P { input M: [4, 2]; input k: token[4]; target y: [2]; predict y from ? }",
  "a weight, by one of each example":
    "model P { input k: token[4]; param M: [4, 2] ~ glorot; target y: [2]; predict y from ? }",
  "an output of a cell":
    "cell C { input x: [2]; state h: [4, 2]; h = h[t-1] + outer(range(4), x) }\nmodel P { input x: seq [2]; input k: token[4]; target y: [2]; M = last(C()(x)); predict y from ? }",
};

function written(spec: string, form: (index: string) => string): string {
  const models = spec.split("\n").toReversed().join("\n");
  return models.replace("?", form("k")).replace("!", form("j"));
}

const specs = Object.entries(SPECS).map(([name, spec]) => ({
  name,
  looked: written(spec, (k) => `lookup(M, ${k})`),
  product: written(spec, (k) => `onehot(${k}) @ M`),
}));

const outputsOf = (program: Program): readonly string[] =>
  program.graph.outputs.has("loss") ? ["loss"] : floatOutputs(program);

/** float64 in the same order of sums, but for zeros. */
const EXACT = 1e-12;
/** float32 through a dozen operations, and sums over steps. */
const FLOAT32 = 1e-4;
const wasm = await wasmTarget();
const tfjs = await tfjsTarget("cpu");

async function expectOn<T>(target: Target<T>, graph: Graph, inputs: Arrays, expected: Arrays): Promise<void> {
  const results = await resultsOn(target, graph, inputs, sizesOf(graph));
  for (const [name, { data }] of results)
    expectClose(data, named(expected, name).data, FLOAT32, `${name} on ${target.name}`);
}

describe("lookup in a table", () => {
  test("a state that grows by 1 a step, by 0, 1, 2: 2 4 6", () => {
    const text =
      "cell C { input x: []; input k: token[4]; state M: [4, 2]; M = M[t-1] + x; y = sum(lookup(M, k)); output y }";
    expectNear(evaluate(text, { inputs: { x: [[1, 1, 1]], k: [[0, 1, 2]] } })["output"]?.[0] ?? [], [2, 4, 6]);
  });

  for (const [layout, options] of LAYOUTS) {
    const programOf = (text: string): Program =>
      programFrom(text, { ...options, states: text.startsWith("model") ? "initial" : "given" });

    test.each(specs)(`$name, ${layout}`, async ({ looked, product }) => {
      const program = programOf(looked);
      const outputs = outputsOf(program);
      const graph = lowerVerified(program.graph, requestFor(program, outputs));
      const sizes = sizesOf(graph);
      const inputs = valuesFor(graph, sizes);
      const results = run(graph, inputs, sizes);
      const other = programOf(product);
      const expected = run(lowerVerified(other.graph, requestFor(other, outputs)), inputs, sizes);
      expect(differing(results, expected, EXACT)).toEqual([]);
      expectGradient(program, outputs);
      await expectOn(wasm, graph, inputs, expected);
      await expectOn(tfjs, graph, inputs, expected);
    });
  }
});
