// A call of the library with any values works, or throws a UserError or CompileError that says what was expected.
// ODD_VALUES=5000 tries that many calls of each function.
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, CompileError, open, save, UserError, type CompiledModel } from "../../src/index.ts";
import { open as openInPage } from "../../src/browser.ts";
import { temporaryFolder } from "../support/command.ts";
import { changes, replaced } from "../support/odd-values.ts";

const RUNS = Number(process.env["ODD_VALUES"] ?? 60);

const NUMBERS = `use GRU from "cells"
  model S(H = 2) {
    input x: seq [2]
    target y: seq []
    predict y from linear(GRU(H)(x), out = []) by binary
  }`;
const TEXT = `use GRU from "cells"
  model M(H = 2) {
    input text: seq char[V]
    predict text[t+1] from linear(GRU(H)(embed(text, 2)), out = V)
  }`;
const PATH = `use GRU from "cells"
  model P(H = 2) {
    input start: [2]
    target at: seq []
    predict at from linear(GRU(H)(linear(at[t-1], out = 2), h = tanh(linear(start, out = H))), out = [])
  }`;
const LABELS = `use GRU from "cells"
  model L(H = 2) {
    input w: seq word[V]
    target l: seq label[C]
    predict l from linear(GRU(H)(embed(w, 2)), out = C)
  }`;

const X = [
  [
    [0.1, 0.2],
    [0.3, 0.4],
  ],
  [
    [0.5, 0.6],
    [0.7, 0.8],
  ],
];
const Y = [
  [0, 1],
  [1, 0],
];

let numbers: CompiledModel;
let text: CompiledModel;
let path: CompiledModel;
let labels: CompiledModel;

beforeAll(async () => {
  numbers = await compile(NUMBERS, { seed: 1 });
  text = await compile(TEXT, { texts: { V: "abc" } });
  path = await compile(PATH);
  labels = await compile(LABELS, { texts: { V: "a b", C: ["no", "yes"] } });
});

afterAll(() => [numbers, text, path, labels].forEach((each) => each.dispose()));

interface Case {
  readonly name: string;
  /** What is called: a function, and what it is a method of. Made for each call. */
  readonly make: () => readonly [object | undefined, unknown] | Promise<readonly [object | undefined, unknown]>;
  /** What it is given where nothing is wrong. */
  readonly right: readonly unknown[];
  /** What is to be freed after a call. */
  readonly free?: (receiver: object | undefined) => void;
}

/** Calls as plain JavaScript does, whatever the types say, and frees what it gave. */
async function called({ make, free }: Case, given: readonly unknown[]): Promise<unknown> {
  const [receiver, method] = await make();
  if (typeof method !== "function") return expect.fail("no function");
  try {
    const result: unknown = await Reflect.apply(method, receiver, given);
    if (typeof result === "object" && result !== null && "dispose" in result && typeof result.dispose === "function")
      result.dispose();
    return result;
  } finally {
    free?.(receiver);
  }
}

function disposeOf(receiver: object | undefined): void {
  if (receiver !== undefined && "dispose" in receiver && typeof receiver.dispose === "function") receiver.dispose();
}

const OPTIONS = { target: "wasm", seed: 2, unroll: "none", allowNonFinite: false };

