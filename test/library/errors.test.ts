// Mistakes in calls of the library are reported in terms of the spec, and everything works afterwards.
import { describe, expect, test } from "vitest";
import {
  compile,
  CompileError,
  open,
  UserError,
  type CompiledModel,
  type CompileOptions,
  type LibraryTrainer,
  type Stream,
} from "../../src/index.ts";
import { compiled, TARGETS } from "./models.ts";

/** A value as plain JavaScript may give it, whatever the types say. */
function unchecked(value: unknown): never {
  const as = (given: unknown): given is never => given === value;
  return as(value) ? value : expect.fail();
}

async function messageOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (problem) {
    if (problem instanceof UserError) return problem.message;
    throw problem;
  }
  return "no error";
}

const LSTM = 'use LSTM from "cells"';
const SUM = `use GRU from "cells"
  model Sum(H = 3) {
    input x: seq [2]
    input k: seq token[N]
    target total: seq []
    predict total from linear(GRU(H)(concat(x, onehot(k))), out = [])
  }`;
const TWO = [
  [1, 2],
  [3, 4],
];

describe("compile", () => {
  const cases: readonly (readonly [string, CompileOptions, string])[] = [
    [LSTM, unchecked({ taget: "tfjs-cpu" }), "`compile` has no option `taget`; did you mean `target`?"],
    [
      LSTM,
      { target: "cuda" },
      "there is no target `cuda`; there are reference, wasm, native, tfjs-wasm, tfjs-cpu, tfjs-webgpu, tfjs-webgl, tfjs-tensorflow, auto",
    ],
    [LSTM, { cell: "LTSM" }, "spec.rec has no cell `LTSM`; it has LSTM"],
    [LSTM, { cell: "LSTMs" }, "spec.rec has no cell `LSTMs`; did you mean `LSTM`?"],
    [LSTM, { model: "LSTM" }, "spec.rec: `LSTM` is a cell, not a model: choose it by the option `cell`"],
    [LSTM, { set: { h: 3 } }, "`LSTM` has no parameter `h`; did you mean `H`?"],
    [LSTM, { set: { H: NaN } }, "the parameter H is NaN, but it must be a number"],
    [LSTM, { sizes: { W: 3 } }, "`LSTM` has no size `W`; it has H, I"],
    [LSTM, { sizes: { I: 2.5 } }, "the size I is 2.5, but it must be a whole number, 1 or more"],
    [LSTM, { seed: 0.5 }, "the seed is 0.5, but it must be a whole number"],
    [LSTM, { unroll: 0 }, "unroll 0: expected none, full, auto, or a number of steps"],
    [LSTM, { weights: { "f.y": [1] } }, "`LSTM` has no weight `f.y`; did you mean `f.x`?"],
    [LSTM, { weights: { "f.b": [[1]] } }, "the weight `f.b` is [H], but the given array is [1, 1]"],
    [SUM, { texts: { N: "abc" } }, "`Sum` has no vocabulary `N`"],
  ];

  test.each(cases)("%s with %o", async (source, options, message) => {
    expect(await messageOf(() => compile(source, { target: "reference", ...options }))).toBe(message);
  });

  test("mistakes in the source are shown with their places, all of them", async () => {
    const problem = await compile("cell A(H) {\n  input x\n  state h: [H]\n  h = y + z\n}").catch(
      (each: unknown) => each,
    );
    if (!(problem instanceof CompileError)) return expect.fail();
    expect(problem.diagnostics.map(({ code }) => code)).toEqual(["unknown-name", "unknown-name"]);
    expect(problem.message).toContain("  --> spec.rec:4:7\n");
    expect(problem.message).toContain(" 4 |   h = y + z\n");
  });
});

