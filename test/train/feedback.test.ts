// One definition, two uses: what a model writes is what the same model, given all that it wrote as if it had been true, finds
// likeliest (greedy), likeliest as a whole (beam), or as likely as it says (sampling). The other side is one teacher-forced run of
// the program as it was elaborated, on the reference, without a pass, a split or a carried state.
import { describe, expect, test } from "vitest";
import { lower, programOf } from "../../src/compile.ts";
import type { Vocabulary } from "../../src/data/vocabulary.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { inputOf, nameOfInput, scanAttributes } from "../../src/graph/node.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { NdArray } from "../../src/ops/nd.ts";
import { printDim, type Sizes } from "../../src/shape/dim.ts";
import { shapeOf } from "../../src/shape/type.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import type { HostArray } from "../../src/targets/target.ts";
import { beamSearch, type BeamSettings, type Candidate } from "../../src/train/beam.ts";
import { DeviceState } from "../../src/train/device-state.ts";
import type { Model } from "../../src/train/model.ts";
import { logProbabilities } from "../../src/train/sampling.ts";
import { Session, stepping } from "../../src/train/session.ts";
import type { Batch } from "../../src/train/source.ts";
import { stepParts } from "../../src/train/stepper.ts";
import { writable, writeText, type WritingOptions } from "../../src/train/writing.ts";
import { writeRows, type RowWritingOptions } from "../../src/train/writing-rows.ts";
import { readSpec } from "../../src/module/library.ts";
import { drawn } from "../ops/arrays.ts";
import { inputsOf, named, runner, sizesOf } from "../support/run.ts";
import { requestFor } from "../support/specs.ts";
import { modelOf } from "../support/training.ts";

const reference = referenceTarget();
const SYMBOLS = ["a", "b"];
/** `a`, `b`, unknown, start, end. */
const WITH_ENDS: Vocabulary = { kind: "char", symbols: SYMBOLS, unknown: 2, start: 3, end: 4, size: 5 };
const TEXT_ONLY: Vocabulary = { kind: "char", symbols: SYMBOLS, unknown: 2, start: null, end: null, size: 3 };
/** Sources of several lengths, `[B][T]`. */
const SOURCES = [[1, 0, 2], [], [3, 3, 1, 0, 2], [2]];

const SIZES: Sizes = new Map([
  ["V", WITH_ENDS.size],
  ["S", 4],
  ["start.V", 3],
]);

