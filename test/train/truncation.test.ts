// Truncated backpropagation through time, update by update, against what docs/language.md says of k1 and k2 computed anew: each
// example is run by itself, forward only, from the state that was stored, which stays as it is; the gradient is a central difference.
import { describe, expect, test } from "vitest";
import { programOf } from "../../src/compile.ts";
import { Batches } from "../../src/data/batches.ts";
import { datasetOf } from "../../src/data/dataset.ts";
import { cutStreams, memoryTokens } from "../../src/data/text.ts";
import { WHOLE_ROW } from "../../src/base/window-sizes.ts";
import { printOutput } from "../../src/graph/border.ts";
import { inputOf, nameOfInput, type Node } from "../../src/graph/node.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { NdArray } from "../../src/ops/nd.ts";
import type { Sizes } from "../../src/shape/dim.ts";
import { shapeOf } from "../../src/shape/type.ts";
import { referenceTarget } from "../../src/targets/reference/target.ts";
import { trainingProgram, type Model } from "../../src/train/model.ts";
import { fieldsOf, sizesOf } from "../../src/train/row-model.ts";
import { truncatedRows } from "../../src/train/row-source.ts";
import type { TrainingSource } from "../../src/train/source.ts";
import { textInput } from "../../src/train/text-input.ts";
import { textTraining } from "../../src/train/text-source.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { limitsOf, type Truncation } from "../../src/train/windows.ts";
import { rowsInFile } from "../../src/data/row-file.ts";
import { jsonLines, sourceOf } from "../data/sources.ts";
import { drawn } from "../ops/arrays.ts";
import { named, runner, type Arrays } from "../support/run.ts";
import { modelOf } from "../support/training.ts";

/** Central differences with h = 1e-4: truncation about h² = 1e-8, rounding 1e-16 / h = 1e-12 of a loss near 1. */
const TOLERANCE = 1e-6;
const STEP = 1e-4;

/** An LSTM, a cell that looks three steps back, and a sequence that the model delays by two. */
const TEXT = `use LSTM from "cells"
cell Echo(H) {
  input x
  state h: [H]
  h = tanh(linear(x, h[t-1], h[t-3]))
}
model Delayed(E = 2, H = 3) {
  input text: seq char[V]
  h = LSTM(H)(embed(text, E))
  g = Echo(H)(linear(h, h[t-2], out = 2))
  predict text[t+1] from linear(g, h, out = V)
}
`;

/** What is carried besides states: running sums, and the value at the first step. */
const cumulative = (more: string): string => `use GRU from "cells"
model Cumulative(E = 2, H = 3) {
  input text: seq char[V]
  e = embed(text, E)
  c = cumsum(0.3 * e, axis = time)
  h = GRU(H)(concat(e, c))
  g = cumsum(tanh(linear(h, c, out = 2)), axis = time)
  predict text[t+1] from linear(g, h${more}, out = V)
}
`;

/** As rows, whose first state hangs on a value of the whole row; what is written is read a step later. */
const ROWS = `use LSTM from "cells"
model Captioned(E = 2, H = 3) {
  input image: [2]
  target words: seq char[V]
  h = LSTM(H)(embed(words[t-1], E), h = tanh(linear(image, out = H)))
  predict words from linear(h, out = V)
}
`;

type Numbers = readonly number[];

/** One example as it is read: inputs by step and by row, and the token that each step is to predict; null where there is none. */
interface Example {
  readonly tokens: Numbers;
  readonly row: ReadonlyMap<string, Numbers>;
  readonly targets: readonly (number | null)[];
}

interface Lesson {
  readonly model: Model;
  readonly sizes: Sizes;
  readonly source: (truncation: Truncation) => TrainingSource;
  /** The examples of an epoch's batches. */
  readonly batches: (epoch: number) => readonly (readonly Example[])[];
}

const V = 5;

function textLesson(length: number, source = TEXT): Lesson {
  const model = modelOf({ name: "text.rec", text: source }, {}, "text");
  const tokens = Int32Array.from({ length: 2 * (length + 1) }, (_, index) => (index * index + (index >> 2)) % V);
  const streams = cutStreams(memoryTokens(tokens), 2, "the text");
  const text = textInput(model.inference) ?? expect.fail("no text");
  const examples = [0, 1].map((stream): Example => {
    const own = [...tokens.subarray(stream * (length + 1), (stream + 1) * (length + 1))];
    return { tokens: own.slice(0, -1), row: new Map(), targets: own.slice(1) };
  });
  return {
    model,
    sizes: new Map([["V", V]]),
    source: (truncation) => textTraining(text, streams, truncation),
    batches: () => [examples],
  };
}