const CASES: readonly Case[] = [
  {
    name: "compile",
    make: () => [undefined, compile],
    right: [NUMBERS, { ...OPTIONS, model: "S", set: { H: 2 }, weights: { "y.b": 0 }, name: "s.rec" }],
  },
  {
    name: "compile with texts",
    make: () => [undefined, compile],
    right: [LABELS, { texts: { V: ["a b"], C: ["no", "yes"] }, sizes: { V: 3 } }],
  },
  {
    name: "run",
    make: () => [numbers, numbers.run],
    right: [{ x: X }, { lengths: { x: [2, 1] }, allowNonFinite: false }],
  },
  { name: "run of tokens", make: () => [labels, labels.run], right: [{ w: [0, 1] }] },
  {
    name: "run of shaped arrays",
    make: () => [numbers, numbers.run],
    right: [{ x: { shape: [2, 2], data: [1, 2, 3, 4] } }],
  },
  { name: "start", make: () => [numbers, numbers.start], right: [{ batch: 2, inputs: {}, allowNonFinite: false }] },
  {
    name: "step",
    make: () => {
      const stream = numbers.start();
      return [stream, stream.step];
    },
    right: [{ x: [1, 2] }],
    free: disposeOf,
  },
  {
    name: "stepLater",
    make: () => {
      const stream = numbers.start({ batch: 2 });
      return [stream, stream.stepLater];
    },
    right: [{ x: X[0] }],
    free: disposeOf,
  },
  {
    name: "generate from a prompt",
    make: () => [text, text.generate],
    right: [{ prompt: [0, 1], length: 3, temperature: 1, topK: 2, topP: 0.5, seed: 1 }],
  },
  {
    name: "generate from inputs",
    make: () => [path, path.generate],
    right: [{ inputs: { start: [[1, 2]] }, lengths: {}, length: 3, allowNonFinite: false }],
  },
  {
    name: "trainer",
    make: () => [numbers, numbers.trainer],
    right: [
      {
        optimizer: { kind: "adam", lr: 0.01, beta1: 0.9 },
        clip: { norm: 1, value: 2, state: 3 },
        carriesState: false,
        allowNonFinite: false,
      },
    ],
  },
  {
    name: "update",
    make: async () => {
      const trainer = await numbers.trainer();
      return [trainer, trainer.update];
    },
    right: [
      { x: X, y: Y },
      { lengths: { x: [2, 1] }, isFresh: true, rate: 1 },
    ],
    free: disposeOf,
  },
  { name: "vocabulary", make: () => [text, text.vocabulary], right: ["text"] },
  { name: "encode", make: () => [undefined, labels.vocabulary("l").encode], right: [["no", "yes"]] },
  { name: "decode", make: () => [undefined, labels.vocabulary("l").decode], right: [[0, 1]] },
  { name: "decodeEach", make: () => [undefined, text.vocabulary("text").decodeEach], right: [[0, 1]] },
  {
    name: "setWeights",
    make: () => [numbers, numbers.setWeights],
    right: [{ "y.b": 0, "y.r.b": [0, 0] }, { allowNonFinite: false }],
  },
  {
    name: "open",
    make: async () => {
      const bytes = await text.checkpoint();
      return [undefined, (given: never, options: never) => open(given === 1 ? bytes : given, options)];
    },
    right: [1, OPTIONS],
  },
  {
    name: "open in a page",
    make: async () => {
      const bytes = await text.checkpoint();
      return [undefined, async (given: never, options: never) => openInPage(given === 1 ? bytes : given, options)];
    },
    right: [1, OPTIONS],
  },
  {
    name: "save",
    make: () => {
      const folder = temporaryFolder();
      // A text is a path like any other, but nothing is to be written beside this project's files.
      const inside = (given: unknown): unknown =>
        given === 1 ? folder : typeof given === "string" && given !== "" ? join(folder, given) : given;
      return [
        undefined,
        (model: never, given: never): unknown =>
          Reflect.apply(save, undefined, [model === 1 ? text : model, inside(given)]),
      ];
    },
    right: [1, 1],
  },
  { name: "onTfjs", make: () => [numbers, numbers.onTfjs], right: [tf] },
  {
    name: "apply",
    make: async () => {
      const layer = await numbers.onTfjs(tf);
      return [layer, layer.apply];
    },
    right: [{ x: tf.tensor(X) }, { lengths: { x: [2, 1] }, training: false }],
    free: disposeOf,
  },
];

/** Whether it is told in words; a fault of ours, or an exception of JavaScript's, is not. */
function isInWords(problem: unknown): boolean {
  return problem instanceof UserError || problem instanceof CompileError;
}

test.each(CASES)("$name accepts right values", async (each) => {
  await called(each, each.right);
});

test.each(CASES)(
  `$name, given anything in any place (${RUNS} tries)`,
  { timeout: 60_000 + 1000 * RUNS },
  async (each) => {
    await fc.assert(
      fc.asyncProperty(changes, async (change) => {
        const given = replaced(each.right, change);
        try {
          await called(each, Array.isArray(given) ? given : [given]);
        } catch (problem) {
          if (!isInWords(problem)) throw problem;
        }
      }),
      { numRuns: RUNS, seed: 10 },
    );
  },
);

