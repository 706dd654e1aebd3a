// Models that write, each beside the whole graph that it is: one teacher-forced run of the program as it was elaborated, on the
// reference, without a pass, a split or a carried state.
import { expect } from "vitest";
import { programOf } from "../../src/compile.ts";
import type { Vocabulary } from "../../src/data/vocabulary.ts";
import { inputOf, nameOfInput } from "../../src/graph/node.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { NdArray } from "../../src/ops/nd.ts";
import type { Sizes } from "../../src/shape/dim.ts";
import { shapeOf } from "../../src/shape/type.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { HostArray } from "../../src/targets/target.ts";
import { DeviceState } from "../../src/train/device-state.ts";
import type { Model } from "../../src/train/model.ts";
import { logProbabilities } from "../../src/train/sampling.ts";
import { Session } from "../../src/train/session.ts";
import type { Batch } from "../../src/train/source.ts";
import { writableTokens } from "../../src/train/writing.ts";
import { writeRows, type RowWritingOptions } from "../../src/train/writing-rows.ts";
import { readSpec } from "../../src/shipped/specs.ts";
import { drawn } from "../ops/arrays.ts";
import { named, runner, sizesOf } from "../support/run.ts";
import { modelOf } from "../support/training.ts";

export const reference = referenceTarget();
export const SYMBOLS = ["a", "b"];
/** `a`, `b`, unknown, start, end. */
export const WITH_ENDS: Vocabulary = { kind: "char", symbols: SYMBOLS, unknown: 2, start: 3, end: 4, size: 5 };
export const TEXT_ONLY: Vocabulary = { kind: "char", symbols: SYMBOLS, unknown: 2, start: null, end: null, size: 3 };
/** Sources of several lengths, `[B][T]`. */
const SOURCES = [[1, 0, 2], [], [3, 3, 1, 0, 2], [2]];

const SIZES: Sizes = new Map([
  ["V", WITH_ENDS.size],
  ["S", 4],
  ["start.V", 3],
]);

/** A model with weights so large that its mind is made up differently at each step. */
export class Subject {
  readonly model: Model;
  readonly weights: DeviceState<NdArray>;
  readonly #arrays: ReadonlyMap<string, NdArray>;
  readonly #program: Program;
  readonly #sizes: Sizes;

  constructor(model: Model, sizes: Sizes, seed: number) {
    this.model = model;
    const options = { ragged: model.layout === "rows", training: false, states: "initial" } as const;
    this.#program = programOf(model.definition, model.statics, options);
    this.#sizes = sizes;
    this.#arrays = new Map(
      this.#program.parameters.map(({ name, type }, index) => [
        name,
        drawn(shapeOf(type, new Map([...sizesOf(this.#program.graph), ...sizes])), seed * 100 + index, -2, 2),
      ]),
    );
    this.weights = new DeviceState(reference);
    for (const [name, { shape, data }] of this.#arrays) this.weights.put(name, { dtype: "float", shape, data });
  }

  session(): Session<NdArray> {
    return new Session(this.model, reference, this.weights, this.#sizes);
  }

  /** Logits `[steps][V]` of one example that is given its inputs and `tokens` as the truth. */
  taught(inputs: ReadonlyMap<string, readonly number[]>, tokens: readonly number[]): readonly (readonly number[])[] {
    const { graph, predictions } = this.#program;
    const target = predictions[0]?.target ?? expect.fail("nothing is predicted");
    const given = new Map([...inputs, [target, tokens] as const]);
    const times = [...given].map(([name, values]) => [`T.${name}`, Math.max(1, values.length)] as const);
    const sizes = new Map([...sizesOf(graph), ...this.#sizes, ["B", 1] as const, ...times]);
    const values = new Map(
      graph.inputs().map((node): [string, NdArray] => {
        const [name, input, shape] = [nameOfInput(node), inputOf(node), shapeOf(node.type, sizes)];
        const weight = this.#arrays.get(name);
        if (weight !== undefined) return [name, weight];
        if (input.kind === "lengths")
          return [name, { shape, data: Float64Array.of(given.get(input.time.slice("T.".length))?.length ?? NaN) }];
        const own = given.get(name) ?? [];
        return [
          name,
          { shape, data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => own[i] ?? 0) },
        ];
      }),
    );
    const { data } = named(runner(graph, sizes)(values), `logits.${predictions[0]?.name}`);
    const size = data.length / Math.max(1, tokens.length);
    return tokens.map((_, step) => [...data.subarray(step * size, (step + 1) * size)]);
  }

  /** The log-probabilities of what may be written behind `prefix`. */
  next(inputs: ReadonlyMap<string, readonly number[]>, prefix: readonly number[]): readonly number[] {
    // What stands at the step itself is read by later steps only.
    const logits = this.taught(inputs, [...prefix, 0]).at(-1) ?? [];
    return logProbabilities(logits, writableTokens(WITH_ENDS));
  }
}

export const translate = modelOf(readSpec("specs/models/translate.rec"), { E: 3, H: 4 }, "rows");
export const translators = [1, 2, 3].map((seed) => new Subject(translate, SIZES, seed));

/** What it reads along both times is carried, or whole. */
const CUMULATIVE = `use GRU from "cells"
model Cumulative(E = 3, H = 4) {
  input source: seq char[S]
  target output: seq char[V]
  e = embed(source, E)
  s = embed(output[t-1], E)
  c = cumsum(s, axis = time)
  first = linear(mean(e - first(e)), max(e), last(cumsum(e, axis = time)), out = H)
  h = GRU(H)(concat(c, s * first(s)), h = first)
  predict output from linear(h, c, out = V)
}`;
const cumulative = modelOf({ name: "cumulative.rec", text: CUMULATIVE }, {}, "rows");
export const writers = [...translators, ...[4, 5].map((seed) => new Subject(cumulative, SIZES, seed))];

export const sourceOf = (row: number): ReadonlyMap<string, readonly number[]> =>
  new Map([["source", SOURCES[row] ?? []]]);

/** The rows `rows` of SOURCES as a batch. */
export function batchOf(rows: readonly number[]): Batch {
  const sources = rows.map((row) => SOURCES[row] ?? []);
  const T = Math.max(1, ...sources.map((source) => source.length));
  const data = Int32Array.from({ length: T * rows.length }, (_, index) => {
    return sources[index % rows.length]?.[Math.floor(index / rows.length)] ?? 0;
  });
  const lengths = Int32Array.from(sources, (source) => source.length);
  const array = (shape: readonly number[], values: Int32Array): HostArray => ({ dtype: "int", shape, data: values });
  return {
    arrays: new Map([
      ["source", array([T, rows.length], data)],
      ["length T.source", array([rows.length], lengths)],
    ]),
    sizes: new Map([
      ["B", rows.length],
      ["T.source", T],
    ]),
    isFresh: true,
    tokens: 0,
  };
}

export const ALL = SOURCES.map((_, row) => row);

export async function written(
  subject: Subject,
  rows: readonly number[],
  options: RowWritingOptions,
): Promise<readonly number[][]> {
  const found = await writeRows(subject.session(), batchOf(rows), () => WITH_ENDS, options);
  return found.map((each) => (each.get("output") ?? []).map(Number));
}

export const GREEDY = { length: 6, temperature: 0, seed: 1 };

/** The place of the first of the greatest. */
export function place(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}
