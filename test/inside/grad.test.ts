// The gradient of models: equations up to the loss, and the terms of the sum over steps, against worked numbers and differences.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile } from "../../src/index.ts";
import { gradientTerms } from "../../src/flow/terms.ts";
import type { NumberArray } from "../../src/index.ts";
import { recurra, temporaryFolder } from "../support/command.ts";

const { rnn } = JSON.parse(readFileSync("test/run/worked.json", "utf8"));
const LETTERS = readFileSync("test/inside/elman.rec", "utf8");
const WEIGHTS = { "s.U": rnn.U, "s.W": rnn.W, V: rnn.V };

function sumOf(arrays: readonly NumberArray[]): readonly number[] {
  const [first] = arrays;
  return Array.from(first?.data ?? [], (_, index) => arrays.reduce((sum, { data }) => sum + (data[index] ?? NaN), 0));
}

function norm(values: readonly number[]): number {
  return Math.hypot(...values);
}

function expectNear(got: readonly number[], expected: readonly number[], most = 1e-6): void {
  expect(got.length).toBe(expected.length);
  got.forEach((value, index) => expect(Math.abs(value - (expected[index] ?? NaN))).toBeLessThan(most));
}

test("the terms of ∂E[3]/∂W are those of the worked example, and their sum is the whole gradient", async () => {
  const model = await compile(LETTERS, { model: "Letters", weights: WEIGHTS, target: "reference" });
  const given = { x: rnn.x, y: rnn.y };
  const { losses, weights } = await gradientTerms(model, given);
  expectNear(losses, rnn.E);
  const termsOf = (name: string): readonly (readonly NumberArray[])[] =>
    weights.find((each) => each.name === name)?.terms ?? expect.fail(name);
  const last = termsOf("s.W")[3] ?? expect.fail("no term");
  rnn.dE3_dW_terms.forEach((term: number[][], k: number) => expectNear([...(last[k]?.data ?? [])], term.flat()));
  expectNear(
    last.map(({ data }) => norm([...data])),
    [0, 0.115858, 0.388166, 0.394874],
  );
  // V is read at the step itself only.
  expectNear([...(termsOf("V")[3]?.[3]?.data ?? [])], rnn.dE3_dV.flat());
  expect(
    termsOf("V")[3]
      ?.slice(0, 3)
      .every(({ data }) => data.every((value) => value === 0)),
  ).toBe(true);
  for (const [name, whole] of [
    ["s.U", rnn.dU],
    ["s.W", rnn.dW],
    ["V", rnn.dV],
  ])
    expectNear(sumOf(termsOf(name).flat()), whole.flat());
});

test("the terms of a model of text with several states add up to its gradient", async () => {
  const text = readFileSync("specs/models/charlm.rec", "utf8");
  const model = await compile(text, { set: { H: 3, E: 2 }, texts: { V: "to be" }, target: "reference" });
  const given = { text: model.vocabulary("text").encode("to be to") };
  const { losses, weights } = await gradientTerms(model, given);
  const whole = await model.gradients(given);
  expect(losses).toHaveLength(7);
  expect(losses.reduce((a, b) => a + b, 0) / 7).toBeCloseTo(whole.loss, 12);
  for (const { name, terms } of weights)
    expectNear(
      sumOf(terms.flat()).map((value) => value / 7),
      [...(whole.weights.get(name)?.data ?? [])],
      1e-12,
    );
});

test("the equations of a model lead up to its loss; softmax and cross-entropy give ŷ - y", async () => {
  const { out, code } = await recurra("grad", "test/inside/elman.rec", "--model", "Letters", "--through-time");
  expect(code).toBe(0);
  await expect(out).toMatchFileSnapshot("elman-grad.txt");
  expect(out).toContain("\nδo = softmax(o) - onehot(y)\n");
});

test("logits without a name of their own: the gradient is that of the softmax all the same", async () => {
  const file = join(temporaryFolder(), "m.rec");
  const inline = LETTERS.replace("  o = V @ s\n", "").replace("predict y from o", "predict y from linear(s, out = 4)");
  writeFileSync(file, inline.replace("  param V: [4, H]\n", ""));
  const { out, err } = await recurra("grad", file, "--model", "Letters");
  expect(err).toBe("");
  expect(out).toContain("\nδa_L = softmax(a_L) - onehot(y)\n");
});

test.each([
  ["target y: seq [4]", "by binary", /^δo = .*sigmoid\(o\).* y/m],
  ["target y: seq [4]", "by squared", /^δo = .*o .* y/m],
])("%s, %s", async (target, by, expected) => {
  const file = join(temporaryFolder(), "m.rec");
  writeFileSync(
    file,
    LETTERS.replace("target y: seq token[4]", target).replace("predict y from o", `predict y from o ${by}`),
  );
  const { out, err } = await recurra("grad", file, "--model", "Letters");
  expect(err).toBe("");
  expect(out).toMatch(expected);
});

test("a model without a single step is refused, with the reason", async () => {
  const said = async (...args: readonly string[]): Promise<string> => (await recurra("grad", ...args)).err;
  expect(await said("examples/textbook/signals.rec", "--model", "Emotion")).toContain("reads several steps");
  expect(
    await said("test/inside/places.rec", "--model", "Meetings", "--terms", "--inputs", "test/inside/hello.json"),
  ).toContain("cannot be taken apart into steps: `bidirectional(LSTM(H))(x)` (test/inside/places.rec");
  expect(await said("test/inside/elman.rec", "--terms")).toContain("--inputs FILE");
  expect(await said("specs/cells/gru.rec", "--json")).toContain("--json belongs to --terms");
});

test("the loss has a name that no equation has", async () => {
  const file = join(temporaryFolder(), "m.rec");
  writeFileSync(file, LETTERS.replace("  o = V @ s", "  L = V @ s").replace("predict y from o", "predict y from L"));
  const { out } = await recurra("grad", file, "--model", "Letters", "--through-time");
  expect(out).toContain("\nL2 = -sum(onehot(y) * logsoftmax(L))\n");
  expect(out).toContain("# L2 is the loss at this step");
  expect(out).toContain("∂L2/∂V = Σ_t ∂L2[t]/∂V");
});

test("equations stand in the order in which they are written", async () => {
  const { out } = await recurra("grad", "specs/cells/lstm.rec", "--cell", "LSTM");
  const targets = (out.split("\n\n")[0] ?? "").split("\n").flatMap((line) => /^(\w+) =/.exec(line)?.[1] ?? []);
  expect(targets.filter((name) => !name.startsWith("a_"))).toEqual(["f", "i", "g", "o", "c", "h"]);
});

test("the command prints the norms of the terms", async () => {
  const { out, code } = await recurra(
    "grad",
    "test/inside/elman.rec",
    "--model",
    "Letters",
    "--terms",
    "--inputs",
    "test/inside/hello.json",
  );
  expect(code).toBe(0);
  expect(out).toMatch(/^∂L\/∂s\.W, norms\n {7}k = 0 +k = 1 +k = 2 +k = 3 +sum over k\nt = 0/m);
});
