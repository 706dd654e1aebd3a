// Generated C: gcc accepts it without a warning, no sanitizer finds anything, and each step gives what the library gives.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type CompiledModel, type NumberArray } from "../../src/index.ts";
import { asciiName } from "../../src/export/identifiers.ts";
import { roundedToInt8 } from "../../src/export/int8.ts";
import { compiled, expectNear, numbers, stepOf, tokens } from "../library/models.ts";
import { sized, SIZED_CELLS, type SizedCell } from "../library/shipped.ts";
import { blocksIn } from "../support/pages.ts";
import { ALL_CELLS, CELLS, definitionsOf } from "../support/specs.ts";
import { outputOf, readHeader, runC, WAYS, type CParameter, type Header, type RunOptions } from "./c/program.ts";

const STEPS = 6;
/** Of memories and of what an encoder reads. */
const LENGTH = 4;

type Sizes = Readonly<Record<string, number>>;

const SIZES: Sizes = { I: 3, K: 2, V: 7, C: 5, N: 5, S: LENGTH };

interface Spec {
  readonly name: string;
  readonly text: string;
  readonly set?: Sizes;
  readonly sizes?: Sizes;
}

/** The sizes that its inputs name, and lengths of what is given when a sequence begins. */
async function sizesOf({ text, set = {}, sizes: own = {} }: Spec): Promise<Sizes> {
  const model = await compiled(text, { set });
  const named = model.inputs.flatMap(({ type }) =>
    [...type.matchAll(/[[,] ?(\p{L}\w*)/gu)].map(([, name = ""]) => name),
  );
  const memory = model.inputs.some(({ role }) => role === "memory") ? ["S"] : [];
  const free = [...named, ...memory].filter((name) => !(name in set));
  return { ...Object.fromEntries(free.map((name) => [name, SIZES[name] ?? 3])), ...own };
}

type Given = Readonly<Record<string, NumberArray>>;

function ownShape(type: string, sizes: Sizes): readonly number[] {
  const [, inside = ""] = /^(?:seq )?\[(.*)\]$/.exec(type) ?? [];
  return inside === "" ? [] : inside.split(", ").map((size) => sizeOf(size, sizes));
}

/** A size as a spec prints it, such as `2*H`. */
function sizeOf(text: string, sizes: Sizes): number {
  return text.split("*").reduce((product, factor) => product * (sizes[factor] ?? Number(factor)), 1);
}

/** A parameter by the name that the spec has for it. */
function parameterOf(name: string, parameters: readonly CParameter[]): CParameter | undefined {
  const plain = asciiName(name);
  return parameters.find(({ identifier }) => [plain, `${plain}_2`, `predicted_${plain}`].includes(identifier));
}

interface Arrays {
  /** What each step reads, `[STEPS, …]`. */
  readonly fed: Given;
  /** What is given when a sequence begins. */
  readonly given: Given;
}

function arraysFor(model: CompiledModel, { begin, step, chosen }: Header, sizes: Sizes): Arrays {
  const arrays = (parameters: readonly CParameter[], lead: (type: string) => readonly number[]): Given =>
    Object.fromEntries(
      model.inputs.flatMap(({ name, type }): [string, NumberArray][] => {
        if (
          parameterOf(
            name,
            parameters.filter(({ isWritten }) => !isWritten),
          ) === undefined
        )
          return [];
        const [, size] = /^(?:seq )?\w+\[(\w+)\]$/.exec(type) ?? [];
        if (size !== undefined) return [[name, tokens(name, lead(type), sizeOf(size, sizes))]];
        return [[name, numbers(name, [...lead(type), ...ownShape(type, sizes)])]];
      }),
    );
  return {
    fed: arrays([...step, ...chosen], () => [STEPS]),
    given: arrays(begin, (type) => (type.startsWith("seq ") ? [LENGTH] : [])),
  };
}

/** The results of each step, by the library's names. */
async function expectedOf(model: CompiledModel, { fed, given }: Arrays): Promise<readonly Given[]> {
  const isEncoder = Object.keys(given).some((name) =>
    model.inputs.some((each) => each.name === name && each.role === "input" && each.type.startsWith("seq ")),
  );
  const at = (arrays: Given, t: number): Given =>
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, stepOf(array, t, false)]));
  if (isEncoder) {
    // A stream has one time only; a run has the same results at each step.
    const whole = await model.run({ ...fed, ...given });
    return Array.from({ length: STEPS }, (_, t) => at(whole, t));
  }
  const stream = model.start({ inputs: given });
  const results = Array.from({ length: STEPS }, (_, t) => stream.step(at(fed, t)));
  stream.dispose();
  return results;
}

