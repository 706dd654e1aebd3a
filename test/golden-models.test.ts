// Golden files of models: an LSTM with embedding and softmax cross-entropy, written here as plain loops over float64, with central differences
// as gradients. Vocabularies, start tokens, ragged lengths and targets ahead come from the files.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readGolden } from "../src/golden/golden.ts";
import { verify } from "../src/golden/verify.ts";
import { referenceTarget } from "../src/targets/reference/target.ts";
import { recurra, temporaryFolder } from "./support/command.ts";
import { shippedNamed } from "./support/specs.ts";

/** float64 on both sides, in another order of sums. */
const EXACT = 1e-10;
/** Central differences with h = 1e-5: rounding of a loss near 2 is 2e-11, which is 2e-8 of the least scale, 1e-3. */
const DIFFERENCES = 1e-7;
const H = 2;
const E = 3;
const GATES = ["f", "i", "g", "o"] as const;

interface Tensor {
  readonly shape: readonly number[];
  readonly data: number[];
}

type Weights = Readonly<Record<string, Tensor>>;

/** Numbers in [-1, 1] that depend on the seed alone. */
function drawn(shape: readonly number[], seed: number): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Array.from({ length: count }, (_, index) => Math.sin(12.9898 * index + 78.233 * seed)) };
}

function lstmWeights(cell: string, seed: number): Weights {
  return Object.fromEntries(
    GATES.flatMap((gate, index) => [
      [`${cell}.${gate}.x`, drawn([H, E], seed + 3 * index)],
      [`${cell}.${gate}.h`, drawn([H, H], seed + 3 * index + 1)],
      [`${cell}.${gate}.b`, drawn([H], seed + 3 * index + 2)],
    ]),
  );
}

function tensor(weights: Weights, name: string): Tensor {
  return weights[name] ?? expect.fail(`no weight ${name}`);
}

/** W @ v. */
function product({ shape, data }: Tensor, vector: readonly number[]): readonly number[] {
  const [rows = 0, columns = 0] = shape;
  return Array.from({ length: rows }, (_, row) =>
    vector.reduce((sum, each, column) => sum + (data[row * columns + column] ?? NaN) * each, 0),
  );
}

function sum(...vectors: readonly (readonly number[])[]): readonly number[] {
  return (vectors[0] ?? []).map((_, index) => vectors.reduce((total, each) => total + (each[index] ?? NaN), 0));
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The logits at each step of one example: an LSTM over embedded tokens, from the state `start`. */
function logitsOf(
  weights: Weights,
  names: { readonly table: string; readonly cell: string; readonly logits: string },
  tokens: readonly number[],
  start: readonly number[],
): readonly (readonly number[])[] {
  const { data: table } = tensor(weights, names.table);
  let h = start;
  let c: readonly number[] = [0, 0];
  return tokens.map((token) => {
    const x = table.slice(token * E, (token + 1) * E);
    const [f = [], i = [], g = [], o = []] = GATES.map((gate) =>
      sum(
        product(tensor(weights, `${names.cell}.${gate}.x`), x),
        product(tensor(weights, `${names.cell}.${gate}.h`), h),
        tensor(weights, `${names.cell}.${gate}.b`).data,
      ),
    );
    c = c.map((each, k) => sigmoid(f[k] ?? NaN) * each + sigmoid(i[k] ?? NaN) * Math.tanh(g[k] ?? NaN));
    h = c.map((each, k) => sigmoid(o[k] ?? NaN) * Math.tanh(each));
    return sum(product(tensor(weights, `${names.logits}.h`), h), tensor(weights, `${names.logits}.b`).data);
  });
}

/** -log softmax(logits)[target]. */
function crossEntropy(logits: readonly number[], target: number): number {
  return Math.log(logits.reduce((total, each) => total + Math.exp(each), 0)) - (logits[target] ?? NaN);
}

/** The gradient of `loss` with respect to `array`, whose numbers it changes and restores. */
function differences({ shape, data }: Tensor, loss: () => number): Tensor {
  const h = 1e-5;
  const gradient = data.map((value, index) => {
    data[index] = value + h;
    const above = loss();
    data[index] = value - h;
    const below = loss();
    data[index] = value;
    return (above - below) / (2 * h);
  });
  return { shape, data: gradient };
}

function gradients(arrays: Weights, loss: () => number): Weights {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, differences(array, loss)]));
}

