// docs/language.md in numbers: values of expressions in a cell at one step, against values computed by hand.
import { describe, test } from "vitest";
import type { Nested } from "../support/run.ts";
import { evaluate, expectNear } from "../support/evaluate.ts";

/** The value of an expression of `x`, a vector, and of constants, at a single step. */
function valueOf(expression: string, x: readonly number[]): Nested {
  const results = evaluate(`cell C(H) {\n  input x\n  y = ${expression}\n  output y\n}`, {
    inputs: { x: [[x]] },
    sizes: { H: x.length },
  });
  const steps = results["output"]?.[0] ?? [];
  return typeof steps === "number" ? NaN : (steps[0] ?? NaN);
}

type Case = readonly [string, readonly number[], Nested];

function check(title: string, cases: readonly Case[]): void {
  describe(title, () => {
    test.each(cases)("%s of x = %j is %j", (expression, x, expected) => expectNear(valueOf(expression, x), expected));
  });
}

const { exp, log, tanh, sqrt, E, PI } = Math;
const sigmoid = (v: number): number => 1 / (1 + exp(-v));

check("precedence", [
  ["2 + 3 * x", [2], [8]],
  ["-x^2", [3], [-9]],
  ["2^-x", [1], [0.5]],
  ["2^x^2", [3], [512]],
  ["x - 1 - 2", [10], [7]],
  ["x / 2 / 2", [8], [2]],
  ["2 * x @ x", [1, 2], 10],
  ["x · x * 2", [1, 2], 10],
  ["-x @ x", [1, 2], -5],
  ["x + 1 < 3", [1, 2, 3], [1, 0, 0]],
  ["x ⊙ x", [2, 3], [4, 9]],
  ["x - 1 |> relu", [0, 3], [0, 2]],
  ["x |> tanh |> square", [0.5], [tanh(0.5) ** 2]],
  ["x\n    + 1", [1], [2]],
  ["(x\n  + 1) *\n  2", [1], [4]],
]);

check("pointwise", [
  ["sigmoid(x)", [0.3], [sigmoid(0.3)]],
  ["σ(x)", [0.3], [sigmoid(0.3)]],
  ["relu(x)", [-1, 2], [0, 2]],
  ["elu(x)", [-1, 2], [exp(-1) - 1, 2]],
  ["silu(x)", [0.7], [0.7 * sigmoid(0.7)]],
  ["softplus(x)", [0.7], [log(1 + exp(0.7))]],
  ["gelu(x)", [1], [0.841344746068543]],
  ["leakyrelu(x)", [-2, 3], [-0.02, 3]],
  ["leakyrelu(x, 0.3)", [-2, 3], [-0.6, 3]],
  ["hardsigmoid(x)", [-4, 1, 4], [0, 2 / 3, 1]],
  ["hardsigmoid(x, 0.2)", [-4, 1, 4], [0, 0.7, 1]],
  ["hardtanh(x)", [-4, 0.5, 4], [-1, 0.5, 1]],
  ["softsign(x)", [-3, 1], [-0.75, 0.5]],
  ["mish(x)", [-1, 1], [-tanh(log(1 + 1 / E)), tanh(log(1 + E))]],
  ["exp(x) + log(x) + sqrt(x)", [4], [exp(4) + log(4) + 2]],
  ["abs(x)", [-2, 3], [2, 3]],
  ["sign(x)", [-2, 0, 3], [-1, 0, 1]],
  ["step(x)", [-2, 0, 3], [0, 0, 1]],
  ["sin(x) + cos(x)", [1], [Math.sin(1) + Math.cos(1)]],
  ["square(x)", [3], [9]],
  ["min(x, 1)", [0, 2], [0, 1]],
  ["max(x, 1)", [0, 2], [1, 2]],
  ["clamp(x, -1, 1)", [-3, 0.5, 3], [-1, 0.5, 1]],
  ["where(x > 1, x, 10)", [0, 2], [10, 2]],
  ["x >= 1", [0, 1, 2], [0, 1, 1]],
  ["x <= 1", [0, 1, 2], [1, 1, 0]],
  ["x == 1", [0, 1, 2], [0, 1, 0]],
  ["mod(x, 3)", [4, 5.5, -1], [1, 2.5, 2]],
  ["floor(x)", [1.5, -1.5], [1, -2]],
  ["x * pi", [1], [PI]],
]);

