// How targets that compute in float32 are compared with float64: ARCHITECTURE.md, "Numbers".
import { expect } from "vitest";
import type { Graph } from "../../src/graph/graph.ts";
import type { Sizes } from "../../src/shape/dim.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { HostArray } from "../../src/targets/target.ts";
import { expectClose } from "../ops/arrays.ts";
import type { Arrays } from "../../src/gradcheck/point.ts";

export const FORWARD = 1e-5;
export const GRADIENT = 1e-4;

export type Results = ReadonlyMap<string, HostArray>;

/** Of an output, by its name. */
export function toleranceOf(name: string): number {
  return name.startsWith("grad") ? GRADIENT : FORWARD;
}

/** Errors count as parts of each tensor's greatest element. */
export function expectResults(got: Results, expected: Results, tolerance = toleranceOf): void {
  expect([...got.keys()]).toEqual([...expected.keys()]);
  for (const [name, { data, shape }] of expected) {
    const other = got.get(name) ?? expect.fail(`no ${name}`);
    expect(other.shape, name).toEqual(shape);
    expectClose(other.data, data, tolerance(name), name);
  }
}

/** A graph with values for its inputs. */
export interface Task {
  readonly graph: Graph;
  readonly inputs: Arrays;
  readonly sizes: Sizes;
}

const reference = referenceTarget();

/** The outputs in float64. */
export function expectedOf({ graph, inputs, sizes }: Task): Results {
  return new Map(
    [...reference.compile(graph).run(inputs, sizes)].map(([name, { shape, data }]) => [
      name,
      { dtype: graph.output(name).type.dtype, shape, data },
    ]),
  );
}
