// Functions along time in a stream: step k equals step k of `run` over the whole sequence, and a result without time equals `run` over
// the first k steps. A model for which this is impossible is refused with the place.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile, UserError, type CompiledModel, type NumberArray } from "../../src/index.ts";
import { FUNCTION_NAMES } from "../../src/lang/elaborate/functions.ts";
import { recurra, temporaryFolder } from "../support/command.ts";
import { compiled, expectNear, numbers, stepOf, TARGETS, TOLERANCE } from "../library/models.ts";

const STEPS = 5;

const CELLS = `
cell D(N) { input x: [N]; state h: [N] = 0.2; h = tanh(0.8 * h[t-1] + x) }
cell Near(N) { input x; output y = conv(x, 2, out = N) * conv(tanh(x), 2, out = N, dilation = 2) }
cell R(N) { input y; memory m: seq [K]; state h: [N]; h = tanh(linear(y, mean(m, axis = time), h[t-1], out = N)) }`;

/** `y` at each step, or once for the whole sequence. */
const perStep = (value: string): string => modelOf("seq [2]", value);
const once = (value: string): string => modelOf("[2]", value);

function modelOf(target: string, value: string): string {
  return `model M { input x: seq [2]; target y: ${target}; h = stack(D(2), 2, shared = true)(x); predict y from ${value} }${CELLS}`;
}

/** What a part of `perStep(value)` is called in an error. */
function placed(value: string, what: string): string {
  return `\`${what}\` (spec.rec:1:${perStep(value).indexOf(value) + value.lastIndexOf(what) + 1})`;
}

/** The first `count` steps of `[B, T, …]` or `[T, …]`. */
function beginning({ shape, data }: NumberArray, count: number, hasBatch: boolean): NumberArray {
  const [batch, steps, width] = hasBatch
    ? [shape[0] ?? 0, shape[1] ?? 0, shape[2] ?? 1]
    : [1, shape[0] ?? 0, shape[1] ?? 1];
  const rows = Array.from({ length: batch }, (_, b) =>
    Array.from(data.slice(b * steps * width, (b * steps + count) * width)),
  );
  return { shape: hasBatch ? [batch, count, width] : [count, width], data: Float64Array.from(rows.flat()) };
}

async function expectSteps(model: CompiledModel, batch: number | null): Promise<void> {
  const hasBatch = batch !== null;
  const x = numbers("x", [...(hasBatch ? [batch] : []), STEPS, 2]);
  const stream = model.start(hasBatch ? { batch } : {});
  const tolerance = TOLERANCE[model.target] ?? 0;
  for (let step = 0; step < 2 * STEPS; step++) {
    if (step === STEPS) stream.reset();
    const t = step % STEPS;
    const found = stream.step({ x: stepOf(x, t, hasBatch) })["y"];
    const { y } = await model.run({ x: beginning(x, t + 1, hasBatch) });
    const isSequence = (y?.shape.length ?? 0) > (found?.shape.length ?? 0);
    expectNear(found, isSequence && y !== undefined ? stepOf(y, t, hasBatch) : y, tolerance);
  }
  stream.dispose();
}

const CARRIED = [
  "cumsum(x, axis = time)",
  "cumprod(1 + 0.1 * x, axis = time)",
  "cummax(x, axis = time) - cummax(h * h, axis = time)",
  "x - first(x)",
  "conv(x, 3, out = 2) + conv(h, 2, out = 2, dilation = 2)",
  "D(2)(conv(cumsum(x, axis = time), 2, out = 2)) + Near(2)(x)",
  "cumsum(x - first(h), axis = time) * h",
  "D(2)(cumsum(h[t-1], axis = time))",
  "D(2)(x, h = first(x))",
];

const CARRIED_ONCE = [
  "mean(x)",
  "sum(x) - max(x) * min(x)",
  "last(h) + first(h)",
  "linear(last(h), mean(h), out = 2)",
  "max(cumsum(x, axis = time)) - mean(x - first(x)) + last(x[t-1])",
  "sigmoid(mean(h)) * max(h * h)",
  "last(conv(h, 3, out = 2)) + mean(conv(x, 2, out = 2))",
  "mean(norm(x, axis = -1) * x) + mean(x)",
];

describe.each(TARGETS)("%s: carried from step to step", (target) => {
  test.each(CARRIED)("at each step, %s", async (value) => {
    const model = await compiled(perStep(value), { target });
    for (const batch of [null, 3]) await expectSteps(model, batch);
  });

  test.each(CARRIED_ONCE)("without time, %s", async (value) => {
    const model = await compiled(once(value), { target });
    for (const batch of [null, 3]) await expectSteps(model, batch);
  });
});

async function messageOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (problem) {
    if (problem instanceof UserError) return problem.message;
    throw problem;
  }
  return "it went through";
}