async function randomised(model: CompiledModel): Promise<CompiledModel> {
  const weights = await model.weights();
  const random = [...weights].map(([name, { shape }]): [string, NumberArray] => {
    const { data } = numbers(name, shape);
    return [name, { shape, data: data.map((value) => value * 0.7) }];
  });
  model.setWeights(Object.fromEntries(random));
  return model;
}

/** The same with every matrix rounded to int8. */
async function rounded(model: CompiledModel): Promise<void> {
  const weights = await model.weights();
  const stored = [...weights].map(([name, { shape, data }]): [string, NumberArray] => [
    name,
    roundedToInt8({ dtype: "float", shape, data: Float32Array.from(data) }),
  ]);
  model.setWeights(Object.fromEntries(stored));
}

async function compare(spec: Spec, weightType: "f32" | "int8", ways: RunOptions["ways"] = WAYS.both): Promise<void> {
  const { text, set = {} } = spec;
  const sizes = await sizesOf(spec);
  const model = await randomised(await compiled(text, { set, sizes }));
  const files = await model.compile({ format: "c", name: "net", weightType });
  const header = readHeader(String(files[1]?.content));
  const arrays = arraysFor(model, header, { ...sizes, ...set });
  const passed = new Map(
    Object.entries({ ...arrays.given, ...arrays.fed }).map(([name, { data }]) => {
      const { identifier, type } =
        parameterOf(
          name,
          [...header.begin, ...header.step, ...header.chosen].filter((each) => !each.isWritten),
        ) ?? expect.fail(name);
      return [identifier, type === "float" ? Float32Array.from(data) : Int32Array.from(data)] as const;
    }),
  );
  const found = runC(files, passed, { steps: STEPS, ways });
  if (weightType === "int8") await rounded(model);
  const expected = await expectedOf(model, arrays);
  const outputs = header.step.filter((each) => each.isWritten);
  expect(outputs.length).toBeGreaterThan(0);
  for (const output of outputs) {
    const values = found.get(output.identifier) ?? expect.fail(output.identifier);
    expected.forEach((step, t) => {
      const name =
        Object.keys(step).find((each) => parameterOf(each, [output]) !== undefined) ??
        expect.fail(`${output.identifier} of ${Object.keys(step).join()}`);
      const { shape } = step[name] ?? expect.fail(name);
      const own = { shape, data: values.slice(t * output.count, (t + 1) * output.count) };
      expectNear(own, step[name], 1e-5);
    });
  }
}

function cellSpec({ name, folder, set }: SizedCell): Spec {
  return { name, text: `use ${name} from "${folder}"`, set };
}

/** Cells that ask nothing of the compiler that no other does. */
const ORDINARY: readonly Spec[] = ALL_CELLS.filter((each) => !CELLS.includes(each)).map((each) =>
  cellSpec(sized(each)),
);

const SPECIAL: readonly Spec[] = [
  ...SIZED_CELLS.map(cellSpec),
  ...["cornn", "mut1", "slstm"].map((name) => ({ name, text: readFileSync(`test/cells/${name}.rec`, "utf8") })),
];

const STEPPED_MODELS: readonly Spec[] = [
  { name: "Adding", text: 'use Adding from "models"', set: { H: 4 } },
  { name: "CharLM", text: 'use CharLM from "models"', set: { E: 3, H: 4, layers: 2 } },
  {
    name: "scaled numbers",
    text: `use GRU from "cells"
      model Scaled(H = 3) {
        input x: seq [2] scaled
        target y: seq [2] scaled
        predict y from linear(GRU(H)(x), x[t-1], out = 2) by gaussian(0.5)
      }`,
  },
  {
    name: "a scaled number that is read again",
    text: `use GRU from "cells"
      model Series(H = 3) {
        target x: seq [] scaled
        predict x from linear(GRU(H)(concat(x[t-1], x[t-2])), out = []) by gaussian(0.5)
      }`,
  },
  { name: "Caption", text: 'use Caption from "models"', set: { E: 3, H: 4 } },
  { name: "Translate", text: 'use Translate from "models"', set: { E: 3, H: 4 }, sizes: { "T.source": LENGTH } },
];