interface RowOf {
  readonly words: string;
  readonly image?: Numbers;
}

/** `ahead`: whether a symbol is predicted from those up to it, or a step after the last one. */
function rowLesson(text: string, rows: readonly RowOf[], input: "words" | "text", ahead: 0 | 1): Lesson {
  const model = modelOf({ name: "rows.rec", text }, {}, "rows");
  const fields = fieldsOf(model.inference, "training");
  const content = jsonLines(rows.map(({ words, image }) => ({ [input]: words, image })));
  const data = datasetOf(
    { training: rowsInFile(sourceOf("a.jsonl", content)), validation: rowsInFile(sourceOf("b.jsonl", content)) },
    fields,
  );
  const batches = new Batches(data.training, data, { batch: 2, seed: 1 });
  const vocabulary = data.vocabularies.get("V") ?? expect.fail("no vocabulary");
  const example = ({ words, image }: RowOf): Example => {
    const tokens = [...[...words].map((symbol) => vocabulary.symbols.indexOf(symbol)), vocabulary.end ?? NaN];
    const targets = tokens.map((token, step) => (ahead === 0 ? token : (tokens[step + 1] ?? null)));
    return { tokens, row: new Map(image === undefined ? [] : [["image", image]]), targets };
  };
  return {
    model,
    sizes: sizesOf(fields, data),
    source: (truncation) => truncatedRows(batches, truncation, model.inference),
    batches: (epoch) =>
      Array.from({ length: batches.perEpoch }, (_, index) =>
        [...batches.rowsAt(epoch, index)].map((row) => example(rows[row] ?? expect.fail(`no row ${row}`))),
      ),
  };
}

/** Null: as at the example's start. */
type State = Arrays | null;

/** Runs the model forward, one example at a time, as it was elaborated: no gradient, no pass, no window. */
class Forward {
  readonly #program: Program;
  readonly #sizes: Sizes;

  constructor({ model, sizes }: Lesson) {
    const options = { ragged: false, training: false, states: "carried" } as const;
    this.#program = programOf(model.definition, model.statics, options);
    this.#sizes = sizes;
  }