describe.each(TARGETS)("%s", (target) => {
  async function opened(): Promise<{ model: CompiledModel; stream: Stream; trainer: LibraryTrainer }> {
    const model = await compiled(SUM, { target, sizes: { N: 4 } });
    return { model, stream: model.start(), trainer: await model.trainer() };
  }

  /** Neither weights nor sizes nor states were lost. */
  async function worksOn({ model, stream, trainer }: Awaited<ReturnType<typeof opened>>): Promise<void> {
    const { total } = await model.run({ x: TWO, k: [0, 3] });
    stream.reset();
    stream.step({ x: TWO[0] ?? [], k: 0 });
    expect(stream.step({ x: TWO[1] ?? [], k: 3 })["total"]?.data[0]).toBeCloseTo(total?.data[1] ?? NaN, 5);
    expect((await trainer.update({ x: TWO, k: [0, 3], total: [1, 2] })).loss).toBeGreaterThan(0);
  }

  test("run", async () => {
    const all = await opened();
    const { model } = all;
    const cases: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => model.run({ x: TWO }), "`Sum` needs its input `k`"],
      [() => model.run({ x: TWO, k: [0, 1], kk: [1] }), "`Sum` has no input `kk`; did you mean `k`?"],
      [() => model.run({ x: TWO, k: [0, 1], totl: [1] }), "`Sum` has no input `totl`; did you mean `total`?"],
      [() => model.run({ x: [[1, 2, 3]], k: [0] }), "`x` is seq [2] for each example, but the given array is [1, 3]"],
      [
        () => model.run({ x: [[[[1, 2]]]], k: [0] }),
        "`x` is seq [2] for each example, but the given array is [1, 1, 1, 2], the first axis being the batch",
      ],
      [() => model.run({ x: [1, 2], k: [0] }), "`x` is seq [2] for each example, but the given array is [2]"],
      [() => model.run({ x: TWO, k: [0] }), "`x` has 2 steps, but `k` has 1: they are read together, step by step"],
      [() => model.run({ x: [TWO, TWO], k: [0, 1] }), "`x` is a batch of 2, but `k` is a single example"],
      [
        () => model.run({ x: TWO, k: [0, 4] }),
        "`k` is token[N] with N = 4: its tokens are whole numbers from 0 to 3, but one is 4",
      ],
      [
        () => model.run({ x: TWO, k: [0, -1] }),
        "`k` is token[N] with N = 4: its tokens are whole numbers from 0 to 3, but one is -1",
      ],
      [
        () => model.run({ x: TWO, k: [0, 1.5] }),
        "`k` is token[N] with N = 4: its tokens are whole numbers from 0 to 3, but one is 1.5",
      ],
      [
        () => model.run({ x: [[1, 2], [3]], k: [0, 1] }),
        "`x`: its arrays differ in length. Pad examples of different lengths to the longest, and give their lengths as an option: `{ lengths: { x: [2, 1] } }`",
      ],
      [() => model.run({ x: [], k: [] }), "`x` is seq [2] for each example, but the given array is [0]"],
      [() => model.run({ x: { shape: [0, 2], data: [] }, k: [] }), "`x` has no steps: its shape is [0, 2]"],
      [
        () => model.run({ x: { shape: [2, 2], data: [1, 2, 3] }, k: [0, 1] }),
        "`x` has 3 numbers, but the shape [2, 2] needs 4",
      ],
      [
        () => model.run({ x: new Float32Array(3), k: [0, 1] }),
        "`x` is seq [2], but 3 numbers without a shape were given: give { shape, data }",
      ],
      [
        () => model.run({ x: TWO, k: unchecked("ab") }),
        '`k` needs numbers, but "ab" was given; `model.vocabulary("k").encode(…)` encodes a text',
      ],
      [
        () => model.run({ x: unchecked({}), k: [0] }),
        "`x` needs numbers, but an object without `shape` and `data` was given",
      ],
      [() => model.run({ x: unchecked([[null, 1]]), k: [0] }), "`x` needs numbers, but null was given"],
      [
        () => model.run({ x: TWO, k: [0, 1] }, unchecked({ length: [2] })),
        "`run` has no option `length`; did you mean `lengths`?",
      ],
      [
        () => model.run({ x: TWO, k: [0, 1] }, { lengths: { x: [1, 2] } }),
        "`x` has 1 examples, but 2 lengths were given",
      ],
      [() => model.run({ x: TWO, k: [0, 1] }, { lengths: { x: [3] } }), "`x` has 2 steps, but a length is 3"],
      [
        () => model.run({ x: TWO, k: [0, 1] }, { lengths: { x: [1], k: [2] } }),
        "`k` has the length 2 in example 0, but `x` has 1: they are read together, step by step",
      ],
      [() => model.run({ x: TWO, k: [0, 1] }, { lengths: { y: [1] } }), "`Sum` has no input `y`; it has x, k, total"],
      [() => model.vocabulary("k").encode("a") && Promise.resolve(), "`k` is not text, so it has no vocabulary"],
    ];
    for (const [run, message] of cases) expect(await messageOf(run)).toBe(message);
    await worksOn(all);
  });

  test("step", async () => {
    const all = await opened();
    const { model, stream } = all;
    stream.step({ x: [1, 2], k: 0 });
    const going = model.start();
    going.step({ x: [1, 2], k: 0 });
    const cases: readonly (readonly [() => unknown, string])[] = [
      [() => stream.step({ x: [1, 2] }), "`Sum` needs its input `k`"],
      [() => stream.step({ x: [1, 2], k: 1, y: 3 }), "`Sum` has no input `y`; it has x, k"],
      [() => stream.step({ x: [1], k: 0 }), "`x` is [2] for each example, but the given array is [1]"],
      [
        () => stream.step({ x: [1, 2], k: 9 }),
        "`k` is token[N] with N = 4: its tokens are whole numbers from 0 to 3, but one is 9",
      ],
      [
        () => stream.step({ x: TWO, k: [0, 1] }),
        "this stream was started for one example without a batch axis, but `x` is a batch of 2",
      ],
      [
        () => model.start({ batch: 3 }).step({ x: TWO, k: [0, 1] }),
        "this stream was started for a batch of 3, but `x` is a batch of 2",
      ],
      [() => model.start({ batch: 0 }), "the batch is 0, but it must be a whole number, 1 or more"],
      [() => model.start(unchecked({ bach: 2 })), "`start` has no option `bach`; did you mean `batch`?"],
      [() => model.start({ inputs: { x: TWO } }), "`x` is given with each step"],
    ];
    for (const [run, message] of cases) expect(await messageOf(run)).toBe(message);
    // The state of the step before the mistakes is still there.
    expect(stream.step({ x: [3, 4], k: 3 })).toEqual(going.step({ x: [3, 4], k: 3 }));
    await worksOn(all);
    for (const each of [stream, going]) each.dispose();
    expect(await messageOf(() => stream.step({ x: [1, 2], k: 0 }))).toBe("this stream was disposed of: start another");
  });

  test("trainer and update", async () => {
    const all = await opened();
    const { model, trainer } = all;
    const carrying = await model.trainer({ carriesState: true });
    await carrying.update({ x: TWO, k: [0, 1], total: [1, 2] });
    const cases: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => trainer.update({ x: TWO, k: [0, 1] }), "`Sum` needs its target `total`"],
      [
        () => trainer.update({ x: TWO, k: [0, 1], total: [1] }),
        "`x` has 2 steps, but `total` has 1: they are read together, step by step",
      ],
      [
        () => trainer.update({ x: TWO, k: [0, 1], total: [1, 2] }, { rate: -1 }),
        "the rate is -1, but it must be 0 or more",
      ],
      [
        () => carrying.update({ x: [TWO, TWO], k: TWO.map(() => [0, 1]), total: TWO }),
        "this batch has 2 examples and the one before 1, so the state cannot be carried: give `isFresh: true`",
      ],
      [() => model.trainer({ optimizer: { kind: "adm" } }), "there is no optimizer `adm`; did you mean `adam`?"],
      [
        () => model.trainer({ optimizer: { kind: "adam", rate: 1 } }),
        "`adam` has no setting `rate`; it has lr, beta1, beta2, epsilon",
      ],
      [
        () => model.trainer({ optimizer: { kind: "sgd", lr: "fast" } }),
        '`lr` of `sgd` is "fast", but it must be a finite number, 0 or more',
      ],
      [() => model.trainer(unchecked({ clip: { nrm: 1 } })), "`clip` has no limit `nrm`; did you mean `norm`?"],
      [() => model.trainer({ clip: { norm: 0 } }), "the limit of `clip` `norm` is 0, but it must be above 0"],
      [
        () => model.trainer(unchecked({ lr: 1 })),
        "`trainer` has no option `lr`; it has optimizer, clip, freeze, steps, k1, k2, truncateEach, carriesState, allowNonFinite",
      ],
    ];
    for (const [run, message] of cases) expect(await messageOf(run)).toBe(message);
    expect(trainer.updates).toBe(0);
    await worksOn(all);
    expect(await messageOf(() => trainer.update({ x: TWO, k: [0, 1], total: [1, 2] }, { lengths: { x: [1] } }))).toBe(
      "one trainer takes batches with `lengths`, or without, not both in turn: give full lengths",
    );
    const cell = await compiled(LSTM, { target, set: { H: 2 } });
    expect(await messageOf(() => cell.trainer())).toBe(
      "`LSTM` has nothing to minimise: a model says `predict y from …`",
    );
  });

  test("weights: one that does not fit changes none", async () => {
    const model = await compiled(LSTM, { target, set: { H: 2 }, sizes: { I: 3 } });
    const before = await model.weights();
    const good = [7, 7];
    const cases: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ "f.b": good, "f.z": good }, "`LSTM` has no weight `f.z`; did you mean `f.x`?"],
      [
        {
          "f.b": good,
          "f.x": [
            [1, 2],
            [3, 4],
          ],
        },
        "the weight `f.x` is [2, I] with I = 3, but the given array is [2, 2]",
      ],
      [{ "f.b": good, "f.x": { shape: [2, 3], data: [1] } }, "`f.x` has 1 numbers, but the shape [2, 3] needs 6"],
    ];
    for (const [weights, message] of cases) {
      expect(await messageOf(() => model.setWeights(unchecked(weights)))).toBe(message);
      expect(await model.weights()).toEqual(before);
    }
    model.setWeights({ "f.b": good });
    expect([...((await model.weights()).get("f.b")?.data ?? [])]).toEqual(good);
  });
});

