// Specs that are finite at every real step of data above 0, but neither where padding is 0 nor at pairs that never occur together.
import { FORM_NAMES } from "../../src/lang/elaborate/forms.ts";
import { FUNCTION_NAMES } from "../../src/lang/elaborate/functions.ts";

/** How functions are called, but for those of one vector. `a`, `b` are [3], `q` a scalar, `W` [3, 3], `k` a token. */
const CALLS: Readonly<Record<string, string>> = {
  clamp: "clamp(a, 0.2, b)",
  where: "where(a > b, 1 / a, log(b))",
  min: "min(a, 1 / b) / min(a, axis = -1)",
  max: "max(1 / a, b) / max(a, axis = -1)",
  mod: "mod(1 / a, b)",
  softmax: "1 / softmax(a, axis = -1)",
  logsoftmax: "1 / logsoftmax(a, axis = -1)",
  layernorm: "layernorm(1 / a, axis = -1)",
  cumsum: "1 / cumsum(a, axis = -1)",
  cumprod: "1 / cumprod(a, axis = -1)",
  cummax: "1 / cummax(a, axis = -1)",
  logsumexp: "b / logsumexp(1 / a, axis = -1)",
  var: "a / var(a, axis = -1)",
  std: "a / std(1 / a, axis = -1)",
  rmsnorm: "rmsnorm(1 / a, axis = -1, gain = 1)",
  argmax: "b / (1 + argmax(a, axis = -1))",
  norm: "a / norm(a, axis = -1)",
  sum: "a / sum(b, axis = -1)",
  mean: "a / mean(b, axis = -1)",
  linear: "linear(1 / a, out = 3)",
  embed: "1 / square(embed(k, 3))",
  onehot: "onehot(k)",
  lookup: "1 / lookup(0.5 + eye(4), k)",
  transpose: "transpose(W) @ a",
  outer: "outer(1 / a, b) @ a",
  dot: "a / dot(a, b)",
  diag: "diag(a) @ b",
  concat: "concat(1 / a, b)",
  reshape: "reshape(1 / a, [3])",
  eye: "eye(3) @ a",
  range: "range(3) / a",
  ones: "ones(3) / a",
  zeros: "zeros(3) + 1 / a",
  shift: "shift(1 / a, 1) + shift(log(b), -2)",
  expand: "sum(expand(1 / a, axis = 0) * W + expand(b) / W, axis = 0) / max(a, axis = -1, keep = true)",
  inverse: "inverse([[2, 0, 1], [0, 1, 0], [1, 0, 1]]) @ (1 / a)",
  expm: "expm(range(3) * eye(3)) @ (1 / a)",
  dropout: "dropout(1 / a, 0.4) + dropout(b, 0.3, per = sequence)",
  zoneout: "zoneout(1 / a, b, 0.4)",
  normal: "normal([3], per = sequence) / a",
  uniform: "uniform([3], per = sequence) / a",
  gumbel: "gumbel([3], per = sequence) + 1 / a",
  topk: "topk(1 / a, 3) / b",
  conv: "conv(1 / a, 2, out = 3) + conv(1 / b, 3, out = 3, axis = 0)[:, 0]",
  einsum: 'einsum("ij,j->i", W, 1 / a)',
  stopgradient: "stopgradient(a) * b",
};

/** What does not act at one step, or gives no value; it stands in the applications below. */
const OTHER: ReadonlySet<string> = new Set([
  "first",
  "last",
  "stack",
  "bidirectional",
  "reverse",
  "split",
  "every",
  "pairs",
]);

const EXPRESSIONS: readonly string[] = [
  ...[...FUNCTION_NAMES, ...FORM_NAMES]
    .filter((name) => !OTHER.has(name))
    .map((name) => CALLS[name] ?? `${name}(1 / a)`),
  "[[2, 0, 1], [0, 1, 0], [1, 0, 1]] @ (1 / a)",
  "dropout(W, 0.4) @ a",
  "a + 1 / b",
  "a - log(b)",
  "a * b / q",
  "a ^ b",
  "-a / b",
  "sqrt(a) @ W",
  "(1 / a)[1:3]",
  "(1 / W)[1, :] + (W[:, 0] + concat(1 / W, W, axis = 0)[4, 0:3])",
  "(a > b) + (a < b) + (a >= b) + (a <= b) + (a == b)",
];