  /** Steps `from` … `to - 1` of an example: the sum of the losses at steps from `counted` on, and the state behind the last. */
  run(weights: Arrays, example: Example, state: State, steps: { from: number; to: number; counted: number }) {
    const { graph, inputs } = this.#program;
    const [{ name } = expect.fail("no sequence")] = inputs.filter(({ token }) => token !== undefined);
    const time = `T.${name}`;
    const sizes = new Map([...this.#sizes, ["B", 1] as const, [time, steps.to - steps.from] as const]);
    const feed = (node: Node, shape: Numbers): NdArray => {
      const [each, input] = [inputOf(node), nameOfInput(node)];
      if (each.kind === "weight") return named(weights, input);
      if (each.kind === "fresh") return { shape, data: Float64Array.of(state === null ? 1 : 0) };
      if (each.kind === "state")
        return state === null ? drawn(shape, 1) : named(state, printOutput({ kind: "final", path: each.path }));
      const row = example.row.get(input);
      const data = row ?? (input === name ? example.tokens.slice(steps.from, steps.to) : shape.flatMap(() => []));
      return {
        shape,
        data:
          each.kind === "data" && each.ahead > 0 ? new Float64Array(steps.to - steps.from) : Float64Array.from(data),
      };
    };
    const values = new Map(
      graph.inputs().map((node) => [nameOfInput(node), feed(node, shapeOf(node.type, sizes))] as const),
    );
    const results = runner(graph, sizes)(values);
    const logits = named(results, `logits.${name}`);
    const size = logits.shape.at(-1) ?? NaN;
    let [loss, count] = [0, 0];
    for (let step = Math.max(steps.counted, steps.from); step < steps.to; step++) {
      const target = example.targets[step] ?? null;
      if (target === null) continue;
      const own = [...logits.data.subarray((step - steps.from) * size, (step - steps.from + 1) * size)];
      loss += Math.log(own.reduce((sum, each) => sum + Math.exp(each), 0)) - (own[target] ?? NaN);
      count += 1;
    }
    return { loss, count, state: results };
  }
}

interface Bounds {
  /** The first step that is read, the first that is new, the one behind the last. */
  readonly start: number;
  readonly begin: number;
  readonly end: number;
}

function boundsOf(length: number, { k1, k2 }: Truncation, update: number): Bounds {
  const begin = update * k1;
  const end = Math.min(begin + k1, length);
  return { start: k2 > k1 ? Math.max(0, end - k2) : begin, begin, end };
}

/** Steps that run from a state that stays as it is, and the first of them whose loss counts. */
interface Part {
  readonly from: number;
  /** The step behind the last one. */
  readonly cut: number;
  readonly counted: number;
}

/** The loss of one update as a function of the weights, and the stored states that it leaves. */
function updateOf(
  forward: Forward,
  examples: readonly Example[],
  states: readonly State[],
  { k2, each: reach }: Truncation,
) {
  const parts = ({ start, begin, end }: Bounds): readonly Part[] => {
    const cuts = Array.from({ length: Math.ceil((end - start) / k2) }, (_, index) => start + index * k2);
    const whole = cuts.map((from, index) => ({ from, cut: cuts[index + 1] ?? end, counted: begin }));
    if (reach === undefined) return whole;
    // A run for the loss of each step, from where it no longer reaches back.
    return whole.flatMap(({ from, cut }) =>
      Array.from({ length: cut - from }, (_, step) => from + step)
        .filter((step) => step >= begin)
        .map((step) => ({ from: Math.max(from, step + 1 - reach), cut: step + 1, counted: step })),
    );
  };
  const stateAt = (weights: Arrays, each: number, start: number, step: number): State => {
    const example = examples[each] ?? expect.fail("no example");
    const to = Math.min(step, example.tokens.length);
    if (to <= start) return states[each] ?? null;
    return forward.run(weights, example, states[each] ?? null, { from: start, to, counted: to }).state;
  };
  return {
    stateAt,
    /** Where the gradient is cut the state is the one that `weights` give, whatever the loss is asked of. */
    lossAt(weights: Arrays, bounds: Bounds): (asked: Arrays) => number {
      const runs = examples.flatMap((example, each) =>
        parts(bounds).flatMap(({ from, cut, counted }) => {
          const to = Math.min(cut, example.tokens.length);
          return (counted >= to && reach !== undefined) || from >= to
            ? []
            : [{ example, from, to, counted, state: stateAt(weights, each, bounds.start, from) }];
        }),
      );
      return (asked) => {
        let [loss, count] = [0, 0];
        for (const { example, from, to, counted, state } of runs) {
          const run = forward.run(asked, example, state, { from, to, counted });
          loss += run.loss;
          count += run.count;
        }
        return loss / Math.max(1, count);
      };
    },
  };
}

function moved(weights: Arrays, name: string, direction: NdArray, by: number): Arrays {
  const { shape, data } = named(weights, name);
  const next = data.map((value, index) => value + by * (direction.data[index] ?? NaN));
  return new Map(weights).set(name, { shape, data: next });
}

/** Trains with steps as long as the gradient, so that each update tells its gradient, and holds it against the formula's words. */
async function expectExact(lesson: Lesson, truncation: Truncation, epochs: number): Promise<void> {
  const trainer = new Trainer(trainingProgram(lesson.model, truncation), referenceTarget(), {
    optimizer: { kind: "sgd", values: new Map([["lr", 1]]) },
    clip: {},
    seed: 3,
    sizes: lesson.sizes,
    ...limitsOf(truncation),
  });
  const forward = new Forward(lesson);
  const weightsNow = async (): Promise<Arrays> =>
    new Map(
      [...(await trainer.snapshot())].map(([name, { shape, data }]) => [
        name,
        { shape, data: Float64Array.from(data) },
      ]),
    );
  for (let epoch = 0; epoch < epochs; epoch++) {
    const given = await lesson.source(truncation).epoch(epoch);
    let update = 0;
    for (const examples of lesson.batches(epoch)) {
      const length = Math.max(...examples.map(({ tokens }) => tokens.length));
      let states: readonly State[] = examples.map(() => null);
      for (let window = 0; window * truncation.k1 < length; window++) {
        const where = `epoch ${epoch}, update ${update}`;
        const bounds = boundsOf(length, truncation, window);
        const before = await weightsNow();
        const { stateAt, lossAt } = updateOf(forward, examples, states, truncation);
        const loss = lossAt(before, bounds);
        const result = await trainer.update(await given.batch(update));
        expect(result.loss, `${where}: the loss`).toBeCloseTo(loss(before), 10);
        const after = await weightsNow();
        // In later epochs the loss tells: it hangs on every weight and on what begins anew.
        for (const [name, { data }] of epoch > 0 ? [] : before) {
          const gradient = data.map((value, index) => value - (named(after, name).data[index] ?? NaN));
          const direction = drawn(named(before, name).shape, 1000 + update, -1, 1);
          const numeric =
            (loss(moved(before, name, direction, STEP)) - loss(moved(before, name, direction, -STEP))) / 2 / STEP;
          const symbolic = gradient.reduce((sum, each, index) => sum + each * (direction.data[index] ?? NaN), 0);
          const scale = Math.max(Math.abs(numeric), ...gradient.map(Math.abs), 1e-3);
          expect(Math.abs(symbolic - numeric) / scale, `${where}: the gradient of ${name}`).toBeLessThan(TOLERANCE);
        }
        const next = boundsOf(length, truncation, window + 1).start;
        states = examples.map((_, each) => stateAt(before, each, bounds.start, next));
        update += 1;
      }
    }
    expect(given.updates, `updates of epoch ${epoch}`).toBe(update);
  }
}

const TRUNCATIONS: readonly (readonly [string, Truncation])[] = [
  ["k1 = k2", { k1: 4, k2: 4 }],
  ["k2 twice k1", { k1: 4, k2: 8 }],
  ["k1 divides neither k2 nor the length", { k1: 3, k2: 7 }],
  ["k1 = 1", { k1: 1, k2: 3 }],
  ["k2 behind the end", { k1: 5, k2: 40 }],
  ["k1 and k2 behind the end", { k1: 30, k2: 40 }],
  ["k2 half of k1", { k1: 6, k2: 3 }],
  ["k2 does not divide k1", { k1: 5, k2: 2 }],
];

describe("a text: each update's loss and gradient are those of its last k1 steps, through k2 steps", () => {
  test.each(TRUNCATIONS)("%s", async (_, truncation) => {
    await expectExact(textLesson(10), truncation, 2);
  });
});

/** The loss of each step through one step, through some, and through more than there are. */
const EACH: readonly (readonly [string, Truncation])[] = [
  ["1 step", { k1: 30, k2: 30, each: 1 }],
  ["3 steps", { k1: 30, k2: 30, each: 3 }],
  ["more steps than there are", { k1: 30, k2: 30, each: 11 }],
  ["3 steps, windows that overlap", { k1: 4, k2: 7, each: 3 }],
  ["3 steps, cut within a window", { k1: 6, k2: 4, each: 3 }],
];

describe("each: the loss of a step goes back through a number of steps of its window", () => {
  test.each(EACH)("a text, %s", async (_, truncation) => {
    await expectExact(textLesson(10), truncation, 1);
  });
});

describe("running sums are carried, and the first step's value", () => {
  test.each(TRUNCATIONS)("a text, %s", async (_, truncation) => {
    // Through `first` the gradient reaches the first step from all of its window, however small k2 is.
    const isCut = truncation.k2 < truncation.k1;
    await expectExact(textLesson(10, cumulative(isCut ? "" : ", first(e), e * first(h)[0]")), truncation, 2);
  });
});

/** Of each kind one. */
const KINDS = [TRUNCATIONS[0], TRUNCATIONS[2], TRUNCATIONS[7]].filter((each) => each !== undefined);

describe("rows: as much, each example to its own end", () => {
  const captions = [
    { words: "abcab", image: [0.5, -1] },
    { words: "b", image: [0.25, 2] },
    { words: "", image: [-1, 1] },
    { words: "cabbaccb", image: [1, 1] },
  ];
  test.each(KINDS)("%s, with a value of the whole row", async (_, truncation) => {
    await expectExact(rowLesson(ROWS, captions, "words", 0), truncation, 2);
  });

  test("the loss of each step through 2 steps", async () => {
    await expectExact(rowLesson(ROWS, captions, "words", 0), { k1: WHOLE_ROW, k2: WHOLE_ROW, each: 2 }, 2);
  });

  test.each(KINDS)("%s, with running sums", async (_, truncation) => {
    const rows = captions.map(({ words }) => ({ words }));
    await expectExact(rowLesson(cumulative(""), rows, "text", 1), truncation, 2);
  });

  test.each(KINDS)("%s, a step ahead", async (_, truncation) => {
    await expectExact(
      rowLesson(
        TEXT,
        captions.map(({ words }) => ({ words })),
        "text",
        1,
      ),
      truncation,
      2,
    );
  });
});
