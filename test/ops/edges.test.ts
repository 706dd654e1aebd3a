// Extremes: what the ops promise where float arithmetic overflows, divides by zero or meets a NaN. Each list is input and result.
import { describe, expect, test } from "vitest";
import { parseType } from "../../src/shape/type.ts";
import { Builder } from "../../src/ops/builder.ts";
import type { Attributes } from "../../src/graph/node.ts";
import type { Target } from "../../src/targets/target.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { HAS_WEBGPU } from "../support/swiftshader.ts";
import { HAS_TENSORFLOW } from "../support/tensorflow.ts";
import { expectClose } from "./arrays.ts";
import { gradientGraph } from "./gradient.ts";

const INF = Infinity;

interface Edge {
  readonly title: string;
  readonly op: string;
  readonly operands: readonly (readonly number[])[];
  readonly attributes?: Attributes;
  readonly result: readonly number[];
}

const LAST: Attributes = { axis: -1 };
const EDGES: readonly Edge[] = [
  {
    title: "sigmoid saturates",
    op: "sigmoid",
    operands: [[-INF, -1000, -90, 0, 90, 1000, INF]],
    result: [0, 0, 0, 0.5, 1, 1, 1],
  },
  { title: "sigmoid keeps a NaN", op: "sigmoid", operands: [[NaN, 0]], result: [NaN, 0.5] },
  { title: "tanh saturates", op: "tanh", operands: [[-INF, -1000, 1000, INF]], result: [-1, -1, 1, 1] },
  { title: "exp of extremes", op: "exp", operands: [[-INF, -1000, 0, 1000]], result: [0, 0, 1, INF] },
  { title: "log of 0 and below", op: "log", operands: [[0, -1, INF]], result: [-INF, NaN, INF] },
  {
    title: "softplus without overflow",
    op: "softplus",
    operands: [[-INF, -1000, 1000, INF]],
    result: [0, 0, 1000, INF],
  },
  { title: "elu of extremes", op: "elu", operands: [[-INF, -1000, 0, 1000]], result: [-1, -1, 0, 1000] },
  {
    title: "softmax of huge values",
    op: "softmax",
    attributes: LAST,
    operands: [[1e30, 1e30, -1e30, 0]],
    result: [0.5, 0.5, 0, 0],
  },
  {
    title: "softmax, some -∞",
    op: "softmax",
    attributes: LAST,
    operands: [[-INF, 0, -INF, 0]],
    result: [0, 0.5, 0, 0.5],
  },
  { title: "softmax, nothing but -∞", op: "softmax", attributes: LAST, operands: [[-INF, -INF]], result: [0, 0] },
  { title: "logsoftmax, some -∞", op: "logsoftmax", attributes: LAST, operands: [[-INF, 0]], result: [-INF, 0] },
  { title: "logsoftmax of huge values", op: "logsoftmax", attributes: LAST, operands: [[1000, 0]], result: [0, -1000] },
  {
    title: "select, a NaN not chosen",
    op: "select",
    operands: [
      [1, 0, 2],
      [1, NaN, 3],
      [NaN, 5, NaN],
    ],
    result: [1, 5, 3],
  },
  { title: "argmax, the first of equals", op: "argmax", attributes: LAST, operands: [[1, 3, 3, 2]], result: [1] },
  { title: "argmax of -∞", op: "argmax", attributes: LAST, operands: [[-INF, -INF]], result: [0] },
  {
    title: "mod takes the divisor's sign",
    op: "mod",
    operands: [
      [5, -5, 5, -5, 0.5],
      [3, 3, -3, -3, -2],
    ],
    result: [2, 1, -1, -2, -1.5],
  },
  {
    title: "pow of negative bases",
    op: "pow",
    operands: [
      [-2, -2, 0, 0, -2],
      [2, 3, 0, -1, 0.5],
    ],
    result: [4, -8, 1, INF, NaN],
  },
  { title: "floor of negatives", op: "floor", operands: [[-1.5, -0.5, 1.5]], result: [-2, -1, 1] },
  { title: "sign", op: "sign", operands: [[-INF, -3, 0, 2, INF]], result: [-1, -1, 0, 1, 1] },
  {
    title: "comparisons with NaN",
    op: "le",
    operands: [
      [NaN, 1, NaN],
      [1, NaN, NaN],
    ],
    result: [0, 0, 0],
  },
  {
    title: "equality of infinities",
    op: "eq",
    operands: [
      [INF, -INF, NaN],
      [INF, INF, NaN],
    ],
    result: [1, 0, 0],
  },
  { title: "erf saturates", op: "erf", operands: [[-INF, -10, 10, INF]], result: [-1, -1, 1, 1] },
  { title: "max of -∞", op: "reduce_max", attributes: LAST, operands: [[-INF, -INF]], result: [-INF] },
  {
    title: "clamp of infinities",
    op: "clamp",
    operands: [
      [-INF, INF, 0.5],
      [0, 0, 0],
      [1, 1, 1],
    ],
    result: [0, 1, 0.5],
  },
];

