// A warning reports sizes that a spec names differently and then makes equal. Correct specs have no such warning.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { check } from "../../src/compile.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";

function said(text: string): readonly string[] {
  return check({ name: "m.rec", text }, loadFromDisk).map(
    ({ severity, title, help }) => `${severity}: ${title}; ${help ?? ""}`,
  );
}

const CELL = (equation: string, more = ""): string =>
  `cell C(H) { input x: [I]; state h: [H]; param W: [H, I]; ${more} h = tanh(${equation} + h[t-1]) }`;

test("`x @ W` for `W @ x` makes the inputs as many as the states", () => {
  expect(said(CELL("x @ W"))).toEqual([
    "warning: this makes the sizes `H` and `I` equal; write `W @ x`, or give them the same name if they are the same size",
  ]);
  expect(said(CELL("W @ x"))).toEqual([]);
});

test("a size that is a parameter's number is reported too", () => {
  expect(said(CELL("x @ W").replace("C(H)", "C(H = 16)"))).toHaveLength(1);
  expect(said(CELL("W @ x").replace("C(H)", "C(H = 16)"))).toEqual([]);
});

test("each pair is reported once", () => {
  expect(said(CELL("x @ W + W @ x + x * h[t-1]"))).toHaveLength(1);
  expect(said("cell C(H) { input x: [I]; input y: [J]; state h: [H]; h = x * y + x + y + h[t-1] }")).toHaveLength(2);
});

describe("no report", () => {
  test.each([
    ["of an input without a type", "cell C(H) { input x; state h: [H]; h = x + h[t-1] }"],
    ["of one name", "cell C(H) { input x: [H]; state h: [H]; h = x + h[t-1] }"],
    ["of a size that is a number", "cell C(H) { input x: [I]; state h: [H]; h = linear(x + range(4), h[t-1]) }"],
    [
      "of a cell that is applied to what fits it",
      `model M(H = 8) { input x: seq [8]; predict x[t+1] from C(H)(x) }
       cell C(H) { input x: [I]; state h: [H]; h = tanh(linear(x, h[t-1])) }`,
    ],
    [
      "of two parameters with one number",
      "model M(E = 8, H = 8) { input x: seq [4]; y = linear(x, out = E) + linear(x, out = H); predict x[t+1] from linear(y) }",
    ],
  ])("%s", (_, text) => expect(said(text)).toEqual([]));

  const files = ["specs/cells", "specs/models", "test/cells", "test/wirings", "bench/cells"].flatMap((folder) =>
    readdirSync(folder).flatMap((file) => (file.endsWith(".rec") ? [`${folder}/${file}`] : [])),
  );
  test.each(files)("%s", (file) => expect(said(readFileSync(file, "utf8"))).toEqual([]));
});

describe("`@` of sizes that differ names both, and what fits", () => {
  const help = (product: string): string | undefined => {
    const text = `cell C(H, K, N) { input x: [K]; input y: [N]; state h: [H]; param W: [K, H]; param V: [K, N]; h = h[t-1] + 0 * sum(sum(outer(y, ${product}))) }`;
    return check({ name: "m.rec", text }, loadFromDisk)[0]?.help;
  };
  test.each([
    ["W @ x", "this fits: `x @ W`"],
    ["h[t-1] @ W", "this fits: `W @ h[t-1]`"],
    ["W @ V", "this fits: `transpose(W) @ V`"],
    ["W @ (V + 1)", "this fits: `transpose(W) @ (V + 1)`"],
    ["tanh(W) @ tanh(x)", "this fits: `tanh(x) @ tanh(W)`"],
    ["x @ h[t-1]", undefined],
  ])("%s", (product, words) => expect(help(product)).toBe(words));
});
