// Ragged batches are exact: what stands in the padding is never seen, how much padding there is does not matter, and a batch
// is its examples one by one. Every shipped cell (also stacked, in two directions) and every shipped model, forward and back.
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { compile, type TrainerSettings } from "../../src/index.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Node } from "../../src/graph/node.ts";
import type { Options } from "../../src/lang/elaborate/context.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import { countOf, stridesOf, type NdArray } from "../../src/ops/nd.ts";
import { printDim, type Sizes } from "../../src/shape/dim.ts";
import { shapeOf, type Type } from "../../src/shape/type.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { HostArray, Target } from "../../src/targets/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { expectClose } from "../ops/arrays.ts";
import { inputsOf, named, resultsOn, sizesOf, valuesFor, type Arrays } from "../support/run.ts";
import {
  CELLS,
  floatOutputs,
  FULL,
  LAYOUTS,
  MODELS,
  programFrom,
  RAGGED,
  requestFor,
  shippedNamed,
  shippedProgram,
} from "../support/specs.ts";

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
  /** The same without masks; null where another program is meant by that, as what lies ahead does not end there. */
  readonly alone: Graph | null;
}

function caseOf(name: string, make: (options: Options) => Program): Case {
  const program = make(RAGGED);
  const outputs = program.predictions.length > 0 ? ["loss"] : floatOutputs(program);
  const optimised = ({ graph }: Program): Graph => lower(graph, requestFor(program, outputs));
  const isAhead = program.predictions.some(({ ahead }) => ahead > 0);
  return { name, program, graph: optimised(program), alone: isAhead ? null : optimised(make(FULL)) };
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
  caseOf("Forecast", (options) => programFrom(FORECAST, { ...options, states: "initial" })),
  ...[...CELLS, ...MODELS].map(({ name, definition }) =>
    caseOf(name, (options) => shippedProgram(definition, options)),
  ),
  ...WIRINGS.map(([name, layers, bidirectional]) =>
    caseOf(`${name}, ${layers} layers${bidirectional ? ", two directions" : ""}`, (options) =>
      shippedProgram(shippedNamed(name), { ...options, wiring: { layers, bidirectional } }),
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
  const values = valuesFor(graph, sizesWith(graph, 0));
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

/** `padding` steps more than the longest example has. */
function sizesWith(graph: Graph, padding: number): Sizes {
  const times = timesOf(graph).map((time) => [time, Math.max(...LENGTHS) + padding] as const);
  return new Map([...sizesOf(graph), ...times]);
}

/** Results and gradients of a padded batch. */
function padded<T>(target: Target<T>, { graph }: Case, padding: number, fill: Fill): Promise<Results> {
  const sizes = sizesWith(graph, padding);
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
const tfjsWasm = await tfjsTarget("wasm");
const wasm = await wasmTarget();
const reference = referenceTarget();

type Padded = (example: Case, padding: number, fill: Fill) => Promise<Results>;

const ON: readonly (readonly [string, Padded])[] = [
  ["reference", (...args) => padded(reference, ...args)],
  ["tfjs-cpu", (...args) => padded(cpu, ...args)],
  ["tfjs-wasm", (...args) => padded(tfjsWasm, ...args)],
  ["wasm", (...args) => padded(wasm, ...args)],
];

describe.each(ON)("%s: no bit of a result or gradient depends on what stands in the padding", (_, run) => {
  test.each(CASES)("$name", async (example) => {
    const expected = await run(example, 2, [0, 0]);
    for (const [name, array] of expected)
      expect(array.data.every(Number.isFinite), `${name} has numbers that are not finite`).toBe(true);
    for (const [name, fill] of FILLS) expect(changed(expected, await run(example, 2, fill)), name).toEqual([]);
  });
});

/** Example `b` of a value alone: its own steps. What is the same for all examples stays whole. */
function exampleOf(graph: Graph, { axes }: Type, { shape, data }: NdArray | HostArray, b: number): NdArray {
  const strides = stridesOf(shape);
  const places = axes.map(({ tag, size }, axis) => {
    if (tag === "batch") return [b];
    const count = tag === "plain" ? (shape[axis] ?? 0) : (lengthsOf(graph, printDim(size))[b] ?? 0);
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

function hasExamples({ axes }: Type): boolean {
  return axes.some(({ tag }) => tag === "batch");
}

const EXAMPLES = LENGTHS.map((_, b) => b);

/** float64: sums of a few dozen numbers in another order. */
const ROUNDING = 1e-12;

describe("reference: how much padding there is changes no more than the rounding of sums", () => {
  test.each(CASES)("$name", async (example) => {
    const { graph } = example;
    const [none, much] = [await padded(reference, example, 0, [0, 0]), await padded(reference, example, 5, [NaN, -1])];
    for (const [name, array] of none) {
      const { type } = graph.output(name);
      const other = much.get(name) ?? expect.fail(`no ${name}`);
      const parts = hasExamples(type) ? EXAMPLES : [0];
      for (const b of parts)
        expectClose(
          exampleOf(graph, type, other, b).data,
          exampleOf(graph, type, array, b).data,
          ROUNDING,
          `${name}, example ${b}`,
        );
    }
  });
});

describe("reference: a batch is its examples one by one, in programs without any mask", () => {
  /** How much an example's loss counts in the mean of the batch: as many times as it has predictions. */
  const share = (results: Results, whole: Results, name: string | undefined): number => {
    if (name === undefined) return 1;
    const [own = NaN, all = NaN] = [results, whole].map((each) => each.get(`count.${name}`)?.data[0]);
    return own / all;
  };

  test.each(CASES.filter(({ alone }) => alone !== null))("$name", async (example) => {
    const { graph, program, alone } = example;
    const whole = await padded(reference, example, 2, [NaN, -1]);
    const given = paddedValues(graph, sizesWith(graph, 2), [NaN, -1]);
    const sums = new Map<string, Float64Array>();
    for (const b of EXAMPLES) {
      const times = timesOf(graph).map((time) => [time, lengthsOf(graph, time)[b] ?? 0] as const);
      const sizes = new Map([...sizesOf(graph), ["B", 1] as const, ...times]);
      const inputs = new Map(
        inputsOf(graph).map((node): [string, NdArray] => {
          const name = String(node.attributes["name"]);
          return [name, exampleOf(graph, node.type, named(given, name), b)];
        }),
      );
      const results = await resultsOn(reference, alone ?? graph, inputs, sizes);
      const weight = share(results, whole, program.predictions[0]?.name);
      for (const [name, { data }] of results) {
        const { type } = graph.output(name);
        if (/^(count|accuracy|exact|error)\./.test(name)) continue;
        const result = whole.get(name) ?? expect.fail(`no ${name}`);
        // The gradient by an example's own numbers is that of its share in the batch's loss.
        const scale = name.startsWith("grad.") ? weight : 1;
        if (hasExamples(type))
          expectClose(
            exampleOf(graph, type, result, b).data,
            data.map((value) => scale * value),
            ROUNDING,
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
    for (const [name, sum] of sums) expectClose(sum, whole.get(name)?.data ?? [], ROUNDING, name);
  });
});

describe("an empty sequence", () => {
  const text = `model M {
  input x: seq [2]
  minimize sum(sum(x) + mean(x) + max(x) + min(x) + first(x) + last(x))
}`;
  test.each(LAYOUTS)("%s: its sum, mean, greatest, smallest, first and last are 0", async (_, options) => {
    const { graph } = programFrom(text, { ...options, states: "initial" });
    const sizes = new Map([...sizesOf(graph), ["T.x", 0] as const, ["B", 2] as const]);
    const lengths = { shape: [2], data: Float64Array.of(0, 0) };
    const inputs = new Map([...valuesFor(graph, sizes), ["length T.x", lengths] as const]);
    expect((await resultsOn(reference, graph, inputs, sizes)).get("loss")?.data).toEqual(Float64Array.of(0));
  });
});

describe("arrays from the library", () => {
  const text = `model Next(E = 2) {
  input text: seq char[V]
  predict text[t+1] from linear(embed(text, E), out = V)
}`;
  const lossOf = async (settings: TrainerSettings, lengths?: readonly number[]): Promise<number> => {
    const model = await compile(text, { target: "reference", sizes: { V: 4 } });
    if (model.kind !== "model") return expect.fail("no model");
    const trainer = await model.trainer(settings);
    const given = { text: [[0, 1, 2, 3]] };
    const { loss } = await trainer.update(given, lengths === undefined ? {} : { lengths: { text: lengths } });
    model.dispose();
    return loss;
  };

  test("nothing is predicted behind the end, whether lengths are given or not, the state carried or not", async () => {
    const whole = await lossOf({});
    expect(whole).toBe(await lossOf({}, [4]));
    expect(whole).toBe(await lossOf({ carriesState: true }));
    expect(whole).not.toBe(await lossOf({}, [3]));
  });
});