check("along the last axis", [
  ["softmax(x)", [0, 1], [1 / (1 + E), E / (1 + E)]],
  ["logsoftmax(x)", [0, 1], [-log(1 + E), 1 - log(1 + E)]],
  ["sum(x)", [1, 2, 3], 6],
  ["mean(x)", [1, 2, 6], 3],
  ["max(x)", [1, 6, 2], 6],
  ["min(x)", [1, 6, -2], -2],
  ["norm(x)", [3, 4], 5],
  ["argmax(x)", [3, 7, 7], 1],
  ["cumsum(x)", [1, 2, 3], [1, 3, 6]],
  ["cumprod(x)", [2, 3, -4], [2, 6, -24]],
  ["cummax(x)", [-3, -1, -2, 4, 4], [-3, -1, -1, 4, 4]],
  ["sort(x)", [2, -1, 2, 0], [-1, 0, 2, 2]],
  ["topk(x, 3)", [2, -1, 5, 0], [5, 2, 0]],
  [
    "sort(outer(x, x), axis = 0)",
    [2, -1],
    [
      [-2, -2],
      [4, 1],
    ],
  ],
  ["topk(outer(x, x), 1, axis = 0)", [2, -1, 1], [[4, 1, 2]]],
  ["logsumexp(x)", [0, 1000, 1000], 1000 + log(2)],
  ["logsumexp(outer(x, x), axis = 0)", [0, 1], [log(2), log(1 + E)]],
  ["layernorm(x)", [1, 3], [-1 / sqrt(1 + 1e-5), 1 / sqrt(1 + 1e-5)]],
  ["rmsnorm(x)", [1, 7], [1 / sqrt(25 + 1e-5), 7 / sqrt(25 + 1e-5)]],
  ["var(x)", [1, 2, 6], 14 / 3],
  ["std(x)", [1, 2, 6], sqrt(14 / 3)],
  ["std(x)", [2, 2], 0],
  ["var(outer(x, x), axis = 0)", [1, 3], [1, 9]],
  ["sum(outer(x, x), axis = 0)", [1, 2], [3, 6]],
  ["sum(outer(x, x), axis = 1)", [1, 2], [3, 6]],
  ["max(outer(x, 2 * x - 3), axis = 0)", [1, 3], [-1, 9]],
  ["max(outer(x, 2 * x - 3), axis = -1)", [1, 3], [3, 9]],
  [
    "softmax(outer(x, x), axis = 0)",
    [0, 1],
    [
      [0.5, 1 / (1 + E)],
      [0.5, E / (1 + E)],
    ],
  ],
]);

