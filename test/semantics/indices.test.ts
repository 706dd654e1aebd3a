// Indices count axes from the left if there are several; `concat` and `shift` act along any axis of the value.
import { expect, test } from "vitest";
import { evaluate, expectNear } from "../support/evaluate.ts";
import type { Nested } from "../support/run.ts";

const S = [
  [1, 2, 3],
  [4, 5, 6],
];

test.each<[string, Nested]>([
  ["S[1, 2]", 6],
  ["S[1, 0:2]", [4, 5]],
  ["S[:, 1]", [2, 5]],
  ["S[0:1, 1:3]", [[2, 3]]],
  ["S[1, :]", [4, 5, 6]],
  ["S[1]", [2, 5]],
  ["S[1:3]", S.map((row) => row.slice(1))],
  ["outer(S, [1, 10])[0, 1]", [2, 20]],
  ["outer(S, [1, 10])[:, :, 1]", S.map((row) => row.map((value) => 10 * value))],
  ["concat(S, S[0:1, :], axis = 0)", [...S, [1, 2, 3]]],
  ["concat(S, S[:, 0:1])", S.map((row) => [...row, row[0] ?? 0])],
  ["concat(S, S, axis = -2)", [...S, ...S]],
  ["shift(S, 1)", S.map((row) => [0, ...row.slice(0, 2)])],
  ["shift(S, -2)", S.map((row) => [row[2] ?? 0, 0, 0])],
  ["shift(S, 1, axis = 0)", [[0, 0, 0], S[0] ?? []]],
  ["shift(S, 5)", S.map((row) => row.map(() => 0))],
  ["shift(S, 0)", S],
])("%s", (expression, expected) => {
  const text = `cell C { input S: [2, 3]; y = ${expression}; output y }`;
  expectNear(evaluate(text, { inputs: { S: [[S]] } })["output"] ?? expect.fail(), [[expected]]);
});

test("a memory is moved by its own length, and no padding comes in", () => {
  const text =
    "cell C { input x: [2]; memory m: seq [2]; y = sum(shift(m, -1, axis = time) * m, axis = time) + 0 * x; output y }";
  const m = [
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    [[7, 8]],
  ];
  const x = [[[0, 0]], [[0, 0]]];
  expectNear(evaluate(text, { inputs: { x, m } })["output"] ?? expect.fail(), [[[3 + 15, 8 + 24]], [[0, 0]]]);
});
