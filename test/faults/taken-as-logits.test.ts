// `predict` of a token, or `by binary`, expects logits. Probabilities are an error, in whatever way they are computed.
import { expect, test } from "vitest";
import { check } from "../../src/compile.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";

const CELL =
  "cell C { input z: [4]; state h: [4]; h = 0.5 * h[t-1] + z; p = softmax(h); output p, h }" +
  "cell S { input z: [4]; state p: [4]; p = softmax(0.5 * p[t-1] + z); output p }";

function said(lines: string): readonly string[] {
  const text = `model M(K = 4) { input x: seq [K]; target tags: seq label[K]; target label: label[K]; target y: seq [K]; ${lines} }\n${CELL}`;
  return check({ name: "m.rec", text }, loadFromDisk).map(({ code, title }) => `${code}: ${title}`);
}

const FROM_SOFTMAX = ["taken-as-logits: `predict` needs logits, but these come from `softmax`"];
const FROM_SIGMOID = ["taken-as-logits: `predict` needs logits, but these come from `sigmoid`"];

test.each([
  ["as it is", "predict tags from softmax(linear(x, out = K))"],
  ["at the end of a pipe", "predict tags from x |> linear(out = K) |> softmax"],
  ["by a name", "p = softmax(linear(x, out = K)); predict tags from p"],
  ["by another name of a name", "p = softmax(linear(x, out = K)); q = p; predict tags from q"],
  ["over time", "predict tags from softmax(x, axis = time)"],
  ["a slice of a name", "p = softmax(linear(x, out = 6)); predict tags from p[0:4]"],
  [
    "a part of a split",
    "p, q = split(softmax(linear(x, out = 8)), 2); predict tags from q + 0 * p; predict tags from q",
  ],
  ["reshaped", "predict tags from reshape(softmax(linear(x, out = 4)), [K])"],
  ["joined", "predict tags from concat(softmax(linear(x, out = 2)), softmax(linear(x, out = 2)))"],
  ["dropped out", "predict tags from dropout(softmax(x), 0.1)"],
  ["without its gradient", "predict tags from stopgradient(softmax(x))"],
  ["delayed", "p = softmax(x); predict tags from p[t-1]"],
  ["the last of a sequence", "predict label from last(softmax(x))"],
  ["the mean of a sequence", "predict label from mean(softmax(x))"],
  ["of the last", "predict label from softmax(linear(last(x), out = K))"],
  ["a cell's output", "predict tags from C(K)(x)"],
  ["a part of a cell", "c = C(K)(x); predict tags from c.p"],
  ["a stack's output", "predict tags from stack(C(K), 2)(x)"],
  ["kept within bounds", "predict tags from clamp(softmax(x), 0.001, 0.999)"],
  ["the larger of itself and a number", "predict tags from max(softmax(x), 0.001)"],
  ["one of two", "predict tags from where(x > 0, softmax(x), softmax(-x))"],
  ["a state", "c = S()(x); predict tags from c.p"],
])("softmax, %s", (_, lines) => {
  expect(said(lines.replaceAll("C(K)", "C()")).filter((each) => each.startsWith("taken"))).toEqual(FROM_SOFTMAX);
});

test.each([
  ["as it is", "predict y from sigmoid(linear(x, out = K)) by binary"],
  ["by its other name", "predict y from σ(x) by binary"],
  ["by a name", "p = sigmoid(x); predict y from p by binary"],
])("sigmoid by binary, %s", (_, lines) => {
  expect(said(lines)).toEqual(FROM_SIGMOID);
});

test.each([
  ["logits", "predict tags from linear(x, out = K)"],
  ["logarithms", "predict tags from logsoftmax(x)"],
  ["the logarithm of a softmax", "predict tags from log(softmax(x) + 0.001)"],
  ["a linear of a softmax", "predict tags from linear(softmax(x), out = K)"],
  ["a sum with a softmax", "predict tags from x + softmax(x)"],
  ["the larger of logits and a softmax", "predict tags from max(softmax(x), x)"],
  ["another part of the cell", "c = C()(x); predict tags from c.h"],
  ["a residual stack", "predict tags from stack(C(), 1, residual = true)(x)"],
  ["numbers predicted from a softmax", "predict y from softmax(x)"],
  ["numbers predicted from a sigmoid", "predict y from sigmoid(x)"],
])("%s are right", (_, lines) => {
  // Each line predicts one of the targets: that the others are never read is said, too.
  expect(said(lines).filter((each) => !each.startsWith("unread-name"))).toEqual([]);
});
