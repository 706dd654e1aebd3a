// Running graphs of tests: sizes that all differ, values drawn by a counter, results as arrays.
import { lengthsOf, sizesOf as smallSizes, type Arrays } from "../../src/gradcheck/point.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { nameOfInput, type Node } from "../../src/graph/node.ts";
import { countOf, type NdArray } from "../../src/ops/nd.ts";
import type { Sizes } from "../../src/shape/dim.ts";
import { shapeOf } from "../../src/shape/type.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { drawn, uniform } from "../ops/arrays.ts";

export { named, resultsOn } from "../../src/gradcheck/run.ts";
export type { Arrays };

/** As `smallSizes` of the compiler's own check, with other sizes by name. */
export function sizesOf(graph: Graph, more: Readonly<Record<string, number>> = {}): Sizes {
  return smallSizes(graph, new Map(Object.entries(more)));
}

/** A value for every input: lengths that differ and reach the whole time, small tokens, numbers away from 0's neighbourhood of kinks. */
export function valuesFor(graph: Graph, sizes: Sizes, seed = 0): Arrays {
  return new Map(
    graph.inputs().map((node) => {
      const name = nameOfInput(node);
      return [name, valueOf(node, shapeOf(node.type, sizes), sizes, seed + seedOf(name))] as const;
    }),
  );
}

/** The same name has the same values in every graph. */
function seedOf(name: string): number {
  return [...name].reduce((sum, letter) => (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) & 0xffff, 7);
}

function valueOf(node: Node, shape: readonly number[], sizes: Sizes, seed: number): NdArray {
  const { input } = node;
  if (input?.kind === "lengths") return lengthsOf(input.time, shape, sizes);
  if (input?.kind === "random") return drawn(shape, seed, 0, 1);
  if (node.type.dtype === "float") return drawn(shape, seed, -1, 1);
  return { shape, data: Float64Array.from({ length: countOf(shape) }, (_, i) => Math.floor(uniform(seed, i) * 4)) };
}

const reference = referenceTarget();

export function runner(graph: Graph, sizes: Sizes): (inputs: Arrays) => Arrays {
  const executable = reference.compile(graph);
  return (inputs) => executable.run(inputs, sizes);
}

export function run(graph: Graph, inputs: Arrays, sizes: Sizes): Arrays {
  return runner(graph, sizes)(inputs);
}

/** Nested arrays as one, row-major: `[[1, 2], [3, 4]]`. */
export type Nested = number | readonly Nested[];

export function array(values: Nested): NdArray {
  const shape: number[] = [];
  const flat: number[] = [];
  const walk = (each: Nested, depth: number): void => {
    if (typeof each === "number") {
      flat.push(each);
      return;
    }
    shape[depth] = each.length;
    each.forEach((inner) => walk(inner, depth + 1));
  };
  walk(values, 0);
  return { shape, data: Float64Array.from(flat) };
}
