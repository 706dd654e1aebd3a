// No gradient is dropped on its way: of every output and every last state by itself, by every input, weight and first state, it is what
// central differences say; in small cells, each of which leaves something unread.
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { lowerVerified, programOf, type Wiring } from "../../src/compile.ts";
import { compile } from "../../src/index.ts";
import type { Options } from "../../src/lang/elaborate/options.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import { unrollBy, unrollFully } from "../../src/time/unroll.ts";
import { expectGradient } from "../support/differences.ts";
import { run, sizesOf, valuesFor } from "../support/run.ts";
import { definitionsOf, floatOutputs, FULL, RAGGED, requestFor } from "../support/specs.ts";
import { differing } from "../support/stages.ts";

const CELLS: Readonly<Record<string, string>> = {
  "a state that nothing reads": "state h: [2]; h = 3 * x",
  "of two states, one that nothing reads": "state h, g: [2]; h = tanh(x + h[t-1]); g = 2 * tanh(h)",
  "a state that nothing reads, of one that nothing else reads":
    "state h, g: [2]; y = square(x); h = x * y; g = h * g[t-1]; output y",
  "a state that does not change": "state h: [2]; h = h[t-1]; y = 2 * x; output y",
  "a state that is a weight": "param p: [2]; state h: [2]; h = p; y = x * p; output y",
  "a state that is a number": "state h: [2]; h = 2 * sum(eye(2)); y = x * h; output y",
  "a learned first value that nothing reads": "state h: [2] = param ~ normal(0.1); h = 3 * x",
  "a learned first value and a weight":
    "param p: [2]; state h, g: [2] = param ~ normal(0.1); h = p * h[t-1]; g = p * x",
  "states that change places": "state h, k: [2]; h = x * k[t-1]; k = sin(h[t-1])",
  "one state that is another": "state h, k: [2]; h = x * h[t-1]; k = h; output k",
  "a state that is a delayed other": "state h, k: [2]; h = x + sin(h[t-1]); k = h[t-1]",
  "a state that is an input": "state h: [2]; h = x; y = sin(x); output y, h",
  "a sum over time": "state h: [2]; param w: [2, 2]; h = h[t-1] + w @ x; y = square(x); output y",
  "a sum over time that is read": "state h: [2]; param w: [2, 2]; h = h[t-1] + w @ x; y = h * x; output y, h",
  "a product over time": "state h: [2]; h = h[t-1] * x; y = 2 * x; output y",
  delays: "state h: [2]; h = tanh(x[t-1] + h[t-3]); y = h[t-2] * x; output y",
  "the number of the step": "state h: [2]; h = t * x; y = t * h[t-1]; output y",
  "a cell whose states nothing reads": "state h: [2]; s = Inner(2)(x); h = 2 * x",
  "a cell whose part is read": "state h: [2]; s = Inner(2)(x); h = x + s.k[t-1]",
  "a cell given its state": "state h: [2]; h = Inner(2)(x, a = h[t-1], k = 2 * x)",
  "a memory":
    "memory m: seq [2]; state h: [2]; h = tanh(mean(m, axis = time) * x); y = softmax(m @ h[t-1]) @ m; output y",
  "a matrix": "state S: [2, 2]; S = outer(x, x); y = S @ x; output y",
  "the greater": "state h: [2]; h = max(h[t-1], x); y = 2 * x; output y",
};

const INNER = "cell Inner(N) { input z: [N]; state a, k: [N]; a = z * tanh(a[t-1]); k = z + sin(z); output k }";

function programIn(text: string, options: Options & { readonly wiring?: Wiring }): Program {
  const source = { name: "test.rec", text: `cell C { input x: [2]; ${text} }\n${INNER}` };
  const [cell] = definitionsOf(source);
  return programOf(cell?.definition ?? expect.fail("no cell"), new Map(), options);
}

const texts = Object.entries(CELLS);
const together = (program: Program): readonly (readonly string[])[] => [
  ...floatOutputs(program).map((name) => [name]),
  floatOutputs(program),
];

describe("each output and each last state", () => {
  test.each(texts)("%s", (_, text) => {
    for (const options of [FULL, RAGGED]) {
      const program = programIn(text, options);
      for (const outputs of together(program)) expectGradient(program, outputs);
    }
  });
});

describe("examples without steps, and one step", () => {
  test.each(texts)("%s", (_, text) => {
    const ragged = programIn(text, RAGGED);
    const full = programIn(text, FULL);
    for (const outputs of together(ragged)) expectGradient(ragged, outputs, { lengths: [4, 0, 1] });
    for (const T of [0, 1]) for (const outputs of together(full)) expectGradient(full, outputs, { sizes: { T } });
  });
});

describe("in two layers, and in both directions", () => {
  const wirings: readonly Wiring[] = [
    { layers: 2, bidirectional: false },
    { layers: 1, bidirectional: true },
  ];
  test.each(texts)("%s", (_, text) => {
    for (const options of [FULL, RAGGED])
      for (const wiring of wirings) {
        const program = programIn(text, { ...options, wiring });
        expectGradient(program, floatOutputs(program));
        for (const { name } of program.states) expectGradient(program, [`final.${name}`]);
      }
  });
});

/** float64 in another order of sums. */
const TOLERANCE = 1e-12;

describe("unrolled, as rolled", () => {
  test.each(texts)("%s", (_, text) => {
    for (const options of [FULL, RAGGED]) {
      const program = programIn(text, options);
      const graph = lowerVerified(program.graph, requestFor(program, floatOutputs(program)));
      const sizes = sizesOf(graph);
      const inputs = valuesFor(graph, sizes);
      const expected = run(graph, inputs, sizes);
      const byThree = unrollBy(graph, 3);
      const turns = byThree.turns.map(({ name }) => [name, 1] as const);
      expect(differing(run(byThree.graph, inputs, new Map([...sizes, ...turns])), expected, TOLERANCE)).toEqual([]);
      expect(differing(run(unrollFully(graph, sizes), inputs, sizes), expected, TOLERANCE)).toEqual([]);
    }
  });
});

describe("onTfjs", () => {
  beforeAll(() => tf.setBackend("cpu"));

  test("a state that nothing reads: d output 3 3, d state 0 3, both 3 6", async () => {
    const cell = await compile("cell C { input x: [1]; state h: [1]; h = 3 * x }", { target: "reference" });
    const layer = await cell.onTfjs(tf);
    const x = tf.tensor([[[0.5], [0.2]]]);
    const by = (f: (results: ReturnType<typeof layer.apply>) => tf.Scalar): readonly number[] => [
      ...tf
        .grad((each) => f(layer.apply({ x: each })))(x)
        .dataSync(),
    ];
    const sum = (tensor: { sum(): tf.Tensor } | undefined): tf.Scalar =>
      tensor?.sum().asScalar() ?? expect.fail("nothing");
    expect(by(({ output }) => sum(output))).toEqual([3, 3]);
    expect(by((results) => sum(results["state.h"]))).toEqual([0, 3]);
    expect(by((results) => sum(results["state.h"]).add(sum(results["output"])).asScalar())).toEqual([3, 6]);
    layer.dispose();
    cell.dispose();
  });
});