/** Steps of all examples as `[B, T, V]`, 0 beyond an example's length. */
function padded(examples: readonly (readonly (readonly number[])[])[], T: number, V: number): Tensor {
  const zeros = Array.from({ length: V }, () => 0);
  const data = examples.flatMap((steps) => Array.from({ length: T }, (_, t) => steps[t] ?? zeros).flat());
  return { shape: [examples.length, T, V], data };
}

/** Caption: an image starts the state, and words are read one step late, behind the start token. */
function captionFile(): Record<string, unknown> {
  const [V, start] = [4, 3];
  const words = [
    [0, 2, 1],
    [1, 0],
  ] as const;
  const images = drawn([2, 784], 50);
  const weights: Weights = {
    "start.image": { ...drawn([H, 784], 51), data: drawn([H, 784], 51).data.map((each) => each / 20) },
    "start.b": drawn([H], 52),
    "h.embed.table": drawn([V, E], 53),
    ...lstmWeights("h", 54),
    "words.h": drawn([V, H], 70),
    "words.b": drawn([V], 71),
  };
  const predicted = (): readonly (readonly (readonly number[])[])[] =>
    words.map((own, b) => {
      const image = images.data.slice(784 * b, 784 * (b + 1));
      const first = sum(product(tensor(weights, "start.image"), image), tensor(weights, "start.b").data);
      const names = { table: "h.embed.table", cell: "h", logits: "words" };
      return logitsOf(weights, names, [start, ...own.slice(0, -1)], first.map(Math.tanh));
    });
  const loss = (): number => {
    const each = predicted().flatMap((steps, b) => steps.map((at, t) => crossEntropy(at, words[b]?.[t] ?? NaN)));
    return each.reduce((total, one) => total + one, 0) / each.length;
  };
  return {
    model: "Caption",
    args: { E, H },
    vocabularies: { V: { symbols: ["a", "b", "c", "<start>"], start } },
    lengths: { words: words.map((own) => own.length) },
    inputs: { image: images },
    targets: { words: { shape: [2, 3], data: ["a", "c", "b", "b", "a", "a"] } },
    params: weights,
    loss: loss(),
    outputs: { words: padded(predicted(), 3, V) },
    grads: { params: gradients(weights, loss), inputs: gradients({ image: images }, loss) },
  };
}

/** CharLM: the next token is a target of its own, and the last step of an example has none. */
function charlmFile(): Record<string, unknown> {
  const V = 3;
  const texts = [
    [0, 2, 1, 1],
    [1, 0, 2],
  ] as const;
  const weights: Weights = {
    "e.table": drawn([V, E], 1),
    ...lstmWeights("h.layer0", 2),
    "logits.h": drawn([V, H], 20),
    "logits.b": drawn([V], 21),
  };
  const names = { table: "e.table", cell: "h.layer0", logits: "logits" };
  const predicted = (): readonly (readonly (readonly number[])[])[] =>
    texts.map((text) => logitsOf(weights, names, text, [0, 0]));
  const loss = (): number => {
    const each = predicted().flatMap((steps, b) =>
      steps.slice(0, -1).map((at, t) => crossEntropy(at, texts[b]?.[t + 1] ?? NaN)),
    );
    return each.reduce((total, one) => total + one, 0) / each.length;
  };
  return {
    model: "CharLM",
    args: { E, H },
    vocabularies: { V: { size: V } },
    lengths: texts.map((text) => text.length),
    inputs: { text: { shape: [2, 4], data: [0, 2, 1, 1, 1, 0, 2, 0] } },
    targets: { "text[t+1]": { shape: [2, 4], data: [2, 1, 1, 0, 0, 2, 0, 0] } },
    params: weights,
    loss: loss(),
    outputs: { text: padded(predicted(), 4, V) },
    grads: { params: gradients(weights, loss) },
  };
}

const FILES = { Caption: captionFile(), CharLM: charlmFile() } as const;

async function errorsOf(file: Readonly<Record<string, unknown>>): Promise<readonly (readonly [string, number])[]> {
  const golden = readGolden(JSON.stringify(file), "golden.json");
  const name = golden.kind === "model" ? golden.model : expect.fail("not a model");
  const found = await verify(shippedNamed(name), golden, referenceTarget());
  return found.map((each) => [each.name, each.error]);
}

function refusal(file: Readonly<Record<string, unknown>>): Promise<string> {
  return errorsOf(file).then(
    () => expect.fail("the file is accepted"),
    (problem: unknown) => (problem instanceof Error ? problem.message : String(problem)),
  );
}

