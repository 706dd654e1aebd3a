// A ragged batch with anything in its padding, and its examples one by one in a program without masks.
import { expect } from "vitest";
import type { Graph } from "../../src/graph/graph.ts";
import { inputOf, nameOfInput, type Node } from "../../src/graph/node.ts";
import { countOf, stridesOf, type NdArray } from "../../src/ops/nd.ts";
import { printDim, type Sizes } from "../../src/shape/dim.ts";
import { countThinned, thinned } from "../../src/shape/thinned.ts";
import { shapeOf, type Type } from "../../src/shape/type.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { HostArray, Target } from "../../src/targets/target.ts";
import { expectClose } from "../ops/arrays.ts";
import { named, resultsOn, sizesOf, valuesFor, type Arrays } from "./run.ts";

/** What padding is filled with: numbers for floats, and for tokens, of which some are none. */
export type Fill = readonly [number, number];

export type Results = ReadonlyMap<string, HostArray>;

/** A ragged program's optimised graph with a batch for it. */
export interface Ragged {
  readonly graph: Graph;
  /** How many steps each example has. Of two times in one program the second has them turned round. */
  readonly lengths: readonly number[];
  /** What data are made of the numbers in [-1, 1) that are drawn for them. */
  readonly data?: (drawn: number) => number;
}

/** float64: sums of a few dozen numbers in another order. */
export const ROUNDING = 1e-12;

export function timesOf(graph: Graph): readonly string[] {
  return graph
    .inputs()
    .flatMap(({ input }) => (input?.kind === "lengths" && thinned(input.time) === undefined ? [input.time] : []));
}

function lengthsOf(batch: Ragged, time: string): readonly number[] {
  const { graph, lengths } = batch;
  const parts = thinned(time);
  if (parts !== undefined) return lengthsOf(batch, parts.of).map((length) => countThinned(length, parts.every));
  return timesOf(graph).indexOf(time) % 2 === 0 ? lengths : lengths.toReversed();
}

/** How many of an example's steps are real: what lies ahead of another sequence ends before it. */
function realSteps(node: Node, length: number): number {
  return Math.max(0, length - (node.input?.kind === "data" ? node.input.ahead : 0));
}

/** Values for all inputs, with `fill` in the padding of data; the real part is the same whatever the sizes of times are. */
export function paddedValues(batch: Ragged, sizes: Sizes, [float, token]: Fill): Arrays {
  const { graph, data = (drawn) => drawn } = batch;
  const values = valuesFor(graph, sizesWith(batch, 0));
  return new Map(
    graph.inputs().map((node): [string, NdArray] => {
      const [name, input] = [nameOfInput(node), inputOf(node)];
      if (input.kind === "lengths") {
        const lengths = Float64Array.from(lengthsOf(batch, input.time));
        return [name, { shape: shapeOf(node.type, sizes), data: lengths }];
      }
      // A cotangent says how much each number of a result counts: what is no result counts nothing.
      const isCotangent = input.kind === "cotangent";
      const isRandom = input.kind === "random";
      const fill = isCotangent ? 0 : node.type.dtype === "int" ? token : float;
      const own = named(values, name);
      const isData = !isCotangent && !isRandom && input.kind !== "weight" && node.type.dtype === "float";
      const drawn = isData ? { ...own, data: own.data.map(data) } : own;
      return [
        name,
        refilled(batch, node, { drawn, shape: shapeOf(node.type, sizes), fill: isRandom ? uniformFill : () => fill }),
      ];
    }),
  );
}

/** Numbers of dropout stand in padding too: others than at real steps. */
function uniformFill(index: number): number {
  return (index * 0.618) % 1;
}

/** An input with other times: an example's real steps as they were drawn, `fill` behind them. */
function refilled(
  batch: Ragged,
  node: Node,
  more: { readonly drawn: NdArray; readonly shape: readonly number[]; readonly fill: (index: number) => number },
): NdArray {
  const { drawn, shape, fill } = more;
  const { type } = node;
  const batchAt = type.axes.findIndex(({ tag }) => tag === "batch");
  const lengths = type.axes.map(({ tag, size }) =>
    tag === "time" || tag === "memory" ? lengthsOf(batch, printDim(size)) : null,
  );
  const [from, to] = [stridesOf(drawn.shape), stridesOf(shape)];
  const data = Float64Array.from({ length: countOf(shape) }, (_, flat) => {
    const index = shape.map((size, axis) => Math.floor(flat / (to[axis] ?? 1)) % size);
    const isReal = lengths.every((each, axis) => {
      const length = each?.[index[batchAt] ?? 0] ?? Infinity;
      return (index[axis] ?? 0) < realSteps(node, length);
    });
    return isReal
      ? (drawn.data[index.reduce((sum, each, axis) => sum + each * (from[axis] ?? 0), 0)] ?? NaN)
      : fill(flat);
  });
  return { shape, data };
}

