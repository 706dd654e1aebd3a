// States that are returned and passed in again: the parts of a sequence together equal one run, for every shipped cell and model that
// can be stepped, through `runChunk`, `run` and streams.
import { describe, expect, test } from "vitest";
import type { CompiledModel, InputInfo, NumberArray, Results } from "../../src/index.ts";
import { compiled, expectNear, numbers, stepOf, TARGETS, tokens, TOLERANCE } from "./models.ts";
import { MODELS } from "../support/specs.ts";
import { arraysFor, SIZED_CELLS } from "./shipped.ts";

const STEPS = 7;
const PARTS = [
  [0, 3],
  [3, 6],
  [6, STEPS],
] as const;

/** Steps `from` … `to - 1` of `[B, T, …]`, or of `[T, …]` without a batch. */
function stepsOf({ shape, data }: NumberArray, [from, to]: readonly [number, number], hasBatch: boolean): NumberArray {
  const [batch, steps, rest] = hasBatch
    ? [shape[0] ?? 0, shape[1] ?? 0, shape.slice(2)]
    : [1, shape[0] ?? 0, shape.slice(1)];
  const width = rest.reduce((a, b) => a * b, 1);
  const rows = Array.from({ length: batch }, (_, b) =>
    Array.from(data.slice((b * steps + from) * width, (b * steps + to) * width)),
  );
  return { shape: [...(hasBatch ? [batch] : []), to - from, ...rest], data: Float64Array.from(rows.flat()) };
}

function mapped(arrays: Results, change: (array: NumberArray) => NumberArray): Results {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, change(array)]));
}

/** Runs the whole and its parts; a stream goes on from the first part, and a run from the stream. */
async function comparePartsWithRun(
  model: CompiledModel,
  sequences: Results,
  memories: Results,
  batch: number | null,
): Promise<void> {
  const hasBatch = batch !== null;
  const tolerance = TOLERANCE[model.target] ?? 0;
  const whole = await model.run({ ...sequences, ...memories });
  const all = Object.keys(whole).filter((name) => !name.startsWith("state."));
  // No other size is as large.
  const names = all.filter((name) => whole[name]?.shape[hasBatch ? 1 : 0] === STEPS);
  const compare = (results: Results, part: readonly [number, number]): void => {
    for (const name of names)
      expectNear(results[name], stepsOf(whole[name] ?? expect.fail(name), part, hasBatch), tolerance);
    // What is predicted once is predicted of all steps so far.
    if (part[1] === STEPS)
      for (const name of all) if (!names.includes(name)) expectNear(results[name], whole[name], tolerance);
  };
  const arraysOf = (part: readonly [number, number]): Results => ({
    ...mapped(sequences, (array) => stepsOf(array, part, hasBatch)),
    ...memories,
  });
  let state = {};
  for (const part of PARTS) {
    const chunk = await model.runChunk(arraysOf(part), { state });
    compare(chunk.results, part);
    state = chunk.state;
  }
  expect(Object.keys(state)).toEqual(model.states.map(({ name }) => name));
  for (const [name, value] of Object.entries<NumberArray>(state))
    if (whole[`state.${name}`] !== undefined) expectNear(value, whole[`state.${name}`], tolerance);

  const [first, second, third] = PARTS;
  const { state: before } = await model.runChunk(arraysOf(first));
  const stream = model.start({ inputs: memories, state: before, ...(hasBatch ? { batch } : {}) });
  for (let round = 0; round < 2; round++) {
    expect(await stream.state()).toEqual(before);
    for (let t = second[0]; t < second[1]; t++) {
      const found = stream.step(mapped(sequences, (array) => stepOf(array, t, hasBatch)));
      for (const name of names)
        expectNear(found[name], stepOf(whole[name] ?? expect.fail(name), t, hasBatch), tolerance);
    }
    compare(await model.run(arraysOf(third), { state: await stream.state() }), third);
    stream.reset();
  }
  stream.dispose();
}