/** Several in one program: building one takes longer than running it. */
const GROUP = 5;

/** `u` grows by the input, `p` was the input: held behind the end, they would meet the last input once more. */
function inCell(expressions: readonly string[]): string {
  return `cell C(H) {
  input x: [3]
  input q: []
  input k: token[4]
  state h: [H]
  state u, p: [3]
  param W: [3, 3] ~ glorot
  a = x / q
  b = log(1 + square(x[t-1] - x) + square(W @ x) + q)
  u = 0.5 * u[t-1] + x
  p = x
  d = 0.1 / (x - p[t-1]) + log(u - 0.5 * u[t-1])
  ${equations(expressions)}
  h = tanh(linear(${names(expressions)}, d, h[t-1]))
  output h
}`;
}

function inModel(expressions: readonly string[]): string {
  return `model M(H = 3) {
  input x: seq [3]
  input q: seq []
  input k: seq token[4]
  target y: []
  param W: [3, 3] ~ glorot
  a = x / q
  b = log(1 + square(x[t-1] - x) + square(W @ x) + q)
  ${equations(expressions)}
  v = linear(${names(expressions)}, out = 3)
  h = C(H)(0.1 / (x - x[t-1]), v)
  predict y from linear(last(h), first(v), mean(v), sum(h), max(v), min(h), last(v[t-1]), out = [])
}
cell C(H) { input x, v; state h: [H]; h = tanh(linear(x, v, h[t-1])) }
`;
}

function equations(expressions: readonly string[]): string {
  return expressions.map((expression, index) => `v${index} = ${expression}`).join("\n  ");
}

function names(expressions: readonly string[]): string {
  return expressions.map((_, index) => `v${index}`).join(", ");
}

const GROUPS = Array.from({ length: Math.ceil(EXPRESSIONS.length / GROUP) }, (_, index) =>
  EXPRESSIONS.slice(index * GROUP, (index + 1) * GROUP),
);

/** Functions and operators at a step of a cell and of a model. */
export const FUNCTIONS: readonly (readonly [string, string])[] = GROUPS.flatMap((group) => [
  [`cell: ${group.join(", ")}`, inCell(group)] as const,
  [`model: ${group.join(", ")}`, inModel(group)] as const,
]);

const CELLS = `
cell C(H) { input x; state h: [H]; h = tanh(linear(0.1 / x, h[t-1])) }
cell Moving(H) { input x: [2]; state p: [2]; state h: [H]; p = x; h = tanh(linear(0.1 / (x - p[t-1]), h[t-1])) }
cell Below(H) { input x: [2]; state top: [2]; state h: [H]; top = top[t-1]; h = tanh(linear(log(1.001 + top[t-1] - x), h[t-1])) }
cell Held(H) { input x: [2]; state h: [H]; v = 1 / x; w = log(1 + v[t-1] + v[t-2]); h = tanh(linear(w, v, h[t-1])) }
cell Same(H) { input x; state h: [H]; param p: [H] ~ glorot; output v; h = tanh(p); v = h + sin(t) + 3 }
cell Dropped(H) { input x; state h: [H]; param U: [H, H] ~ glorot; h = tanh(dropout(U, 0.4) @ h[t-1] + linear(0.1 / x)) }
cell Attend(H) {
  input y
  memory m: seq [K]
  state h: [H]
  param W: [K, H] ~ glorot
  param g: [K] ~ ones
  a = softmax(1 / (m @ (1.5 + W @ h[t-1])))
  e = log(a) * norm(m, axis = -1) / cumsum(mean(square(m), axis = 1))
  l = layernorm(norm(m, axis = -1), axis = time) * logsoftmax(norm(m, axis = -1))
  h = tanh(linear(0.1 / y, a @ m + g * sum(e), sum(l) * y, einsum("s,sk->k", 1 / a, m), h[t-1]))
}`;

