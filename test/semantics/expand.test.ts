// Axes that stretch: `expand` and `keep = true` repeat what they make, and a product with a diagonal is the same scaling.
import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { evaluate, expectNear } from "../support/evaluate.ts";
import type { Nested } from "../support/run.ts";
import { FULL, programFrom } from "../support/specs.ts";

const g = [2, 3];
const S = [
  [1, 2, 3],
  [4, 5, 6],
];

function cell(expression: string): string {
  return `cell C { input g: [2]; input h: [3]; input S: [2, 3]; y = ${expression}; output y }`;
}

function valueOf(expression: string): Nested {
  const inputs = { g: [[g]], h: [[[1, 0, -1]]], S: [[S]] };
  return evaluate(cell(`${expression} + 0 * sum(g) * sum(h) * sum(sum(S))`), { inputs })["output"] ?? expect.fail();
}

const ROWS = S.map((row, i) => row.map((value) => value * (g[i] ?? 0)));
const COLUMNS = S.map((row) => row.map((value, j) => value * (1 - j)));

describe("each of these scales", () => {
  test.each([
    ["expand(g, axis = -1) * S", ROWS],
    ["expand(g) * S", ROWS],
    ["diag(g) @ S", ROWS],
    ["transpose(transpose(S) @ diag(g))", ROWS],
    ["expand(h, axis = 0) * S", COLUMNS],
    ["S @ diag(h)", COLUMNS],
    [
      "S - sum(S, axis = 0, keep = true)",
      S.map((row, i) => row.map((value, j) => value - (S[1 - i]?.[j] ?? 0) - value)),
    ],
    ["S - mean(S, axis = 1, keep = true)", S.map(() => [-1, 0, 1])],
    ["diag(g) @ g", [4, 9]],
  ])("%s", (expression, expected) => {
    const found = valueOf(expression);
    expectNear(found, [[expected]]);
  });
});

test.each(["diag(g) @ S", "S @ diag(h)", "diag(g) @ g", "diag(g) @ (S @ diag(h))"])(
  "%s runs without a product",
  (expression) => {
    const { graph } = programFrom(cell(expression), FULL);
    expect(graph.all().some(({ op }) => op === "contract")).toBe(true);
    const ops = lower(graph, null)
      .all()
      .map(({ op }) => op);
    expect(ops).not.toContain("contract");
    expect(ops).not.toContain("diag");
  },
);
