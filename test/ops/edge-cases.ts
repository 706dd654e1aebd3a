// Extremes: what the ops promise where float arithmetic overflows, divides by zero or meets a NaN. Each list is input and result.
import { expect } from "vitest";
import { data } from "../../src/graph/border.ts";
import { Builder } from "../../src/ops/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { nameOfInput, type Attributes, type OpName } from "../../src/graph/node.ts";
import type { NdArray } from "../../src/ops/nd.ts";
import { parseType } from "../../src/shape/type.ts";
import type { Results, Task } from "../support/float32.ts";
import { expectClose } from "./arrays.ts";
import { gradientGraph } from "./gradient.ts";

const INF = Infinity;

export interface Edge {
  readonly title: string;
  readonly op: OpName;
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
    title: "max of huge negatives",
    op: "reduce_max",
    attributes: LAST,
    operands: [[-3e30, -INF, -2e30]],
    result: [-2e30],
  },
  { title: "min of huge values", op: "reduce_min", attributes: LAST, operands: [[INF, 3e30, 2e30]], result: [2e30] },
  { title: "max of tiny values", op: "reduce_max", attributes: LAST, operands: [[1e-30, 0, -1]], result: [1e-30] },
  { title: "softmax of huge negatives", op: "softmax", attributes: LAST, operands: [[-3e30, -2e30]], result: [0, 1] },
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
export const EDGE_GRADIENTS: readonly (Edge & { readonly by: number })[] = [
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

/** WGSL and GLSL promise neither infinities nor NaN: what tfjs' kernels lack there, and `0 / 0` is 1 on webgl. */
const NOT_ON_GPU: Readonly<Record<string, readonly string[]>> = {
  "tfjs-webgpu, not fused": ["sigmoid keeps a NaN", "log of 0 and below", "pow of negative bases"],
  "tfjs-webgl": ["log of 0 and below", "pow of negative bases"],
};

/** Those of the forward edges that the target keeps. */
export function edgesOn(target: string): readonly Edge[] {
  return EDGES.filter(({ title }) => NOT_ON_GPU[target]?.includes(title) !== true);
}

/** The op, or its gradient by operand `by` with a cotangent of ones. */
export function edgeTask(edge: Edge, by: number | null): Task {
  const types = edge.operands.map((values) => `float[${values.length}]`);
  const graph =
    by === null
      ? forward(edge, types)
      : (gradientGraph(edge.op, types, edge.attributes ?? {}) ?? expect.fail("no gradient"));
  const inputs = new Map(edge.operands.map((values, index) => [`x${index}`, array(values)]));
  const ones = graph.inputs().find((node) => nameOfInput(node) === "w");
  const width = edge.operands[0]?.length ?? 1;
  if (ones !== undefined)
    inputs.set(
      "w",
      ones.type.axes.length === 0
        ? { shape: [], data: Float64Array.of(1) }
        : array(Array.from({ length: width }, () => 1)),
    );
  return { graph, inputs, sizes: new Map() };
}

/** Whether the results of `edgeTask` are the promised ones. */
export function expectEdge(results: Results, edge: Edge, by: number | null): void {
  const { data } = results.get(by === null ? "y" : `d${by}`) ?? expect.fail("no result");
  expectClose(data, edge.result, TOLERANCE, edge.title);
}

function array(values: readonly number[]): NdArray {
  return { shape: [values.length], data: Float64Array.from(values) };
}

function forward(edge: Edge, types: readonly string[]): Graph {
  const build = new Builder();
  const operands = types.map((type, index) => build.input(data(`x${index}`), parseType(type)));
  return build.finish(edge.op, new Map([["y", build.op(edge.op, operands, edge.attributes ?? {})]]));
}