const again = "is read at each step, but it is known only after the last one";
const REFUSED = [
  ["x - mean(x)", "mean(x)", again],
  ["x - last(x)", "last(x)", again],
  ["x / max(x)", "max(x)", again],
  ["x + sum(x)", "sum(x)", again],
  ["x + linear(mean(x), out = 2)", "mean(x)", again],
  ["x + first(x - min(x))", "min(x)", again],
  ["D(2)(x, h = mean(x))", "mean(x)", again],
  ["cumsum(x - mean(x), axis = time)", "mean(x)", again],
  ["softmax(x, axis = time)", "softmax(x, axis = time)", "needs all steps at once"],
  ["logsoftmax(x, axis = time)", "logsoftmax(x, axis = time)", "needs all steps at once"],
  ["layernorm(x, axis = time)", "layernorm(x, axis = time)", "needs all steps at once"],
  ["x / norm(x, axis = time)", "norm(x, axis = time)", "needs all steps at once"],
  ["x + argmax(x, axis = time)", "argmax(x, axis = time)", "needs all steps at once"],
  ["reverse(D(2))(x)", "reverse(D(2))(x)", "runs from right to left"],
  ["linear(bidirectional(D(2))(x), out = 2)", "bidirectional(D(2))(x)", "runs from right to left"],
  ["R(2)(x, m = every(x, 2))", "every(x, 2)", "needs all steps at once"],
  ["x + last(pairs(h)[0:2])", "pairs(h)", "needs all steps at once"],
  ["R(2)(x, m = x)", "x", "is passed as a memory, which is read as a whole"],
] as const;

describe("refused in one sentence, with the place", () => {
  test.each(REFUSED)("%s, at start", async (value, what, why) => {
    const model = await compiled(perStep(value), { target: "reference" });
    expect(await messageOf(() => model.start())).toBe(
      `\`M\` cannot be fed step by step: ${placed(value, what)} ${why}`,
    );
  });

  test.each(["linear(last(bidirectional(D(2))(x)), out = 2)", "max(reverse(D(2))(x))", "norm(x, axis = time)"])(
    "%s, of a result without time",
    async (value) => {
      const model = await compiled(once(value), { target: "reference" });
      expect(await messageOf(() => model.start())).toMatch(/runs from right to left|needs all steps at once/);
    },
  );

  const parts = "`M` cannot be trained or measured on parts of a sequence (`truncate`, running text, `carriesState`): ";
  test.each(REFUSED)("%s, in training that carries its state", async (value, what, why) => {
    const model = await compiled(perStep(value), { target: "reference" });
    const reason = why === again ? "needs all steps at once" : why;
    expect(await messageOf(() => model.trainer({ carriesState: true }))).toBe(
      `${parts}${placed(value, what)} ${reason}. Use whole sequences`,
    );
  });

  test.each(["minimize mean(sum(x)) + mean(mean(x))", "minimize mean(last(x * norm(x, axis = -1)))"])(
    "%s, in training that carries its state, but not in a stream, which has no loss",
    async (penalty) => {
      const source = `model M { input x: seq [2]; target y: seq [2]; predict y from D(2)(x); ${penalty} }${CELLS}`;
      const model = await compiled(source, { target: "reference" });
      expect(await messageOf(() => model.trainer({ carriesState: true }))).toContain(parts);
      await expectSteps(model, null);
    },
  );

  test("by the command line: training and measuring on a running text, and what would be written", async () => {
    const folder = temporaryFolder();
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const text = file("book.txt", "abcabcabc ".repeat(40));
    const spec = (predicted: string, more: string): string =>
      `model M { input text: seq char[V]; e = embed(text, 2); predict text[t+1] from linear(${predicted}, out = V)${more} }`;
    const penal = file("penal.rec", spec("e", "; minimize mean(mean(e * e))"));
    const out = join(folder, "run");
    const trained = await recurra("train", penal, "--data", text, "--out", out, "--updates", "1");
    expect(trained.code).toBe(1);
    expect(trained.err).toContain(`${parts}\`mean(e * e)\` (${penal}:1:113) needs all steps at once`);
    const first = file("first.rec", spec("e * first(e)", ""));
    for (const args of [
      ["train", first, "--data", text, "--out", out, "--updates", "2"],
      ["generate", out, "--prompt", "ab", "--length", "5"],
      ["evaluate", out, "--data", text],
    ])
      expect(await recurra(...args)).toMatchObject({ code: 0 });
  });

  test("by `check`, where the spec says `truncate`", async () => {
    const source = perStep("x - mean(x)").replace(" }", "; train { truncate k1 = 4, k2 = 4 } }");
    await expect(compile(source)).rejects.toThrow(/`mean\(x\)` \(spec\.rec:1:\d+\) needs all steps at once/);
  });

  test.each([
    ["cumsum(x, axis = time)", "depends on all steps before"],
    ["x - first(x)", "depends on the first step"],
  ])("`truncate each` with %s", async (expression, why) => {
    const source = perStep(expression).replace(" }", "; train { truncate each = 4 } }");
    await expect(compile(source)).rejects.toThrow(`${why}, and \`each\` is for states`);
  });
});