const BATCHES = [null, 3];

describe.each(TARGETS)("%s: parts give what one run gives, for one example and a batch", (target) => {
  test.each(SIZED_CELLS)("$name", async ({ name, folder, set }) => {
    const model = await compiled(`use ${name} from "${folder}"`, { target, set });
    for (const batch of BATCHES) {
      const leading = batch === null ? [] : [batch];
      const sequences = arraysFor(model, "input", [...leading, STEPS]);
      await comparePartsWithRun(model, sequences, arraysFor(model, "memory", [...leading, 4]), batch);
    }
  });

  test("a character model in two layers, with what it reads with a delay", async () => {
    const model = await compiled(
      `use LSTM from "cells"
       model Chars(H = 4, layers = 2) {
         input text: seq char[V]
         e = embed(text, 3)
         predict text[t+1] from linear(stack(LSTM(H), layers)(concat(e, embed(text[t-2], 3), e[t-1])), out = V)
       }`,
      { target, sizes: { V: 5 } },
    );
    for (const batch of BATCHES) {
      const leading = batch === null ? [] : [batch];
      await comparePartsWithRun(model, { text: tokens("text", [...leading, STEPS], 5) }, {}, batch);
    }
  });

  test("a target that is read with a delay, the number of the step, sums over the steps so far", async () => {
    const model = await compiled(
      `cell Counting(H) {
         input x
         state a, b: [H]
         a = tanh(linear(a[t-3], b[t-1], x[t-2]))
         b = 0.5 * a + b[t-2] * sin(t)
         output b, a
       }
       model Series(H = 4) {
         input x: seq [3]
         target y: seq [2]
         h = Counting(H)(concat(x, y[t-1])).b
         predict y from linear(h, cumsum(x, axis = time), x[t-1], out = 2)
       }`,
      { target, model: "Series" },
    );
    for (const batch of BATCHES) {
      const leading = batch === null ? [] : [batch];
      const sequences = { x: numbers("x", [...leading, STEPS, 3]), y: numbers("y", [...leading, STEPS, 2]) };
      await comparePartsWithRun(model, sequences, {}, batch);
    }
  });
});

/** How many tokens each vocabulary has, and how large other sizes of inputs are. */
const SIZE = 5;

/** Arrays for what a model reads: sequences of `STEPS` steps, or all else. A target is read where it is carried. */
function arraysOf(model: CompiledModel, leading: readonly number[], isSequence: boolean): Results {
  const isRead = ({ name, role }: InputInfo): boolean =>
    role !== "target" || model.states.some((state) => state.name.startsWith(`${name}[t-`));
  return Object.fromEntries(
    model.inputs
      .filter((input) => isRead(input) && input.type.startsWith("seq ") === isSequence)
      .map(({ name, type }) => {
        const shape = [...leading, ...(isSequence ? [STEPS] : [])];
        const [, own] = /^(?:seq )?\[(.*)\]$/.exec(type) ?? [];
        if (own === undefined) return [name, tokens(name, shape, SIZE)];
        const sizes = own === "" ? [] : own.split(", ").map((size) => (/^\d+$/.test(size) ? Number(size) : SIZE));
        return [name, numbers(name, [...shape, ...sizes])];
      }),
  );
}

describe("each shipped model gives in parts what one run gives, or says why it cannot", () => {
  const refused: string[] = [];

  test.each(MODELS)("$name", async ({ name }) => {
    const source = `use ${name} from "models"`;
    const { inputs } = await compiled(source);
    const named = inputs.flatMap(({ type }) => [...type.matchAll(/\w+\[([A-Z]\w*)\]/g)].map(([, size = ""]) => size));
    const model = await compiled(source, { sizes: Object.fromEntries(named.map((size) => [size, SIZE])) });
    const [sequences, others] = [arraysOf(model, [2], true), arraysOf(model, [2], false)];
    try {
      model.start({ batch: 2, inputs: others }).dispose();
    } catch (problem) {
      refused.push(name);
      const reason = problem instanceof Error ? (problem.message.split(": ")[1] ?? "") : "";
      await expect(model.runChunk({ ...sequences, ...others })).rejects.toThrow(reason);
      return;
    }
    await comparePartsWithRun(model, sequences, others, 2);
  });

  test("those that cannot read several sequences, or from right to left", () => {
    expect(refused).toMatchInlineSnapshot(`
      [
        "Classify",
        "Tag",
        "Translate",
      ]
    `);
  });
});