/** `padding` steps more than the longest example has. */
export function sizesWith({ graph, lengths }: Ragged, padding: number): Sizes {
  const times = timesOf(graph).map((time) => [time, Math.max(...lengths) + padding] as const);
  return new Map([...sizesOf(graph), ["B", lengths.length] as const, ...times]);
}

/** Results and gradients of a padded batch. */
export function padded<T>(target: Target<T>, batch: Ragged, padding: number, fill: Fill): Promise<Results> {
  const sizes = sizesWith(batch, padding);
  return resultsOn(target, batch.graph, paddedValues(batch, sizes, fill), sizes);
}

/** Example `b` of a value alone: its own steps. What is the same for all examples stays whole. */
export function exampleOf(batch: Ragged, { axes }: Type, { shape, data }: NdArray | HostArray, b: number): NdArray {
  const strides = stridesOf(shape);
  const places = axes.map(({ tag, size }, axis) => {
    if (tag === "batch") return [b];
    const count = tag === "plain" ? (shape[axis] ?? 0) : (lengthsOf(batch, printDim(size))[b] ?? 0);
    return Array.from({ length: count }, (_, index) => index);
  });
  const own = places.map((each) => each.length);
  const offset = places.map((each, axis) => each.map((place) => place * (strides[axis] ?? 0)));
  const flat = offset.reduce<readonly number[]>(
    (sums, each) => sums.flatMap((sum) => each.map((step) => sum + step)),
    [0],
  );
  return { shape: own, data: Float64Array.from(flat, (place) => data[place] ?? NaN) };
}

export function hasExamples({ axes }: Type): boolean {
  return axes.some(({ tag }) => tag === "batch");
}

/** How much an example's loss counts in the mean of the batch: as many times as it has predictions. */
function shareOf(results: Results, whole: Results, prediction: string | undefined): number {
  if (prediction === undefined) return 1;
  const [own = NaN, all = NaN] = [results, whole].map((each) => each.get(`count.${prediction}`)?.data[0]);
  return own / all;
}

const reference = referenceTarget();

export interface Alone {
  /** The program without masks. */
  readonly alone: Graph;
  /** Of a model, the name of its first prediction. */
  readonly prediction: string | undefined;
}

/**
 * Results and gradients of a batch are those of its examples one by one, in a program without any mask: each number of a result that has
 * examples, and the sums of all others, a loss and a weight's gradient. `whole`: the batch's results, on any target.
 */
export async function expectAsAlone(
  batch: Ragged,
  { alone, prediction }: Alone,
  whole: Results,
  tolerance: (name: string) => number = () => ROUNDING,
): Promise<void> {
  const { graph, lengths } = batch;
  const given = paddedValues(batch, sizesWith(batch, 2), [NaN, -1]);
  const sums = new Map<string, Float64Array>();
  for (const b of lengths.keys()) {
    const times = timesOf(graph).map((time) => [time, lengthsOf(batch, time)[b] ?? 0] as const);
    const sizes = new Map([...sizesOf(graph), ["B", 1] as const, ...times]);
    const inputs = new Map(
      graph.inputs().map((node): [string, NdArray] => {
        const name = nameOfInput(node);
        return [name, exampleOf(batch, node.type, named(given, name), b)];
      }),
    );
    const results = await resultsOn(reference, alone, inputs, sizes);
    const weight = shareOf(results, whole, prediction);
    for (const [name, { data }] of results) {
      const { type } = graph.output(name);
      if (/^(count|accuracy|exact|error)\./.test(name)) continue;
      const result = whole.get(name) ?? expect.fail(`no ${name}`);
      // The gradient by an example's own numbers is that of its share in the batch's loss.
      const scale = name.startsWith("grad.") ? weight : 1;
      if (hasExamples(type))
        expectClose(
          exampleOf(batch, type, result, b).data,
          data.map((value) => scale * value),
          tolerance(name),
          `${name}, example ${b}`,
        );
      else {
        const sum = sums.get(name) ?? new Float64Array(data.length);
        data.forEach((value, index) => (sum[index] = (sum[index] ?? 0) + (weight === 0 ? 0 : weight * value)));
        sums.set(name, sum);
      }
    }
  }
  expect(sums.size).toBeGreaterThan(0);
  for (const [name, sum] of sums) expectClose(whole.get(name)?.data ?? [], sum, tolerance(name), name);
}