describe("unknown, impossible or disposed", () => {
  test("sizes", async () => {
    const cell = await compiled(LSTM, { target: "reference" });
    expect(await messageOf(() => cell.weights())).toBe(
      "the size H of the weight `f.x` is not known: give `set: { H: … }` to `compile`",
    );
    const sized = await compiled(LSTM, { target: "reference", set: { H: 2 } });
    expect(await messageOf(() => sized.weights())).toBe(
      "the size I of the weight `f.x` is not known: give `sizes: { I: … }` to `compile`, or run it once",
    );
    await sized.run({ x: TWO });
    expect((await sized.weights()).get("f.x")?.shape).toEqual([2, 2]);
    expect(await messageOf(() => sized.run({ x: [[1, 2, 3]] }))).toBe(
      "`x` is seq [I] with I = 2 for each example, but the given array is [1, 3]",
    );
    const hippo = await compiled('use HiPPO from "cells"', { target: "reference" });
    const hidden = "the size N of `HiPPO` is not known: give `set: { N: … }` to `compile`";
    expect(await messageOf(() => hippo.run({ x: [1, 2] }))).toBe(hidden);
    for (const format of ["module", "tfjs", "c", "onnx", "pytorch", "jax"])
      expect(await messageOf(() => hippo.compile({ format }))).toBe(hidden);
    const chars = await compiled('use CharLM from "models"', { target: "reference" });
    expect(await messageOf(() => chars.run({ text: [1, 2] }))).toBe(
      "the size V of the weight `e.table` is not known: give `sizes: { V: … }` or `texts: { V: … }` to `compile`",
    );
    expect(await messageOf(() => chars.vocabulary("text"))).toBe(
      "the vocabulary of `text` is not known: give `texts: { V: … }` to `compile`, or `open` a trained model",
    );
  });

  test("streams of what needs whole sequences", async () => {
    const both = await compiled('use Tag from "models"', { target: "reference", sizes: { V: 3, K: 2 } });
    expect(await messageOf(() => both.start())).toBe(
      "`Tag` cannot be fed step by step: `words |> embed(E) |> stack(bidirectional(LSTM(H)), 2)` (specs/models/tag.rec:7:7) runs from right to left",
    );
    const centred = await compiled("model M { input x: seq []; target y: seq []; predict y from x - mean(x) }");
    expect(await messageOf(() => centred.start())).toBe(
      "`M` cannot be fed step by step: `mean(x)` (spec.rec:1:65) is read at each step, but it is known only after the last one",
    );
    const decoder = await compiled('use AttentionDecoder from "cells"', { target: "reference", set: { H: 2 } });
    expect(await messageOf(() => decoder.start())).toBe("`AttentionDecoder` needs its memory `memory`");
  });

  test("writing", async () => {
    const chars = await compiled('use CharLM from "models"', {
      target: "reference",
      set: { E: 2, H: 2 },
      texts: { V: "abc" },
    });
    const cases: readonly (readonly [Parameters<typeof chars.generate>[0], string])[] = [
      [unchecked({ temprature: 1 }), "`generate` has no option `temprature`; did you mean `temperature`?"],
      [{ prompt: "a", temperature: -1 }, "the temperature is -1, but it must be 0 or more"],
      [{ prompt: "a", topK: 0 }, "top-k is 0, but it must be 1 or more"],
      [{ prompt: "a", length: -1 }, "the length is -1, but it must be a whole number, 0 or more"],
      [{ prompt: [0, 9] }, "`text` is char[V] with V = 4: its tokens are whole numbers from 0 to 3, but one is 9"],
      [{ prompt: [] }, "the prompt has no characters in it"],
      [{ inputs: { text: [1] } }, "`CharLM` continues a `prompt`, so it takes no `inputs`"],
    ];
    for (const [options, message] of cases) expect(await messageOf(() => chars.generate(options))).toBe(message);
    expect(await chars.generate({ prompt: "ab", length: 2 })).toHaveLength(1);
    const adding = await compiled('use Adding from "models"', { target: "reference", set: { H: 2 } });
    expect(await messageOf(() => adding.generate({ inputs: { pairs: TWO } }))).toBe(
      "`Adding` feeds nothing back: it does not read its predictions",
    );
    expect(await messageOf(() => adding.generate({ prompt: "a" }))).toBe(
      "`Adding` feeds nothing back: it does not read its predictions",
    );
  });

  test("a disposed model, an invalid checkpoint", async () => {
    const model = await compile(LSTM, { target: "tfjs-cpu", set: { H: 2 } });
    await model.run({ x: TWO });
    model.dispose();
    expect(await messageOf(() => model.run({ x: TWO }))).toBe("`LSTM` was disposed of: compile it again");
    expect(await messageOf(() => open("no/such/folder"))).toBe(
      "no/such/folder/weights.safetensors: there is no such file",
    );
    expect(await messageOf(() => open(new Uint8Array(3)))).toBe(
      "the checkpoint: this is not a safetensors file: it is shorter than its length field",
    );
  });
});