const X = [
  [1, 0],
  [0, 1],
  [1, 1],
  [2, 0],
];

describe("first states", () => {
  test("a GRU in two parts gives the bits of one run, through the state that `run` shows", async () => {
    const model = await compiled('use GRU from "cells"', { set: { H: 3 }, sizes: { I: 2 }, seed: 1 });
    const whole = await model.run({ x: X });
    const first = await model.run({ x: X.slice(0, 2) });
    const second = await model.run({ x: X.slice(2) }, { state: { h: first["state.h"] ?? [] } });
    expect([...(second["output"]?.data ?? [])]).toEqual([...(whole["output"]?.data.slice(6) ?? [])]);
  });

  test.each(["GRU", "LSTM", "LEM"])(
    "%s on wasm: parts of more than four steps in all give the bits of one run",
    async (name) => {
      const model = await compiled(`use ${name} from "cells"`, { set: { H: 17 }, sizes: { I: 5 } });
      for (const [batch, steps, cut] of [
        [1, 20, 5],
        [1, 20, 15],
        [3, 20, 2],
        [2, 9, 6],
      ] as const) {
        const x = numbers("x", [batch, steps, 5]);
        const whole = await model.run({ x });
        const first = await model.runChunk({ x: stepsOf(x, [0, cut], true) });
        const second = await model.runChunk({ x: stepsOf(x, [cut, steps], true) }, { state: first.state });
        const output = whole["output"] ?? expect.fail();
        for (const [part, { results }] of [
          [[0, cut], first],
          [[cut, steps], second],
        ] as const)
          expect([...(results["output"]?.data ?? [])]).toEqual([...stepsOf(output, part, true).data]);
      }
    },
  );

  test("a Hopfield cell, which starts at 0, starts elsewhere", async () => {
    const model = await compiled('use Hopfield from "cells"', { set: { N: 3 } });
    const arrays = { x: numbers("x", [2, 3]), k: [0, 2] };
    const [state] = model.states;
    const first = { [state?.name ?? ""]: numbers("first", [3]) };
    const [plain, other] = [await model.run(arrays), await model.run(arrays, { state: first })];
    expect([...(plain["output"]?.data ?? [])]).not.toEqual([...(other["output"]?.data ?? [])]);
  });

  test("some may be given: the others start as the spec says, for runs and for streams", async () => {
    const model = await compiled(
      `cell Two(H) {
         input x
         state a: [H] = param ~ normal(1)
         state b: [H]
         a = 0.5 * a[t-1] + linear(x)
         b = b[t-1] + a
       }`,
      { target: "reference", set: { H: 2 }, sizes: { I: 2 } },
    );
    const start = [...(await model.weights())].find(([name]) => name.startsWith("a"))?.[1] ?? expect.fail("no start");
    const b = [3, 4];
    const expected = await model.run({ x: X }, { state: { a: start, b } });
    expect(await model.run({ x: X }, { state: { b } })).toEqual(expected);
    const stream = model.start({ state: { b } });
    for (const [t, x] of X.entries())
      expectNear(stream.step({ x })["output"], stepOf(expected["output"] ?? expect.fail(), t, false), 1e-12);
    stream.dispose();
  });

  test("examples of different lengths go on each from its own last step, also one without a step", async () => {
    const model = await compiled(
      `model Mixed(H = 3) {
         input x: seq [2]
         target y: []
         predict y from linear(last(x), mean(x), first(x), out = [])
       }`,
      { target: "reference" },
    );
    const x = numbers("x", [3, 6, 2]);
    const lengths = [6, 2, 4];
    const whole = await model.run({ x }, { lengths: { x: lengths } });
    const parts = [
      [0, 4],
      [4, 6],
    ] as const;
    let state = {};
    let last: Results = {};
    for (const [from, to] of parts) {
      const own = lengths.map((length) => Math.max(0, Math.min(to, length) - from));
      ({ state, results: last } = await model.runChunk(
        { x: stepsOf(x, [from, to], true) },
        { state, lengths: { x: own } },
      ));
    }
    expectNear(last["y"], whole["y"], 1e-12);
  });

  test("a stored state goes on in another process: it is plain numbers", async () => {
    const model = await compiled('use LSTM from "cells"', { target: "reference", set: { H: 3 }, sizes: { I: 2 } });
    const { state } = await model.runChunk({ x: X.slice(0, 2) });
    const stored = JSON.stringify(Object.entries(state).map(([name, { shape, data }]) => [name, shape, [...data]]));
    const read: readonly [string, number[], number[]][] = JSON.parse(stored);
    const again = Object.fromEntries(
      read.map(([name, shape, data]) => [name, { shape, data: Float64Array.from(data) }]),
    );
    const [one, other] = [
      await model.run({ x: X.slice(2) }, { state }),
      await model.run({ x: X.slice(2) }, { state: again }),
    ];
    expect(other).toEqual(one);
  });
});

