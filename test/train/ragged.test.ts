// Ragged batches are exact: what stands in the padding is never seen, how much padding there is does not matter, and a batch
// is its examples one by one. Every shipped cell (also stacked, in two directions) and every shipped model, forward and back.
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Node } from "../../src/graph/node.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import { countOf, stridesOf, type NdArray } from "../../src/ops/nd.ts";
import { printDim, type Sizes } from "../../src/shape/dim.ts";
import { shapeOf } from "../../src/shape/type.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { HostArray, Target } from "../../src/targets/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { inputsOf, named, resultsOn, sizesOf, valuesFor, type Arrays } from "../support/run.ts";
import { CELLS, floatOutputs, MODELS, programFrom, RAGGED, requestFor, shippedNamed, shippedProgram } from "../support/specs.ts";

/** Lengths of three examples: none fills the batch, one is empty. Of two times in one program the second has them turned round. */
const LENGTHS = [3, 0, 2];

/** What padding is filled with: numbers for floats, and for tokens, of which some are none. */
type Fill = readonly [number, number];

const FILLS: readonly (readonly [string, Fill])[] = [
  ["NaN, tokens -1", [NaN, -1]],
  ["1e30, tokens 2147483647", [1e30, 2147483647]],
  ["-Infinity, tokens 2", [-Infinity, 2]],
  ["0.5, tokens 3", [0.5, 3]],
];

interface Case {
  readonly name: string;
  readonly program: Program;
  /** Results and gradients of all, optimised. */
  readonly graph: Graph;
}

function caseOf(name: string, program: Program): Case {
  const outputs = program.predictions.length > 0 ? ["loss"] : floatOutputs(program);
  return { name, program, graph: lower(program.graph, requestFor(program, outputs)) };
}

const WIRINGS = [
  ["LSTM", 2, true],
  ["GRU", 1, true],
  ["MinGRU", 3, false],
] as const;

/** What is predicted is a number that lies ahead: behind the end of an example there is none. */
const FORECAST = `use GRU from "cells"
model Forecast(H = 3) {
  input x: seq [2]
  h = GRU(H)(x)
  predict x[t+1] from linear(h, out = 2)
  predict x[t+2] from linear(h, out = 2) weight = 0.5
}
`;

const CASES: readonly Case[] = [
  caseOf("Forecast", programFrom(FORECAST, { ...RAGGED, states: "initial" })),
  ...[...CELLS, ...MODELS].map(({ name, definition }) => caseOf(name, shippedProgram(definition, RAGGED))),
  ...WIRINGS.map(([name, layers, bidirectional]) =>
    caseOf(
      `${name}, ${layers} layers${bidirectional ? ", two directions" : ""}`,
      shippedProgram(shippedNamed(name), { ...RAGGED, wiring: { layers, bidirectional } }),
    ),
  ),
];

function timesOf(graph: Graph): readonly string[] {
  return inputsOf(graph).flatMap(({ attributes }) =>
    attributes["role"] === "lengths" ? [String(attributes["name"]).slice("length ".length)] : [],
  );
}

function lengthsOf(graph: Graph, time: string): readonly number[] {
  return timesOf(graph).indexOf(time) % 2 === 0 ? LENGTHS : LENGTHS.toReversed();
}

/** How many of an example's steps are real: what lies ahead of another sequence ends before it. */
function realSteps(name: string, length: number): number {
  const ahead = /\[t\+(\d+)\]$/.exec(name)?.[1] ?? "0";
  return Math.max(0, length - Number(ahead));
}

/** Values for all inputs, with `fill` in the padding of data; the real part is the same whatever the sizes of times are. */
function paddedValues(graph: Graph, sizes: Sizes, [float, token]: Fill): Arrays {
  const longest = new Map([...sizes, ...timesOf(graph).map((time) => [time, Math.max(...LENGTHS)] as const)]);
  const values = valuesFor(graph, longest);
  return new Map(
    inputsOf(graph).map((node): [string, NdArray] => {
      const [name, role] = [String(node.attributes["name"]), node.attributes["role"]];
      if (role === "lengths") {
        const data = Float64Array.from(lengthsOf(graph, name.slice("length ".length)));
        return [name, { shape: shapeOf(node.type, sizes), data }];
      }
      // A cotangent says how much each number of a result counts: what is no result counts nothing.
      const isData = role !== "random" && !name.startsWith("cotangent ");
      const fill = !isData ? 0 : node.type.dtype === "int" ? token : float;
      return [name, refilled(graph, node, { drawn: named(values, name), shape: shapeOf(node.type, sizes), fill })];
    }),
  );
}

/** An input with other times: an example's real steps as they were drawn, `fill` behind them. */
function refilled(
  graph: Graph,
  { type, attributes }: Node,
  { drawn, shape, fill }: { readonly drawn: NdArray; readonly shape: readonly number[]; readonly fill: number },
): NdArray {
  const batchAt = type.axes.findIndex(({ tag }) => tag === "batch");
  const lengths = type.axes.map(({ tag, size }) =>
    tag === "time" || tag === "memory" ? lengthsOf(graph, printDim(size)) : null,
  );
  const [from, to] = [stridesOf(drawn.shape), stridesOf(shape)];
  const data = Float64Array.from({ length: countOf(shape) }, (_, flat) => {
    const index = shape.map((size, axis) => Math.floor(flat / (to[axis] ?? 1)) % size);
    const isReal = lengths.every((each, axis) => {
      const length = each?.[index[batchAt] ?? 0] ?? Infinity;
      return (index[axis] ?? 0) < realSteps(String(attributes["name"]), length);
    });
    return isReal ? (drawn.data[index.reduce((sum, each, axis) => sum + each * (from[axis] ?? 0), 0)] ?? NaN) : fill;
  });
  return { shape, data };
}

/** Results and gradients with `padding` steps more than the longest example has. */
function padded<T>(target: Target<T>, { graph }: Case, padding: number, fill: Fill): Promise<Results> {
  const longest = Math.max(...LENGTHS);
  const sizes = new Map([...sizesOf(graph), ...timesOf(graph).map((time) => [time, longest + padding] as const)]);
  return resultsOn(target, graph, paddedValues(graph, sizes, fill), sizes);
}

type Results = ReadonlyMap<string, HostArray>;

/** Names of results that are not the same in every bit. */
function changed(a: Results, b: Results): readonly string[] {
  return [...a].flatMap(([name, { data }]) => {
    const other = b.get(name)?.data ?? [];
    return data.length === other.length && data.every((value, index) => Object.is(value, other[index])) ? [] : [name];
  });
}

const cpu = await tfjsTarget("cpu");
const wasm = await tfjsTarget("wasm");
const reference = referenceTarget();

type Padded = (example: Case, padding: number, fill: Fill) => Promise<Results>;

const ON: readonly (readonly [string, Padded])[] = [
  ["reference", (...args) => padded(reference, ...args)],
  ["tfjs-cpu", (...args) => padded(cpu, ...args)],
  ["tfjs-wasm", (...args) => padded(wasm, ...args)],
];

describe.each(ON)("%s: no bit of a result or gradient depends on what stands in the padding", (_, run) => {
  test.each(CASES)("$name", async (example) => {
    const expected = await run(example, 2, [0, 0]);
    for (const [name, array] of expected)
      expect(array.data.every(Number.isFinite), `${name} has numbers that are not finite`).toBe(true);
    for (const [name, fill] of FILLS) expect(changed(expected, await run(example, 2, fill)), name).toEqual([]);
  });
});