check("shapes", [
  ["x[1:3]", [5, 6, 7, 8], [6, 7]],
  ["x[:2]", [5, 6, 7], [5, 6]],
  ["x[2:]", [5, 6, 7], [7]],
  ["x[1]", [5, 6, 7], 6],
  ["x[0:1] + 1", [5, 6], [6]],
  ["x[1:H-1]", [5, 6, 7], [6]],
  ["concat(x, 2 * x, x[0:1])", [1, 2], [1, 2, 2, 4, 1]],
  [
    "reshape(x, [2, 2])",
    [1, 2, 3, 4],
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ["reshape(x, [2, 2]) @ x[0:2]", [1, 2, 3, 4], [5, 11]],
  ["x[0:2] @ reshape(x, [2, 2])", [1, 2, 3, 4], [7, 10]],
  [
    "transpose(reshape(x, [2, 2]))",
    [1, 2, 3, 4],
    [
      [1, 3],
      [2, 4],
    ],
  ],
  ["reshape(x, [2, 2])[0:1]", [1, 2, 3, 4], [[1], [3]]],
  ["reshape(x, [2, 2])[1]", [1, 2, 3, 4], [2, 4]],
  [
    "reshape(x, [2, 2]) + x[0:2]",
    [1, 2, 3, 4],
    [
      [2, 4],
      [4, 6],
    ],
  ],
  [
    "reshape(x, [2, 2]) @ reshape(x, [2, 2])",
    [1, 2, 3, 4],
    [
      [7, 10],
      [15, 22],
    ],
  ],
]);

check("linear algebra", [
  ["outer(x, x[0:1])", [2, 3], [[4], [6]]],
  ["dot(x, x)", [3, 4], 25],
  [
    "diag(x)",
    [3, 4],
    [
      [3, 0],
      [0, 4],
    ],
  ],
  [
    "eye(2)",
    [0],
    [
      [1, 0],
      [0, 1],
    ],
  ],
  ["eye(H) @ x", [3, 4], [3, 4]],
  ["range(3)", [0], [0, 1, 2]],
  ["x * range(H)", [5, 6, 7], [0, 6, 14]],
  ['einsum("i,i->", x, x)', [3, 4], 25],
  ['einsum("i,j->ji", x, x[0:1])', [2, 3], [[4, 6]]],
  ['einsum("ij,j->i", reshape(x, [2, 2]), x[0:2])', [1, 2, 3, 4], [5, 11]],
  [
    'einsum("ij->ji", reshape(x, [2, 2]))',
    [1, 2, 3, 4],
    [
      [1, 3],
      [2, 4],
    ],
  ],
  ['einsum("i,i,i->", x, x, x)', [3, 4], 91],
  ['einsum("i,j,k->jki", x, x[0:1], x[1:2])', [2, 3], [[[12, 18]]]],
  ['einsum("ij,jk,kl,l->i", reshape(x, [2, 2]), reshape(x, [2, 2]), eye(2), x[0:2])', [1, 2, 3, 4], [27, 59]],
  ['einsum("ij,k,ik->i", reshape(x, [2, 2]), x[2:4], reshape(x, [2, 2]))', [1, 2, 3, 4], [33, 175]],
  ['einsum("ij->i", reshape(x, [2, 2]))', [1, 2, 3, 4], [3, 7]],
  ['einsum("hij,hj->hi", reshape(x, [2, 1, 2]), reshape(x, [2, 2]))', [1, 2, 3, 4], [[5], [25]]],
  ["dot(reshape(x, [2, 2]), x[0:2])", [1, 2, 3, 4], [5, 11]],
]);

describe("several at once", () => {
  test("p, q = split(a, 2) names the halves, and the first names the weights", () => {
    const text = "cell C(H) {\n  input x\n  p, q = split(linear(x, out = 2*H), 2)\n  y = p - q\n  output y\n}";
    const results = evaluate(text, {
      inputs: { x: [[[1, 10]]] },
      sizes: { H: 1 },
      params: {
        "cell.p.x": [
          [1, 2],
          [3, 4],
        ],
        "cell.p.b": [0.5, 0],
      },
    });
    expectNear(results["output"]?.[0] ?? NaN, [[21.5 - 43]]);
    expectNear(results["value.q"]?.[0] ?? NaN, [[43]]);
  });
});

describe("constants", () => {
  test("const arithmetic is real, and a size must come out whole", () => {
    const text =
      "cell C(H, r = 0.5) {\n  input x\n  const half = H * r\n  const quarter = half / 2\n  y = x[0:half] * quarter\n  output y\n}";
    expectNear(evaluate(text, { inputs: { x: [[[1, 2, 3, 4]]] }, sizes: { H: 4 } })["output"]?.[0] ?? NaN, [[1, 2]]);
  });

  test("a name may be that of a function: `step * x` reads the name, `step(x)` calls the function", () => {
    const text = "cell C() {\n  input x, step\n  y = step * step(x)\n  output y\n}";
    expectNear(evaluate(text, { inputs: { x: [[[1, -1]]], step: [[[5, 6]]] } })["output"]?.[0] ?? NaN, [[5, 0]]);
  });
});

describe("norms have weights along their axis, which are called by the equation's name", () => {
  const normal = 1 / sqrt(1 + 1e-5);
  const scale = (k: number): number => k / sqrt(5 * k * k + 1e-5);
  const rows = [
    [10 * scale(1), 10 * scale(3)],
    [60 * scale(1), 60 * scale(3)],
  ];
  test.each([
    [
      "layernorm(x, gain = true, bias = true)",
      { "cell.n.gain": [2, 4], "cell.n.b": [1, -1] },
      [1 - 2 * normal, 4 * normal - 1],
    ],
    ["rmsnorm(outer(x, x), axis = 0, gain = true)", { "cell.n.gain": [10, 20] }, rows],
  ] as const)("%s with %j", (expression, params, expected) => {
    const text = `cell C(H) {\n  input x\n  n = ${expression}\n  output n\n}`;
    const results = evaluate(text, { inputs: { x: [[[1, 3]]] }, sizes: { H: 2 }, params });
    expectNear(results["output"] ?? [], [[expected]]);
  });
});
