// Generation agrees with one teacher-forced run of the same model on the generated tokens: each token is the likeliest (greedy), or as
// frequent as its probability (sampling). test/train/writers.ts has the models; beam search is in beam.test.ts.
import { describe, expect, test } from "vitest";
import { lower, programOf } from "../../src/compile.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { scanAttributes } from "../../src/graph/node.ts";
import { printDim } from "../../src/shape/dim.ts";
import type { HostArray } from "../../src/targets/target.ts";
import { DeviceState } from "../../src/train/device-state.ts";
import { Session, stepping } from "../../src/train/session.ts";
import type { Batch } from "../../src/train/source.ts";
import { stepParts } from "../../src/train/stepper.ts";
import { writable, writeText, type WritingOptions } from "../../src/train/writing.ts";
import { writeRows } from "../../src/train/writing-rows.ts";
import { readSpec } from "../../src/shipped/specs.ts";
import { requestFor } from "../support/specs.ts";
import { modelOf } from "../support/training.ts";
import {
  reference,
  SYMBOLS,
  WITH_ENDS,
  TEXT_ONLY,
  Subject,
  translate,
  translators,
  writers,
  sourceOf,
  ALL,
  written,
  GREEDY,
  place,
} from "./writers.ts";

describe("greedy", () => {
  test("rows: each symbol is the likeliest of the whole graph after the symbols so far, up to the end token", async () => {
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

  test("a text: the same after a prompt of any length", async () => {
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

describe("the part that does not depend on the feedback", () => {
  const timesOfLoops = (graph: Graph): readonly string[] =>
    graph.all().flatMap((node) => (node.op === "scan" ? [printDim(scanAttributes(node).time)] : []));
  const { definition, statics } = translate;

  test("runs once when generating: a step has none of the encoder's loops", () => {
    const program = programOf(definition, statics, { ragged: true, training: false, states: "carried" });
    const { before, step } = stepParts(program, stepping(program));
    expect(timesOfLoops(before)).toEqual(["T.source", "T.source"]);
    expect(new Set(timesOfLoops(step))).toEqual(new Set(["T.output"]));
    const weights = step.inputs().flatMap(({ input }) => (input?.kind === "weight" ? [input.path] : []));
    expect(weights.filter((path) => path.startsWith("enc."))).toEqual([]);
  });

  test("is outside the loops in training: embeddings of the targets are looked up for all steps at once", () => {
    const program = programOf(definition, statics, { ragged: true, training: true, states: "initial" });
    const graph = lower(program.graph, requestFor(program, ["loss"]));
    const inLoops = graph.all().filter(({ region }) => region !== null);
    expect(inLoops.filter(({ op }) => op === "lookup" || op === "onehot" || op === "scan")).toEqual([]);
    expect(inLoops.some(({ op }) => op === "softmax")).toBe(true);
    expect(new Set(timesOfLoops(graph))).toEqual(new Set(["T.source", "T.output"]));
  });
});
