// Where a program is checked: small sizes that differ from each other, and numbers for all inputs.
import { fail } from "../base/invariant.ts";
import { fillUniform } from "../base/random.ts";
import { printInput, vocabularyOfStart } from "../graph/border.ts";
import { isDim, isType } from "../graph/attributes.ts";
import type { Graph } from "../graph/graph.ts";
import { inputOf, nameOfInput, type Attribute, type Node } from "../graph/node.ts";
import type { Program } from "../lang/elaborate/program.ts";
import { countOf, type NdArray } from "../ops/nd.ts";
import { symbolsOf, type Sizes } from "../shape/dim.ts";
import { countThinned, thinned } from "../shape/thinned.ts";
import { shapeOf } from "../shape/type.ts";

export type Arrays = ReadonlyMap<string, NdArray>;

/** Unequal, so that an exchange of two axes is seen. */
const SIZES: Readonly<Record<string, number>> = { B: 3, T: 4, S: 5, I: 2, H: 3, O: 2, N: 4, K: 6, V: 7, C: 5, E: 2 };
/** Of a size with another name. */
const OTHER = 2;
/** Integer states, such as the counter of steps, start below this. */
const STATES = 4;

function sizeNamed(name: string): number {
  if (vocabularyOfStart(name) !== undefined) return 1;
  if (name.startsWith("T.source")) return 5;
  if (name.startsWith("T.")) return 4;
  return SIZES[name] ?? OTHER;
}

function namesIn(value: Attribute): readonly string[] {
  if (isDim(value)) return symbolsOf(value);
  if (isType(value)) return value.axes.flatMap((axis) => symbolsOf(axis.size));
  return Array.isArray(value) ? value.flatMap(namesIn) : [];
}

/** A size for each name in a graph: that of `given`, or a small one. */
export function sizesOf(graph: Graph, given: Sizes = new Map()): Sizes {
  const sizes = new Map<string, number>();
  for (const node of graph.all()) {
    const inType = node.type.axes.flatMap((axis) => symbolsOf(axis.size));
    const inAttributes = Object.values(node.attributes).flatMap(namesIn);
    // A size such as `T÷2` follows from another one.
    for (const name of [...inType, ...inAttributes].filter((each) => thinned(each) === undefined))
      sizes.set(name, given.get(name) ?? sizeNamed(name));
  }
  return sizes;
}

/** Lengths that differ, of which the first one is the whole time: T, T - 1, … */
export function lengthsOf(time: string, shape: readonly number[], sizes: Sizes): NdArray {
  const { of, every } = thinned(time) ?? { of: time, every: 1 };
  const T = sizes.get(of) ?? fail("gradcheck", `no size for ${of}`);
  const data = Float64Array.from({ length: countOf(shape) }, (_, b) => countThinned(Math.max(1, T - b), every));
  return { shape, data };
}

/** Numbers in [-1, 1), exact in float32: the same for the same name and seed. */
export function drawn(shape: readonly number[], name: string, seed = 1): NdArray {
  const numbers = new Float32Array(countOf(shape));
  fillUniform(numbers, seed, name, 0);
  return { shape, data: Float64Array.from(numbers, (value) => 2 * value - 1) };
}

/** The numbers of data are drawn from the first to the second of these. */
export type Range = readonly [number, number];
export const USUAL_RANGE: Range = [-1, 1];

/** A value for each input of `graph`, which is that of `program` or made from it. Token ids are those of its vocabularies. */
export function valuesFor(
  { inputs }: Program,
  graph: Graph,
  sizes: Sizes,
  { seed = 1, range = USUAL_RANGE }: { readonly seed?: number; readonly range?: Range } = {},
): Arrays {
  const vocabularies = new Map(inputs.flatMap(({ name, token }) => (token ? [[name, token.vocabulary]] : [])));
  return new Map(
    graph.inputs().map((node): [string, NdArray] => {
      const input = inputOf(node);
      const vocabulary = input.kind === "data" ? vocabularies.get(input.name) : undefined;
      const below = vocabulary === undefined ? STATES : (sizes.get(vocabulary) ?? STATES);
      return [nameOfInput(node), valueOf(node, { sizes, below, seed, range })];
    }),
  );
}

interface Drawing {
  readonly sizes: Sizes;
  /** Whole numbers are below this. */
  readonly below: number;
  readonly seed: number;
  readonly range: Range;
}

function valueOf(node: Node, { sizes, below, seed, range: [low, high] }: Drawing): NdArray {
  const input = inputOf(node);
  const shape = shapeOf(node.type, sizes);
  if (input.kind === "lengths") return lengthsOf(input.time, shape, sizes);
  if (input.kind === "fresh") return { shape, data: new Float64Array(countOf(shape)).fill(1) };
  const { data } = drawn(shape, printInput(input), seed);
  const within = (from: number, to: number): Float64Array =>
    data.map((value) => from + ((value + 1) / 2) * (to - from));
  if (input.kind === "random") return { shape, data: within(0, 1) };
  if (node.type.dtype === "float") return { shape, data: input.kind === "data" ? within(low, high) : data };
  return { shape, data: data.map((value) => Math.floor(((value + 1) / 2) * below)) };
}