describe(`a model's loss and logits within ${EXACT} of plain loops, its gradients within ${DIFFERENCES} of central differences`, () => {
  test.each([
    ["Caption", 20],
    ["CharLM", 17],
  ] as const)("%s: %i arrays", async (name, count) => {
    const errors = await errorsOf(FILES[name]);
    expect(errors).toHaveLength(count);
    const isWrong = ([array, error]: readonly [string, number]): boolean =>
      !(error <= (array.startsWith("gradient") ? DIFFERENCES : EXACT));
    expect(errors.filter(isWrong)).toEqual([]);
  });

  test("another start token, another length and another loss are found", async () => {
    const vocabularies = { V: { size: 4, start: 0 } };
    const targets = { words: { shape: [2, 3], data: [0, 2, 1, 1, 0, 0] } };
    const wrong = async (change: Readonly<Record<string, unknown>>): Promise<readonly string[]> =>
      (await errorsOf({ ...FILES.Caption, ...change })).filter(([, error]) => error > 1e-4).map(([name]) => name);
    expect(await wrong({ vocabularies, targets })).toContain("loss");
    expect(await wrong({ lengths: { words: [3, 3] } })).toContain("output words");
    expect(await wrong({ loss: 1 })).toEqual(["loss"]);
  });
});

test("recurra verify takes the model that the file names", async () => {
  const path = join(temporaryFolder(), "charlm.json");
  writeFileSync(path, JSON.stringify(FILES.CharLM));
  const verified = await recurra("verify", "specs/models/charlm.rec", "--against", path, "--tolerance", "1e-7");
  expect([verified.out, verified.code]).toEqual(["verified: 17 of 17 within 1e-7\n", 0]);
  const refused = await recurra("verify", "specs/models/charlm.rec", "--cell", "LSTM", "--against", path);
  expect(refused.err).toContain("the file is for a model, but `LSTM` is a cell");
});

test("a cell's tokens may be symbols as well", async () => {
  const spec = "cell Count {\n  input x: char[V]\n  state h: [V]\n  h = h[t-1] + onehot(x)\n}\n";
  const path = join(temporaryFolder(), "count.rec");
  writeFileSync(path, spec);
  const file = {
    cell: "Count",
    vocabularies: { V: { symbols: ["a", "b"] } },
    sizes: {},
    inputs: { x: { shape: [1, 3], data: ["a", "b", "b"] } },
    output: { shape: [1, 3, 2], data: [1, 0, 1, 1, 1, 2] },
  };
  const against = join(temporaryFolder(), "count.json");
  writeFileSync(against, JSON.stringify(file));
  expect((await recurra("verify", path, "--against", against)).out).toBe("verified: 1 of 1 within 1e-10\n");
});

describe("a file that does not fit", () => {
  const { Caption: caption, CharLM: charlm } = FILES;
  test.each([
    ["both", { ...charlm, cell: "LSTM" }, "a golden file is for a cell or for a model, but this one names both"],
    ["nothing", { model: "CharLM" }, "there is nothing to compare: add `loss`, `outputs` or `grads`"],
    [
      "no start",
      { ...caption, vocabularies: { V: { symbols: ["a", "b", "c", "d"] } } },
      "the file has no start token for the vocabulary `V`: add `start` to it",
    ],
    [
      "a vocabulary",
      { ...charlm, vocabularies: { W: { size: 3 } } },
      "the file has the vocabulary `W`, which `CharLM` does not have",
    ],
    [
      "a symbol",
      { ...caption, vocabularies: { V: { symbols: ["a", "b", "x", "y"], start: 3 } } },
      '`words` has "c", which is not a token of the vocabulary `V`',
    ],
    [
      "an id",
      { ...charlm, vocabularies: { V: { size: 2 } } },
      "`text` has 2, which is not a token of the vocabulary `V`",
    ],
    ["a target", { ...charlm, targets: {} }, "the file does not have the input or target `text[t+1]`"],
    ["a weight", { ...charlm, params: {} }, "the file does not have the weight `e.table`"],
    [
      "an output",
      { ...charlm, outputs: { h: { shape: [], data: [0] } } },
      "the file has the output `h`, which `CharLM` does not have",
    ],
    [
      "lengths",
      { ...charlm, lengths: { x: [1] } },
      "the file has lengths of `x`, which is not an input or target of `CharLM`",
    ],
    [
      "a gradient",
      { ...charlm, grads: { inputs: { text: { shape: [], data: [0] } } } },
      "the file has the gradient of `text`, which `CharLM` does not have",
    ],
  ])("%s", async (_, file, message) => {
    expect(await refusal(file)).toContain(message);
  });
});