/** Along time: as a result without time where it takes it away, and read again at each step. */
const ALONG_TIME = [...new Set(FUNCTION_NAMES)].flatMap((name) => [
  perStep(`x + ${name}(x, axis = time)`),
  once(`last(x + ${name}(x, axis = time))`),
  once(`${name}(x, axis = time) + 0 * last(x)`),
]);

test("every function along time: a stream refuses it, or equals `run`", async () => {
  const outcomes = { refused: 0, right: 0 };
  for (const source of ALONG_TIME) {
    // Pointwise functions have no axis; what keeps the time is no result without.
    const model = await compile(source, { target: "reference" }).catch(() => null);
    if (model === null) continue;
    const reason = await messageOf(() => model.start());
    outcomes[reason === "it went through" ? "right" : "refused"] += 1;
    if (reason === "it went through") await expectSteps(model, 2);
    model.dispose();
  }
  // Right: cumsum, cumprod and cummax in two forms; sum, mean, max, min as results without time.
  expect(outcomes).toEqual({ refused: 31, right: 10 });
});

describe("training that carries its state", () => {
  test.each(["cumsum(x, axis = time)", "x - first(x)", "D(2)(cumsum(x * first(x), axis = time))"])(
    "%s: two chunks are one whole, in full and in ragged batches",
    async (value) => {
      const model = await compiled(perStep(value), { target: "reference" });
      const [x, y] = [numbers("x", [2, 6, 2]), numbers("y", [2, 6, 2])];
      const half = (array: NumberArray, from: number): NumberArray => ({
        shape: [2, 3, 2],
        data: Float64Array.from(
          [0, 1].flatMap((b) => [...array.data].slice((b * 6 + from) * 2, (b * 6 + from + 3) * 2)),
        ),
      });
      for (const lengths of [undefined, [6, 4]]) {
        const trainer = await model.trainer({ carriesState: true, optimizer: { kind: "sgd", lr: 0 } });
        const given = (from: number, to: number): { lengths?: Record<string, number[]> } => {
          const own = lengths?.map((length) => Math.max(0, Math.min(length, to) - from));
          return own === undefined ? {} : { lengths: { x: own, y: own } };
        };
        const { loss } = await trainer.update({ x, y }, { ...given(0, 6), isFresh: true });
        const [count, first] = lengths === undefined ? [12, 6] : [10, 6];
        const one = await trainer.update({ x: half(x, 0), y: half(y, 0) }, { ...given(0, 3), isFresh: true });
        const two = await trainer.update({ x: half(x, 3), y: half(y, 3) }, given(3, 6));
        expect((one.loss * first + two.loss * (count - first)) / count).toBeCloseTo(loss, 10);
        trainer.dispose();
      }
    },
  );
});