describe("what is wrong with a state", () => {
  const messageOf = async (work: () => unknown): Promise<string> => {
    try {
      await work();
      return "it ran";
    } catch (problem) {
      return problem instanceof Error ? `${problem.name}: ${problem.message}` : String(problem);
    }
  };

  test("each mistake throws a UserError that says what was expected", async () => {
    const model = await compiled('use GRU from "cells"', { target: "reference", set: { H: 3 }, sizes: { I: 2 } });
    const h = [1, 2, 3];
    const x = X;
    const found = [
      await messageOf(() => model.run({ x, h })),
      await messageOf(() => model.run({ x }, { state: { g: h } })),
      await messageOf(() => model.run({ x }, { state: { h: [1, 2] } })),
      await messageOf(() => model.run({ x: [x, x] }, { state: { h } })),
      await messageOf(() => model.run({ x }, { state: { h: [1, NaN, 3] } })),
      await messageOf(() => model.start({ state: { h }, batch: 2 })),
    ];
    expect(found).toMatchInlineSnapshot(`
      [
        "UserError: \`GRU\` has no input \`h\`, but a state of that name: first states are an option, as in \`run(arrays, { state: { h: … } })\`",
        "UserError: \`GRU\` has no state \`g\`; it has h",
        "UserError: \`state h\` is [3] for each example, but what was given is [2]",
        "UserError: \`state\` is a single example, but the inputs are a batch of 2",
        "UserError: \`state h[1]\` is NaN, and not a finite number; the option \`allowNonFinite: true\` lets it pass",
        "UserError: \`state\` is a single example, but this stream is for a batch of 2",
      ]
    `);
    // What is wrong changes nothing, and the right state still fits.
    expect(await messageOf(() => model.run({ x }, { state: { h } }))).toBe("it ran");
  });

  test("a model that needs whole sequences is not run in parts", async () => {
    const model = await compiled(
      `use GRU from "cells"
       model Both(H = 3) {
         input x: seq [2]
         target y: seq [1]
         predict y from linear(bidirectional(GRU(H))(x), out = 1)
       }`,
      { target: "reference" },
    );
    expect(await messageOf(() => model.runChunk({ x: X }))).toMatchInlineSnapshot(
      `"UserError: \`Both\` cannot be run in parts: \`bidirectional(GRU(H))(x)\` (spec.rec:5:32) runs from right to left"`,
    );
  });
});
