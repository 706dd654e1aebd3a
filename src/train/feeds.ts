// Inputs of programs that are not data: zeros, scalars, random numbers, marks of a fresh start.
import { fillUniform } from "../base/random.ts";
import { printInput } from "../graph/border.ts";
import type { HostArray } from "../targets/target.ts";

/** The name under which a state is kept between runs, which is that of its input. */
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

/** 1 for each example whose states start again, otherwise 0. */
export function freshMarks(shape: readonly number[], isFresh: boolean): HostArray {
  return { dtype: "float", shape, data: new Float32Array(shape[0] ?? 0).fill(isFresh ? 1 : 0) };
}

/** Uniform numbers in [0, 1): the same for the same seed and stream. */
export function randomNumbers(shape: readonly number[], seed: number, stream: string): HostArray {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  fillUniform(data, seed, stream, 0);
  return { dtype: "float", shape, data };
}
