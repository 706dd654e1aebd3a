// Running graphs of tests: sizes that all differ, values drawn by a counter, results as arrays.
import { expect } from "vitest";
import { isDim, isType } from "../../src/graph/attributes.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { nameOfInput, type Attribute, type Node } from "../../src/graph/node.ts";
import { countOf, type NdArray } from "../../src/ops/nd.ts";
import { symbolsOf, type Sizes } from "../../src/shape/dim.ts";
import { countThinned, thinned } from "../../src/shape/thinned.ts";
import { shapeOf } from "../../src/shape/type.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { drawn, uniform } from "../ops/arrays.ts";
import { inputsOf, type Arrays } from "./results.ts";

export { inputsOf, named, resultsOn, type Arrays } from "./results.ts";

/** Unequal, so that no exchange of two axes goes unseen. */
const SIZES: Readonly<Record<string, number>> = { B: 3, T: 4, S: 5, I: 2, H: 3, O: 2, N: 4, K: 6, V: 7, C: 5, E: 2 };

function sizeNamed(name: string): number {
  if (name.startsWith("start.")) return 1;
  if (name.startsWith("T.source")) return 5;
  if (name.startsWith("T.")) return 4;
  return SIZES[name] ?? 2;
}

function namesIn(value: Attribute): readonly string[] {
  if (isDim(value)) return symbolsOf(value);
  if (isType(value)) return value.axes.flatMap((axis) => symbolsOf(axis.size));
  return Array.isArray(value) ? value.flatMap(namesIn) : [];
}

export function sizesOf(graph: Graph, more: Readonly<Record<string, number>> = {}): Sizes {
  const sizes = new Map<string, number>();
  for (const node of graph.all()) {
    const inType = node.type.axes.flatMap((axis) => symbolsOf(axis.size));
    const inAttributes = Object.values(node.attributes).flatMap(namesIn);
    // A size such as `T÷2` follows from another one.
    for (const name of [...inType, ...inAttributes].filter((each) => thinned(each) === undefined))
      sizes.set(name, more[name] ?? sizeNamed(name));
  }
  return sizes;
}

/** A value for every input: lengths that differ and reach the whole time, small tokens, numbers away from 0's neighbourhood of kinks. */
export function valuesFor(graph: Graph, sizes: Sizes, seed = 0): Arrays {
  return new Map(
    inputsOf(graph).map((node) => {
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
  if (input?.kind === "lengths") {
    const { of, every } = thinned(input.time) ?? { of: input.time, every: 1 };
    const T = sizes.get(of) ?? expect.fail(`no size for ${of}`);
    const left = (length: number): number => countThinned(length, every);
    return { shape, data: Float64Array.from({ length: countOf(shape) }, (_, b) => left(Math.max(1, T - b))) };
  }
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