test("the message for a usual mistake says what was expected", async () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => Reflect.apply(compile, undefined, []), "`compile` needs the text of a spec, but undefined was given"],
    [
      () => Reflect.apply(compile, undefined, [NUMBERS, null]),
      "`compile` takes its options as an object, `{ target: … }`, but null was given",
    ],
    [
      () => Reflect.apply(compile, undefined, [NUMBERS, { set: null }]),
      "`set` must be an object, as `{ H: 256 }`, but null was given",
    ],
    [
      () => Reflect.apply(numbers.run, numbers, [null]),
      "what `S` is given must be an object, as `{ x: … }`, but null was given",
    ],
    [
      () => Reflect.apply(numbers.run, numbers, [{ x: { shape: [1.5, 2], data: [1, 2, 3] } }]),
      "the shape of `x` has 1.5 in it, but sizes are whole numbers",
    ],
    [() => Reflect.apply(numbers.run, numbers, [{ x: [[1, 2n]] }]), "`x` needs numbers, but a BigInt was given"],
    [
      () => Reflect.apply(numbers.run, numbers, [{ x: X }, { lengths: 3 }]),
      "`lengths` are given by the names of inputs, as `{ lengths: { x: [2, 1] } }`, but 3 was given",
    ],
    [
      () => Reflect.apply(numbers.run, numbers, [{ x: X }, { lengths: [2, 1] }]),
      "`lengths` are given by the names of inputs, as `{ lengths: { x: [2, 1] } }`, but an array was given",
    ],
    [
      () => Reflect.apply(numbers.run, numbers, [{ x: X, lengths: [2, 1] }]),
      "`S` has no input `lengths`; lengths are an option, as in `run(arrays, { lengths: { x: [2, 1] } })`",
    ],
    [
      () => Reflect.apply(numbers.run, numbers, [{ x: X }, { lengths: { x: 2 } }]),
      "the lengths of `x` are one for each example, as `{ lengths: { x: [2, 1] } }`, but 2 was given",
    ],
    [
      () => Reflect.apply(numbers.run, numbers, [{ x: X }, { length: { x: [2, 1] } }]),
      "`run` has no option `length`; did you mean `lengths`?",
    ],
    [
      () => Reflect.apply(numbers.trainer, numbers, [{ optimizer: "adam" }]),
      '`optimizer` must be an object, as `{ kind: "adam", lr: 0.01 }`, but "adam" was given',
    ],
    [
      () => Reflect.apply(numbers.trainer, numbers, [{ optimizer: { kind: 5 } }]),
      "the `kind` of `optimizer` is 5, but it must be one of sgd, momentum, rmsprop, adam, adamw",
    ],
    [
      () => Reflect.apply(numbers.trainer, numbers, [{ clip: 5 }]),
      "`clip` must be an object, as `{ norm: 5 }`, but 5 was given",
    ],
    [
      () => Reflect.apply(numbers.trainer, numbers, [{ carriesState: "yes" }]),
      '`carriesState` is "yes", but it must be true or false',
    ],
    [
      () => numbers.trainer({ optimizer: { kind: "sgd", lr: Infinity } }),
      "`lr` of `sgd` is Infinity, but it must be a finite number, 0 or more",
    ],
    [
      () => Reflect.apply(numbers.run, numbers, [Promise.resolve({ x: X })]),
      "what `S` is given must be an object, as `{ x: … }`, but a promise, which is not awaited, was given",
    ],
  ];
  for (const [call, message] of cases) {
    const problem: unknown = await Promise.resolve()
      .then(call)
      .catch((each: unknown) => each);
    expect(problem).toEqual(new UserError(message));
  }
});

test("an input may have the name of a method of every object", async () => {
  const model = await compile("cell C { input constructor: []; state h: []; h = constructor + h[t-1] }");
  await expect(model.run({})).rejects.toThrow(new UserError("`C` needs its input `constructor`"));
  expect([...((await model.run({ constructor: [1, 2] }))["output"]?.data ?? [])]).toEqual([1, 3]);
  model.dispose();
});