/** A model with weights so large that its mind is made up differently at each step. */
class Subject {
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
      inputsOf(graph).map((node): [string, NdArray] => {
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
    return logProbabilities(logits, writable(WITH_ENDS));
  }
}

const translate = modelOf(readSpec("specs/models/translate.rec"), { E: 3, H: 4 }, "rows");
const translators = [1, 2, 3].map((seed) => new Subject(translate, SIZES, seed));

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
const writers = [...translators, ...[4, 5].map((seed) => new Subject(cumulative, SIZES, seed))];

const sourceOf = (row: number): ReadonlyMap<string, readonly number[]> => new Map([["source", SOURCES[row] ?? []]]);

/** The rows `rows` of SOURCES as a batch. */
function batchOf(rows: readonly number[]): Batch {
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

const ALL = SOURCES.map((_, row) => row);

async function written(
  subject: Subject,
  rows: readonly number[],
  options: RowWritingOptions,
): Promise<readonly number[][]> {
  const found = await writeRows(subject.session(), batchOf(rows), () => WITH_ENDS, options);
  return found.map((each) => (each.get("output") ?? []).map(Number));
}

const GREEDY = { length: 6, temperature: 0, seed: 1 };

/** The place of the first of the greatest. */
function place(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

describe("greedy", () => {
  test("rows: each symbol is the likeliest of the whole graph behind what was written, up to the end token", async () => {
    const lengths = new Set<number>();
    for (const subject of writers) {
      for (const [row, tokens] of (await written(subject, ALL, GREEDY)).entries()) {
        const whole = tokens.length < GREEDY.length ? [...tokens, WITH_ENDS.end] : tokens;
        whole.forEach((token, step) => {
          const likeliest = writable(WITH_ENDS)[place(subject.next(sourceOf(row), tokens.slice(0, step)))];
          expect(token, `row ${row}, step ${step}`).toBe(likeliest);
        });
        lengths.add(tokens.length);
      }
    }
    expect(lengths.size, "some end early, some never").toBeGreaterThan(2);
    expect(lengths).toContain(GREEDY.length);
  });

  test("a text: so too, behind a prompt of any length", async () => {
    const model = modelOf(readSpec("specs/models/charlm.rec"), { E: 3, H: 4, layers: 2 }, "text");
    const found = new Set<number>();
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const subject = new Subject(model, new Map([["V", TEXT_ONLY.size]]), seed);
      for (const prompt of [[0], [1, 1, 0, 1]]) {
        const tokens: number[] = [];
        for await (const token of writeText(subject.session(), TEXT_ONLY, Int32Array.from(prompt), GREEDY))
          tokens.push(token);
        expect(tokens).toHaveLength(GREEDY.length);
        const logits = subject.taught(new Map(), [...prompt, ...tokens]).slice(prompt.length - 1, -1);
        expect(tokens).toEqual(logits.map((each) => place(SYMBOLS.map((_, token) => each[token] ?? NaN))));
        tokens.forEach((token) => found.add(token));
      }
    }
    expect(found.size).toBe(SYMBOLS.length);
  });

  test("top-k of 1 and a top-p near 0 write the same, however high the temperature", async () => {
    const hot = { ...GREEDY, temperature: 5, seed: 7 };
    for (const subject of translators) {
      const greedy = await written(subject, ALL, GREEDY);
      expect(await written(subject, ALL, { ...hot, topK: 1 })).toEqual(greedy);
      expect(await written(subject, ALL, { ...hot, topP: 1e-9 })).toEqual(greedy);
      expect(await written(subject, ALL, hot)).not.toEqual(greedy);
    }
  });
});

describe("beam search", () => {
  const LENGTH = 3;

  interface Whole {
    readonly tokens: readonly number[];
    readonly score: number;
  }

  /** Every sequence of at most LENGTH symbols that ends, by the whole graph. */
  function everyWhole(subject: Subject, row: number, prefix: readonly number[] = [], score = 0): readonly Whole[] {
    if (prefix.length === LENGTH) return [];
    const next = subject.next(sourceOf(row), prefix);
    return writable(WITH_ENDS).flatMap((token, index) => {
      const sum = score + (next[index] ?? NaN);
      return token === WITH_ENDS.end
        ? [{ tokens: prefix, score: sum }]
        : everyWhole(subject, row, [...prefix, token], sum);
    });
  }

  function likeliest(wholes: readonly Whole[]): Whole {
    return wholes.reduce((best, each) => (each.score > best.score ? each : best));
  }

  const ONE: BeamSettings = { width: 1, length: LENGTH, best: 1, lengthPenalty: 0 };
  const WIDE: BeamSettings = { ...ONE, width: writable(WITH_ENDS).length ** LENGTH };

  const searched = (subject: Subject, settings: BeamSettings): Promise<readonly (readonly Candidate[])[]> =>
    beamSearch(subject.session(), { batch: batchOf(ALL) }, WITH_ENDS, settings);

  test("as wide as there are sequences it finds the likeliest whole of all, for every row of a ragged batch", async () => {
    let better = 0;
    for (const subject of writers) {
      const found = await searched(subject, WIDE);
      const greedy = await written(subject, ALL, { ...GREEDY, length: LENGTH });
      for (const row of ALL) {
        const { tokens, score } = likeliest(everyWhole(subject, row));
        const [first, ...others] = found[row] ?? [];
        expect(first, `row ${row}`).toMatchObject({ tokens, isWhole: true });
        expect(first?.score).toBeCloseTo(score, 8);
        expect(others).toEqual([]);
        if (greedy[row]?.join() !== tokens.join()) better += 1;
      }
    }
    expect(better, "greedy does not find them all").toBeGreaterThan(0);
  });

  test("as wide as 1 it is greedy", async () => {
    for (const subject of writers) {
      const found = await searched(subject, ONE);
      expect(found.map(([first]) => first?.tokens)).toEqual(await written(subject, ALL, { ...GREEDY, length: LENGTH }));
    }
  });

  test.each([0, 0.6, 1])(
    "the best of all, with length penalty %d, are those with the greatest log-probability / length ** penalty, in order",
    async (lengthPenalty) => {
      for (const subject of writers) {
        const found = await searched(subject, { ...WIDE, best: WIDE.width, lengthPenalty });
        for (const row of ALL) {
          const wholes = everyWhole(subject, row)
            .map(({ tokens, score: sum }) => ({ tokens, sum, score: sum / (tokens.length + 1) ** lengthPenalty }))
            .toSorted((a, b) => b.score - a.score);
          const ended = (found[row] ?? []).filter(({ isWhole }) => isWhole);
          expect(ended.map(({ tokens }) => tokens)).toEqual(wholes.map(({ tokens }) => tokens));
          ended.forEach(({ logProbability, score }, index) => {
            expect(logProbability).toBeCloseTo(wholes[index]?.sum ?? NaN, 8);
            expect(score).toBeCloseTo(wholes[index]?.score ?? NaN, 8);
          });
          const cut = (found[row] ?? []).slice(ended.length);
          expect(cut.length, "all that has not ended").toBe((writable(WITH_ENDS).length - 1) ** LENGTH);
          expect(cut.every(({ isWhole, tokens }) => !isWhole && tokens.length === LENGTH)).toBe(true);
        }
      }
    },
  );

  test("length normalisation finds longer outputs", async () => {
    const lengthOf = async (lengthPenalty: number): Promise<number> => {
      let sum = 0;
      for (const subject of writers)
        for (const [first] of await searched(subject, { ...WIDE, lengthPenalty })) sum += first?.tokens.length ?? 0;
      return sum;
    };
    expect(await lengthOf(1)).toBeGreaterThan(await lengthOf(0));
  });
});

describe("sampling", () => {
  const DRAWS = 2000;
  /** Of chi-square's distribution with 2 degrees of freedom 1 in 10 000 lies above; the draws follow from the seed. */
  const LIMIT = 18.42;

  /** Σ (drawn - expected)² / expected over what may be drawn; infinite where something else was. */
  function chiSquare(tokens: readonly number[], chances: ReadonlyMap<number, number>): number {
    if (tokens.some((token) => !chances.has(token))) return Infinity;
    return [...chances].reduce((sum, [token, chance]) => {
      const expected = DRAWS * chance;
      return sum + (tokens.filter((each) => each === token).length - expected) ** 2 / expected;
    }, 0);
  }

  /** Probabilities of the first symbol of row 0 by token, among the `kept` likeliest. */
  function chancesOf(subject: Subject, temperature: number, kept: number): ReadonlyMap<number, number> {
    const weighted = subject
      .next(sourceOf(0), [])
      .map((value, index) => ({ token: writable(WITH_ENDS)[index] ?? NaN, weight: Math.exp(value / temperature) }))
      .toSorted((a, b) => b.weight - a.weight)
      .slice(0, kept);
    const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
    return new Map(weighted.map(({ token, weight }) => [token, weight / total]));
  }

  async function firsts(subject: Subject, options: Partial<WritingOptions>): Promise<readonly number[]> {
    const rows = Array.from({ length: DRAWS }, () => 0);
    const found = await written(subject, rows, { length: 1, temperature: 1, seed: 5, ...options });
    return found.map(([first = WITH_ENDS.end ?? NaN]) => first);
  }

  test.each([[0.7], [1], [2.5]])(
    "at temperature %d symbols come as often as softmax(logits / temperature) says",
    async (temperature) => {
      for (const subject of translators) {
        const tokens = await firsts(subject, { temperature });
        expect(chiSquare(tokens, chancesOf(subject, temperature, 3))).toBeLessThan(LIMIT);
        expect(chiSquare(tokens, chancesOf(subject, 2 * temperature, 3))).toBeGreaterThan(LIMIT);
      }
    },
  );

  test("top-k draws among the k likeliest as often as they are likely among themselves; top-p among those it needs", async () => {
    for (const subject of translators) {
      const temperature = 2;
      const expected = chancesOf(subject, temperature, 2);
      expect(chiSquare(await firsts(subject, { temperature, topK: 2 }), expected)).toBeLessThan(LIMIT);
      const [first = NaN, second = NaN] = chancesOf(subject, temperature, 3).values();
      const topP = first + second / 2;
      expect(chiSquare(await firsts(subject, { temperature, topP }), expected)).toBeLessThan(LIMIT);
    }
  });
});

describe("rows that are drawn", () => {
  test("a row is written the same alone and among others, by its number; other numbers write other texts", async () => {
    const options = { length: 8, temperature: 3, seed: 2 };
    for (const subject of translators) {
      const together = await written(subject, ALL, options);
      for (const row of ALL)
        expect(await written(subject, [row], { ...options, numbers: [row] })).toEqual([together[row]]);
      const numbers = [0, 64, 128, 192];
      const texts = await written(
        subject,
        numbers.map(() => 0),
        { ...options, numbers },
      );
      expect(new Set(texts.map(String)).size).toBeGreaterThan(1);
    }
  });

  const SWITCHES = `model Switches {
  input n: seq []
  target y: seq [2]
  param a, b: [2] ~ zeros
  predict y from 0 * y[t-1] + a + n * b by binary
}
`;

  test("numbers by binary are drawn element by element, as often as sigmoid(logit / temperature) says", async () => {
    const draws = 4000;
    const model = modelOf({ name: "switches.rec", text: SWITCHES }, {}, "rows");
    const weights = new DeviceState(reference);
    const logits = [1, -0.5];
    weights.put("a", { dtype: "float", shape: [2], data: Float64Array.from(logits) });
    weights.put("b", { dtype: "float", shape: [2], data: Float64Array.of(0, 0) });
    const n: HostArray = { dtype: "float", shape: [1, draws], data: new Float64Array(draws) };
    const lengths: HostArray = { dtype: "int", shape: [draws], data: new Int32Array(draws).fill(1) };
    const batch: Batch = {
      arrays: new Map([
        ["n", n],
        ["length T.n", lengths],
      ]),
      sizes: new Map([
        ["B", draws],
        ["T.n", 1],
      ]),
      isFresh: true,
      tokens: 0,
    };
    const session = new Session(model, reference, weights, new Map());
    const temperature = 2;
    const found = await writeRows(session, batch, () => null, { length: 1, temperature, seed: 4 });
    const pairs = found.map((each) => String(each.get("y")?.[0]));
    const [p = NaN, q = NaN] = logits.map((logit) => 1 / (1 + Math.exp(-logit / temperature)));
    const chances = { "1,1": p * q, "1,0": p * (1 - q), "0,1": (1 - p) * q, "0,0": (1 - p) * (1 - q) };
    for (const [pair, chance] of Object.entries(chances)) {
      const share = pairs.filter((each) => each === pair).length / draws;
      // Four standard deviations of a share.
      expect(Math.abs(share - chance), pair).toBeLessThan(4 * Math.sqrt((chance * (1 - chance)) / draws));
    }
  });
});

describe("what does not depend on what is fed back", () => {
  const timesOfLoops = (graph: Graph): readonly string[] =>
    graph.all().flatMap((node) => (node.op === "scan" ? [printDim(scanAttributes(node).time)] : []));
  const { definition, statics } = translate;

  test("is run once when writing: the encoder's loops, not one of which is left in a step", () => {
    const program = programOf(definition, statics, { ragged: true, training: false, states: "carried" });
    const { before, step } = stepParts(program, stepping(program));
    expect(timesOfLoops(before)).toEqual(["T.source", "T.source"]);
    expect(new Set(timesOfLoops(step))).toEqual(new Set(["T.output"]));
    const weights = step.inputs().flatMap(({ input }) => (input?.kind === "weight" ? [input.path] : []));
    expect(weights.filter((path) => path.startsWith("enc."))).toEqual([]);
  });

  test("stands outside the loops that are trained: what is read of the truth is looked up for all steps at once", () => {
    const program = programOf(definition, statics, { ragged: true, training: true, states: "initial" });
    const graph = lower(program.graph, requestFor(program, ["loss"]));
    const inLoops = graph.all().filter(({ region }) => region !== null);
    expect(inLoops.filter(({ op }) => op === "lookup" || op === "onehot" || op === "scan")).toEqual([]);
    expect(inLoops.some(({ op }) => op === "softmax")).toBe(true);
    expect(new Set(timesOfLoops(graph))).toEqual(new Set(["T.source", "T.output"]));
  });
});