/** In each, the chosen branch is finite and the other one, or its derivative, is not. */
const GRADIENTS: readonly (Edge & { readonly by: number })[] = [
  {
    title: "select passes nothing to a NaN",
    op: "select",
    operands: [
      [1, 0],
      [1, NaN],
      [NaN, 5],
    ],
    by: 1,
    result: [1, 0],
  },
  {
    title: "max gives a tie to the first",
    op: "max",
    operands: [
      [1, 2],
      [1, 1],
    ],
    by: 0,
    result: [1, 1],
  },
  { title: "abs at 0", op: "abs", operands: [[0, -2]], by: 0, result: [0, -1] },
  { title: "relu at 0", op: "relu", operands: [[0, 2]], by: 0, result: [0, 1] },
  { title: "norm of zeros", op: "norm", attributes: LAST, operands: [[0, 0]], by: 0, result: [0, 0] },
  {
    title: "maximum gives equals to the first",
    op: "reduce_max",
    attributes: LAST,
    operands: [[3, 3, 1]],
    by: 0,
    result: [1, 0, 0],
  },
  {
    title: "softmax of nothing but -∞",
    op: "softmax",
    attributes: LAST,
    operands: [[-INF, -INF]],
    by: 0,
    result: [0, 0],
  },
  { title: "softplus of extremes", op: "softplus", operands: [[-1000, 1000]], by: 0, result: [0, 1] },
  { title: "elu of extremes", op: "elu", operands: [[-1000, 1000]], by: 0, result: [0, 1] },
];

/** Known values of these have more digits than float32 keeps. */
const TOLERANCE = 1e-6;

async function run<T>(target: Target<T>, edge: Edge, by: number | null): Promise<readonly number[]> {
  const types = edge.operands.map((values) => `float[${values.length}]`);
  const attributes = edge.attributes ?? {};
  const graph =
    by === null ? forward(edge, types) : (gradientGraph(edge.op, types, attributes) ?? expect.fail("no gradient"));
  const arrays = new Map(edge.operands.map((values, index) => [`x${index}`, values]));
  const ones = graph.region(null).find((node) => node.attributes["name"] === "w");
  const width = ones?.type.axes.length === 0 ? [] : [edge.operands[0]?.length ?? 1];
  if (ones !== undefined)
    arrays.set(
      "w",
      Array.from({ length: width[0] ?? 1 }, () => 1),
    );
  const inputs = [...arrays].map(([name, values]) => {
    const shape = name === "w" ? width : [values.length];
    return [name, target.upload({ dtype: "float", shape, data: Float64Array.from(values) })] as const;
  });
  const results = target.compile(graph).run(new Map(inputs), new Map());
  const wanted = results.get(by === null ? "y" : `d${by}`) ?? expect.fail("no result");
  const { data } = await target.download(wanted);
  results.forEach((tensor) => target.dispose(tensor));
  inputs.forEach(([, tensor]) => target.dispose(tensor));
  return Array.from(data);
}

function forward(edge: Edge, types: readonly string[]): ReturnType<Builder["finish"]> {
  const build = new Builder();
  const operands = types.map((type, index) => build.input(`x${index}`, "data", parseType(type)));
  return build.finish(edge.op, new Map([["y", build.op(edge.op, operands, edge.attributes ?? {})]]));
}

/** WGSL promises neither infinities nor NaN. */
const NOT_ON_GPU = new Set(["sigmoid keeps a NaN", "log of 0 and below", "pow of negative bases"]);

const tfjsTargets = new Map([
  ["tfjs-wasm", await tfjsTarget("wasm")],
  ["tfjs-cpu", await tfjsTarget("cpu")],
  // Where these are missing, test/gpu counts what is skipped.
  ...(HAS_WEBGPU ? ([["tfjs-webgpu", await tfjsTarget("webgpu")]] as const) : []),
  ...(HAS_TENSORFLOW ? ([["tfjs-tensorflow", await tfjsTarget("tensorflow")]] as const) : []),
]);
const targets = {
  reference: referenceTarget(),
  wasm: await wasmTarget(),
};

for (const name of ["reference", "wasm", ...tfjsTargets.keys()]) {
  describe(name, () => {
    const check = async (edge: Edge, by: number | null): Promise<void> => {
      const got =
        name === "reference"
          ? await run(targets.reference, edge, by)
          : name === "wasm"
            ? await run(targets.wasm, edge, by)
            : await run(tfjsTargets.get(name) ?? expect.fail(`no ${name}`), edge, by);
      expectClose(got, edge.result, TOLERANCE, edge.title);
    };
    for (const edge of EDGES.filter(({ title }) => name !== "tfjs-webgpu" || !NOT_ON_GPU.has(title)))
      test(edge.title, () => check(edge, null));
    for (const edge of GRADIENTS) test(`gradient: ${edge.title}`, () => check(edge, edge.by));
  });
}