describe("writing", () => {
  const LETTERS = "abcdef";
  const cumulative = (value: string): string => `model M {
    input text: seq char[V]
    e = embed(text, 3)
    predict text[t+1] from linear(${value}, out = V)
  }${CELLS}`;

  test("over a running sum: the same text as `run` on each prefix", async () => {
    const model = await compiled(
      "model M { input text: seq char[V]; c = cumsum(onehot(text), axis = time); predict text[t+1] from linear(c, out = V) }",
      { target: "reference", texts: { V: "abc" } },
    );
    const next = (i: number, j: number): number => (i === j ? -1 : (j + 1) % 4 === i ? 0.4 : 0);
    model.setWeights({
      "text.c": Array.from({ length: 4 }, (_, i) => Array.from({ length: 4 }, (__, j) => next(i, j))),
      "text.b": [0, 0.1, 0.2, -99],
    });
    const [written] = await model.generate({ prompt: "abbca", length: 12, temperature: 0 });
    expect(model.vocabulary("text").decode(written?.["text"]?.data ?? [])).toBe("ccbcabcbcabc");
  });

  test.each(["cumsum(e, axis = time)", "e * first(e)", "D(3)(cumsum(D(3)(e) - first(e), axis = time))"])(
    "over %s: what `run` finds likeliest, after any prompt",
    async (value) => {
      const model = await compiled(cumulative(value), { target: "wasm", texts: { V: LETTERS }, seed: 3 });
      for (const [name, { shape, data }] of await model.weights())
        model.setWeights({ [name]: { shape, data: data.map((each) => 5 * each) } });
      for (const prompt of ["a", "abcabc"]) {
        const start = [...model.vocabulary("text").encode(prompt)];
        const [written] = await model.generate({ prompt, length: 8, temperature: 0 });
        const ids = [...(written?.["text"]?.data ?? [])];
        const { "text.logits": logits } = await model.run({ text: [...start, ...ids] });
        const size = logits?.shape.at(-1) ?? 0;
        const likeliest = ids.map((_, index) => {
          const at = (start.length - 1 + index) * size;
          const here = [...(logits?.data ?? [])].slice(at, at + LETTERS.length);
          return here.indexOf(Math.max(...here));
        });
        expect(ids).toEqual(likeliest);
      }
    },
  );

  test("for rows: a function of the whole generated sequence is refused, of other sequences it is allowed", async () => {
    const tagger = (value: string, more = ""): string =>
      `model M { input x: seq [2]; target y: seq [2]; h = D(2)(x + y[t-1]); predict y from ${value}${more} }${CELLS}`;
    const refused = async (value: string): Promise<string> => {
      const model = await compiled(tagger(value), { target: "reference" });
      return messageOf(() => model.generate({ inputs: { x: numbers("x", [3, 2]) }, length: 3 }));
    };
    expect(await refused("h + mean(x)")).toBe(`\`M\` cannot write step by step: \`mean(x)\` (spec.rec:1:89) ${again}`);
    expect(await refused("h + reverse(D(2))(x)")).toBe(
      "`M` cannot write step by step: `reverse(D(2))(x)` (spec.rec:1:89) runs from right to left",
    );
    const free = await compiled(tagger("h", "; z = reverse(D(2))(x); minimize mean(mean(z))"), {
      target: "reference",
    });
    const x = numbers("x", [2, 4, 2]);
    const written = await free.generate({ inputs: { x }, lengths: { x: [4, 2] }, length: 4 });
    expect(written.map(({ y }) => y?.shape)).toEqual([
      [4, 2],
      [2, 2],
    ]);
  });

  test("for rows of unequal lengths: running sums and the first step equal `run` on the generated sequence", async () => {
    const source = `model M {
      input x: seq [2]
      target y: seq [2]
      c = cumsum(x - 0.3 * y[t-1], axis = time)
      predict y from tanh(c + first(x)) + 0.5 * D(2)(c)
    }${CELLS}`;
    const model = await compiled(source, { target: "reference" });
    const x = numbers("x", [3, 5, 2]);
    const written = await model.generate({ inputs: { x }, lengths: { x: [5, 1, 3] }, length: 9 });
    for (const [row, length] of [5, 1, 3].entries()) {
      const y = written[row]?.["y"] ?? expect.fail("nothing is written");
      expect(y.shape).toEqual([length, 2]);
      const own = { shape: [length, 2], data: x.data.slice(row * 10, row * 10 + 2 * length) };
      expectNear(y, (await model.run({ x: own, y }))["y"], 1e-6);
    }
  });

  test("all reductions of an encoder equal `run` on the generated sequence", async () => {
    const source = `model M {
      input s: seq [2]
      target y: seq [2]
      e = bidirectional(D(2))(s - mean(s))
      f = softmax(D(2)(s), axis = time)
      k = sum(e) + max(e) - min(e) + mean(e) + last(e) + first(cumsum(e, axis = time))
      h = R(2)(concat(y[t-1], cumsum(y[t-1], axis = time)), m = e, h = linear(k, mean(f), out = 2))
      predict y from h
    }${CELLS}`;
    const model = await compiled(source, { target: "reference" });
    const s = numbers("s", [3, 4, 2]);
    const lengths = { s: [4, 1, 3] };
    const written = await model.generate({ inputs: { s }, lengths, length: 4 });
    const y = { shape: [3, 4, 2], data: Float64Array.from(written.flatMap((each) => [...(each["y"]?.data ?? [])])) };
    expectNear(y, (await model.run({ s, y }, { lengths }))["y"], 1e-6);
  });
});

test("a stream requires an input that the model reads a step later, and never uses 0 for it", async () => {
  const source = `model M { input x: seq [2]; target y: seq [2]; predict y from x + y[t-1] }`;
  const model = await compiled(source, { target: "reference" });
  const stream = model.start();
  expect(await messageOf(() => stream.step({ x: [1, 1] }))).toBe("`M` needs its target `y`");
  expect([...(stream.step({ x: [1, 1], y: [5, 6] })["y"]?.data ?? [])]).toEqual([1, 1]);
  expect([...(stream.step({ x: [1, 1], y: [0, 0] })["y"]?.data ?? [])]).toEqual([6, 7]);
  stream.dispose();
});