function applied(body: string): string {
  return `model M {
  input x, z: seq [2]
  input k: seq token[4]
  input c: [2]
  target y: []
  target s: seq []
  ${body}
}${CELLS}`;
}

/** Wirings, and what goes along a whole time. The second time of a model has the lengths of the first turned round. */
export const APPLICATIONS: readonly (readonly [string, string])[] = Object.entries({
  "both ways": "h = bidirectional(C(2))(x); predict y from linear(last(h), mean(1 / (2 + h)), out = [])",
  "right to left": "h = reverse(Moving(2))(x); predict y from linear(first(h), max(h), h.p |> last, out = [])",
  "a stack": "h = stack(Moving(2), 2, dropout = 0.3, residual = true)(x); predict y from linear(last(h), out = [])",
  "a pipe, delayed": "h = x |> C(2) |> Moving(2); predict y from linear(last(0.1 / (h - h[t-2])), sum(h), out = [])",
  "the last step's state goes on":
    "h = Moving(2)(x); g = C(2)(z, h = last(h)); predict y from linear(last(g), last(h), out = [])",
  "attention to another time":
    "h = Attend(2)(z, m = 1.5 + bidirectional(C(1))(x), h = tanh(c)); predict y from linear(last(h), out = [])",
  "attention to the same time": "h = Attend(2)(x, m = x); predict y from linear(mean(h), out = [])",
  "what an example has beside its steps":
    "h = Below(2)(z, top = c); predict y from linear(last(h), last(z / c), mean(concat(z, 1 / c)), out = [])",
  "what comes of all steps":
    "m = 1.001 + max(z); h = Below(2)(z, top = max(z)); predict y from linear(last(h), mean(log(m - z)), out = [])",
  "along time":
    "v = 1 / softmax(x, axis = time) + log(cumsum(x, axis = time)); w = layernorm(x, axis = time) + 1 / (1 - logsoftmax(x, axis = time)); h = Moving(2)(v); predict y from linear(last(h), last(w), mean(v), out = [])",
  "dropout of weights": "h = stack(Dropped(2), 2)(x); predict y from linear(last(h), last(h[t-1]), out = [])",
  "what is the same for all examples":
    "v = Same(2)(x); w = 1 / softmax(v, axis = time) + layernorm(v, axis = time) + log(cumsum(v, axis = time)); h = Attend(2)(z, m = v); predict y from linear(last(v), first(v), mean(v), sum(v), max(v), min(v), last(v.h), last(w), mean(v[t-1]), last(h), out = [])",
  tokens:
    "e = embed(k, 2); h = Moving(2)(e); g = C(2)(e[t-1] + 1 / e); predict y from linear(last(h), last(g), out = [])",
  "a prediction at each step":
    "h = C(2)(x); p, q = split(linear(h, 1 / x, out = 2), 2); predict s from sum(p / square(q), axis = -1)",
  "later steps":
    "v = 1 / (1 + x[t+1]) + log(1 + x[t+2] + x); h = C(2)(v); predict y from linear(last(h), mean(v), out = [])",
  "each second step":
    "v = every(1 / x, 2); h = C(2)(v); e = Attend(2)(z, m = 1.5 + h); w = pairs(log(1 + x)); g = reverse(C(2))(1 + w[t-1] + every(w, 1)); predict y from linear(last(h / v), mean(every(h, 3)), last(e), first(g), out = [])",
  convolutions:
    "u = conv(1 / x, 2, out = 2, stride = 2); v = conv(1 / (x - x[t-1]), 3, out = 2, dilation = 2); h = C(2)(v); g = C(2)(pairs(x)[0:2]); predict y from linear(mean(u), last(h), last(g), out = [])",
  "an equation that is delayed":
    "h = Held(2)(x); g = reverse(Held(2))(z); predict y from linear(last(h), first(g), mean(g.w), out = [])",
  "a part that is minimised":
    "h = Moving(2)(x); minimize mean(square(last(h))) weight = 0.1; minimize sum(mean(log(x))); predict y from linear(last(h), out = [])",
}).map(([name, body]) => [name, applied(body)] as const);