/** Wirings that no stream goes through either, nor a text that is written after an encoder has read another. */
const WHOLE: readonly string[] = [
  "along-axes.rec",
  "attention-in-bidirectional.rec",
  "cells-as-arguments.rec",
  "conv.rec",
  "einsum-of-many.rec",
  "first-of-input.rec",
  "layers-apart.rec",
  "learned-initial.rec",
  "linear-shared.rec",
  "matrices-over-time.rec",
  "memory-of-scalars.rec",
  "model-delays.rec",
  "noise.rec",
  "order.rec",
  "output-inside.rec",
  "parts-inside.rec",
  "pyramid.rec",
  "reverse-pipe.rec",
  "shared-wiring.rec",
  "stack-of-stacks.rec",
  "state-from-memory.rec",
  "statistics-over-time.rec",
];
/** Those whose encoder reads `source`. */
const ENCODERS: readonly string[] = ["attention-stack.rec", "last-states.rec"];

/** A file of test/wirings with sizes for its parameters. */
function wiring(file: string): Spec {
  const text = readFileSync(`test/wirings/${file}`, "utf8");
  const [first] = definitionsOf({ name: file, text });
  const free = first?.definition.definition.parameters.filter((each) => each.default === null) ?? [];
  const set = Object.fromEntries(free.map(({ name: { name } }) => [name, 4]));
  return { name: file, text, set, ...(ENCODERS.includes(file) ? { sizes: { "T.source": LENGTH } } : {}) };
}

const WIRINGS = readdirSync("test/wirings").toSorted();

/** Names that C cannot have, or has already. */
const HOSTILE: Spec = {
  name: "names of C and of math.h",
  text: `cell int(H) {
    input double, σ, s, steps
    state while, tanhf, scratch, fresh, été: [H]
    param struct, memcpy, w: [H]
    while = sigmoid(linear(double, σ, steps, while[t-1])) * struct
    tanhf = 0.5 * tanhf[t-1] + memcpy * while
    scratch = tanh(tanhf * w) + scratch[t-2]
    fresh = 0.1 * fresh[t-1] + linear(s)
    été = fresh - 0.3 * été[t-1]
    output tanhf, scratch, été
  }`,
  set: { H: 3 },
  sizes: { I: 2, I2: 3, I3: 1, I4: 2 },
};

/** Cells of which the struct holds nothing, or nothing that a step reads. */
const STATELESS: readonly Spec[] = [
  { name: "a cell without memory", text: "cell Twice(H) {\n input x: [H]\n y = 2 * x\n output y\n}", set: { H: 3 } },
  {
    name: "attention without a state",
    text: "cell Look(K) {\n input q: [K]\n memory m: seq [K]\n y = softmax(m @ q) @ m\n output y\n}",
    set: { K: 3 },
  },
];

describe.each(["f32", "int8"] as const)("%s: each step of generated C is the library's", (weightType) => {
  test.each([...SPECIAL, ...STEPPED_MODELS])("$name", (spec) => compare(spec, weightType));
});

describe("each step of ordinary cells is the library's, with sanitizers", () => {
  test.each(ORDINARY)("$name", (spec) => compare(spec, "f32", WAYS.sanitized));
});

describe("odd specs", () => {
  test.each(WIRINGS.filter((file) => !WHOLE.includes(file)).map(wiring))("$name", (spec) => compare(spec, "f32"));

  test.each(WHOLE.map(wiring))("$name is refused with the reason", async ({ text, set = {} }) => {
    const model = await compiled(text, { set });
    await expect(model.compile({ format: "c" })).rejects.toThrow(
      /cannot be compiled to C, which goes step by step: .*\. The formats `module` and `onnx` read whole sequences$/,
    );
  });

  test.each([HOSTILE, ...STATELESS])("$name", async (spec) => {
    await compare(spec, "f32");
    await compare(spec, "int8");
  });
});

test("the program of docs/export-c.md compiles and prints what the library computes", { timeout: 60_000 }, async () => {
  const model = await compiled('use GRU from "cells"', { set: { H: 16 }, sizes: { I: 3 } });
  const files = await model.compile({ format: "c", name: "gru" });
  const main =
    blocksIn("docs/export-c.md").find(({ text }) => text.includes("int main"))?.text ?? expect.fail("no main");
  const printed = outputOf(files, main).trim().split("\n").map(Number);
  const stream = model.start();
  expect(printed).toHaveLength(10);
  for (const value of printed)
    expect(value).toBeCloseTo(stream.step({ x: [0.5, -1, 0.25] })["output"]?.data[0] ?? NaN, 5);
  stream.dispose();
});
