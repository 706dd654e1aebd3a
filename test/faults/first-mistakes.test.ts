// The first mistakes of people who come from PyTorch, Keras, NumPy, LaTeX or C: test/golden/newcomers/mistakes.txt, one after the
// other, and each has its message in said.txt beside it. A line stands in a cell with an input `x: [H]` and a state `h: [H]`,
// unless the part begins with `!`: then it is a file.
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/base/diagnostic.ts";
import { check } from "../../src/compile.ts";
import { compile } from "../../src/index.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";

const folder = "test/golden/newcomers";

function fileOf(mistake: string): string {
  if (mistake.startsWith("!")) return mistake.slice(1).trim();
  return `cell C(H) {\n  input x: [H]\n  state h: [H]\n  ${mistake.replaceAll("\n", "\n  ")}\n}\n`;
}

const mistakes = readFileSync(`${folder}/mistakes.txt`, "utf8")
  .split("\n---\n")
  .map((each) => each.trim());

function saidOf(mistake: string): readonly Diagnostic[] {
  return check({ name: "mistake.rec", text: fileOf(mistake) }, loadFromDisk);
}

describe("first mistakes", () => {
  test("each has its message", () => {
    const told = mistakes.map((mistake) =>
      [
        mistake,
        ...saidOf(mistake).map(({ severity, title, help }) => `  ${severity}: ${title}\n  help: ${help ?? "-"}`),
      ].join("\n"),
    );
    const text = `${told.join("\n\n")}\n`;
    if (process.env["BLESS"] === "1") writeFileSync(`${folder}/said.txt`, text);
    expect(text).toBe(readFileSync(`${folder}/said.txt`, "utf8"));
  });

  test("each message has a help", () => {
    const without = mistakes.filter((mistake) => !saidOf(mistake).some(({ help }) => help !== undefined));
    expect(without).toEqual(["h = tanh(x))"]);
  });

  test.each([
    ["h = tanh(W @ x + U @ h[t-1])", "declare `param W: [H, H]`, or write `linear(x, h[t-1])`"],
    ["h[t] = tanh(x)", "write `h = …`: it is the value at this step"],
    ["h = tanh(x + h_prev)", "write `h[t-1]` for the value one step ago"],
    ["h = tanh(x + h_{t-1})", "write `h[t-1]`"],
    ["h = h' + x", "for the value one step ago write `h[t-1]`"],
    ["h = tanh([h[t-1], x])", "concat(h[t-1], x)"],
    ["if x > 0 { h = x }", "where(x > 0, a, b)"],
    ["h = dense(x)", "write `linear(x)`"],
    ["h = x[0] * x[0:1, 0]", "a value has axes of its own only, none for its example or its time"],
    ["param W: [H, I]\nh = W @ x", "make it a parameter of the cell"],
  ])("%s", async (line, help) => {
    await expect(compile(fileOf(line), { set: { H: 2 } })).rejects.toThrow(help);
  });

  test("a size that only an unnamed input has is declared there", async () => {
    const text = "cell C(H) { input x; param W: [H, I]; state h: [H]; h = W @ x }";
    await expect(compile(text, { set: { H: 2 } })).rejects.toThrow("declare it where it comes from: `input x: [I]`");
  });

  test("a name that a file does not have: what it has, and the other mistakes of the file", async () => {
    const text = 'use Transformer from "cells"\ncell C(H) { input x; state h: [H]; h = Transformer(H)(x) + W @ x }';
    const found = check({ name: "a.rec", text }, loadFromDisk);
    expect(found.map(({ title }) => title)).toEqual(['unknown name `Transformer` in "cells"', "unknown name `W`"]);
    expect(found[0]?.help).toMatch(/^`recurra cells` lists what it has$/);
    await expect(compile(text, { set: { H: 2 } })).rejects.toThrow(/Transformer[^]*unknown name `W`/);
  });
});
