// What a graph asks to be fed, and the arrays that are not data: zeros, scalars, random numbers, marks of a fresh start.
import { fillUniform } from "../base/random.ts";
import { printInput, type Input, type InputKind } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { inputOf, nameOfInput } from "../graph/node.ts";
import { evaluateDim, type Sizes } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import type { HostArray } from "../targets/target.ts";

/** An input of a graph, of one kind or of any. */
export interface InputNode<K extends InputKind = InputKind> {
  readonly input: Input<K>;
  /** By which it is fed. */
  readonly name: string;
  readonly dtype: HostArray["dtype"];
  readonly type: Type;
  readonly axes: (sizes: Sizes) => readonly number[];
}

/** What a graph asks to be fed. */
export function inputNodes(graph: Graph): readonly InputNode[] {
  return graph.inputs().map((node) => ({
    input: inputOf(node),
    name: nameOfInput(node),
    dtype: node.type.dtype,
    type: node.type,
    axes: (sizes) => node.type.axes.map((axis) => evaluateDim(axis.size, sizes)),
  }));
}

/** Under which name a state is kept between runs: as it is fed. */
export function stateName(path: string): string {
  return printInput({ kind: "state", path });
}

export function scalar(value: number): HostArray {
  return { dtype: "float", shape: [], data: Float64Array.of(value) };
}

export function zeros(shape: readonly number[], dtype: HostArray["dtype"]): HostArray {
  const count = shape.reduce((product, size) => product * size, 1);
  return { dtype, shape, data: dtype === "int" ? new Int32Array(count) : new Float32Array(count) };
}

/** 1 for each example that begins anew. */
export function freshness(shape: readonly number[], isFresh: boolean): HostArray {
  return { dtype: "float", shape, data: new Float32Array(shape[0] ?? 0).fill(isFresh ? 1 : 0) };
}

/** Uniform numbers in [0, 1): the same for the same seed and stream. */
export function randomNumbers(shape: readonly number[], seed: number, stream: string): HostArray {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  fillUniform(data, seed, stream, 0);
  return { dtype: "float", shape, data };
}
