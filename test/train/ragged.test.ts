// Ragged batches are exact: the values and the amount of padding do not matter, and a batch has the same results as its examples one
// by one. Every shipped cell (also stacked, in two directions) and every shipped model, forward and back.
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { compile, type TrainerSettings } from "../../src/index.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Options } from "../../src/lang/elaborate/options.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { tfjsTarget } from "../../src/targets/tfjs/target.ts";
import { wasmTarget } from "../../src/targets/wasm/target.ts";
import { expectClose } from "../ops/arrays.ts";
import {
  exampleOf,
  expectAsAlone,
  hasExamples,
  padded,
  ROUNDING,
  type Fill,
  type Ragged,
  type Results,
} from "../support/padded.ts";
import { resultsOn, sizesOf, valuesFor } from "../support/run.ts";
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

const FILLS: readonly (readonly [string, Fill])[] = [
  ["NaN, tokens -1", [NaN, -1]],
  ["1e30, tokens 2147483647", [1e30, 2147483647]],
  ["-Infinity, tokens 2", [-Infinity, 2]],
  ["0.5, tokens 3", [0.5, 3]],
];

interface Case extends Ragged {
  readonly name: string;
  readonly program: Program;
  /** The same without masks; null where another program is meant by that, as what lies ahead does not end there. */
  readonly alone: Graph | null;
}

function caseOf(name: string, make: (options: Options) => Program): Case {
  const program = make(RAGGED);
  const outputs = program.predictions.length > 0 ? ["loss"] : floatOutputs(program);
  const optimised = ({ graph }: Program): Graph => lower(graph, requestFor(program, outputs));
  const isAhead = program.predictions.some(({ ahead }) => ahead > 0);
  return { name, program, lengths: LENGTHS, graph: optimised(program), alone: isAhead ? null : optimised(make(FULL)) };
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

const EXAMPLES = LENGTHS.map((_, b) => b);

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
          exampleOf(example, type, other, b).data,
          exampleOf(example, type, array, b).data,
          ROUNDING,
          `${name}, example ${b}`,
        );
    }
  });
});

describe("reference: a batch is its examples one by one, in programs without any mask", () => {
  const apart = CASES.flatMap(({ alone, ...batch }) => (alone === null ? [] : [{ ...batch, alone }]));
  test.each(apart)("$name", async ({ alone, ...example }) => {
    const { program } = example;
    const whole = await padded(reference, example, 2, [NaN, -1]);
    await expectAsAlone(example, { alone, prediction: program.predictions[0]?.name }, whole);
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

  test("nothing is predicted after the end, with or without lengths, with or without a carried state", async () => {
    const whole = await lossOf({});
    expect(whole).toBe(await lossOf({}, [4]));
    expect(whole).toBe(await lossOf({ carriesState: true }));
    expect(whole).not.toBe(await lossOf({}, [3]));
  });
});
