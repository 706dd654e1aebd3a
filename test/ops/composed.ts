// What only several ops together show of a target: values of many axes that a scan carries, and products of computed values.
import { data } from "../../src/graph/border.ts";
import { Builder } from "../../src/ops/builder.ts";
import { parseType } from "../../src/shape/type.ts";
import { programTask } from "../support/program-task.ts";
import { programFrom, RAGGED } from "../support/specs.ts";
import type { Task } from "../support/float32.ts";

/** On GPUs, kernels of more than four axes err or are not there. */
const DEEP = `
cell Deep {
  input x: [2, 3, 2, 2]
  state h: [2, 3, 2, 2]
  h = tanh(0.5 * h[t-1] + x)
}`;

/** On webgl, what functions leave behind the end of an odd size must not be summed. */
const ODD = `
cell Odd {
  input x: [3, 5]
  input z: [5, 3]
  y = exp(x) @ (sigmoid(z) + 1)
  output y
}`;

/** By title; each with its gradient. */
export const COMPOSED: readonly (readonly [string, () => Task])[] = [
  ["a state of four axes, ragged", () => programTask(programFrom(DEEP, RAGGED), ["output"])],
  ["a product along an odd size", () => programTask(programFrom(ODD), ["output"])],
];

/** What src/targets/tfjs/sine.ts says of its error, with room for points that were not measured. */
export const SINE_ERROR = 3e-7;

/** Sine and cosine at points over [-13000, 13000]. */
export function sineTask(): Task {
  const count = 4096;
  const build = new Builder();
  const x = build.input(data("x"), parseType(`float[${count}]`));
  const graph = build.finish("sine", new Map((["sin", "cos"] as const).map((op) => [op, build.op(op, [x])])));
  const points = Float64Array.from({ length: count }, (_, i) => Math.fround(13000 * ((2 * i) / (count - 1) - 1)));
  return { graph, inputs: new Map([["x", { shape: [count], data: points }]]), sizes: new Map() };
}
