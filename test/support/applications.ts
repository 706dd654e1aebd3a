// Random wirings for tests about states: cells inside cells, stacks, both directions, weights that are shared and weights that are not,
// delays of states, of inputs, of parts. Every number is a function of the seed.
import { uniformAt } from "../../src/base/random.ts";

/** A model `M` whose input `x: seq [2]` predicts `y: seq [2]`, or whose `text` goes on. */
export interface Nesting {
  readonly numbers: string;
  readonly text: string;
}

class Draw {
  readonly #seed: number;
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  below(n: number): number {
    this.#count += 1;
    return Math.floor(n * uniformAt(this.#seed, "nesting", this.#count));
  }

  of(all: readonly string[]): string {
    return all[this.below(all.length)] ?? "";
  }
}

const CELLS = `
cell A(N) {
  input x: [N]
  param w: [N] ~ normal(0.5)
  state h: [N] = 0.3
  h = tanh(x + w + 0.7 * h[t-1])
}
cell B(N) {
  input x: [N]
  state h, c: [N] = 0.2
  c = tanh(0.6 * c[t-2] + linear(x[t-1], bias = 0.1) - 0.1 * sin(t))
  h = tanh(linear(x, h[t-1]) + c)
  output h, c
}`;

/** A cell that applies others: one named wiring more than once, cells of its own, and what they were one and two steps ago. */
function outerCell(draw: Draw, name: string, inner: readonly string[]): string {
  const wiring = (): string => stacked(draw, inner, false);
  return `
cell ${name}(N) {
  input x: [N]
  state h: [N] = 0.1
  w = ${wiring()}
  p = w(x)
  q = w(0.5 * p - x) + ${wiring()}(x)
  s = ${draw.of(inner)}(N)(${draw.of(["p", "q", "x"])})
  r = s.h[t-1] + 0.3 * s.h[t-2] + ${draw.of(inner)}(N)(q).h[t-1]
  h = tanh(0.4 * (p + q + r) + 0.5 * h[t-1])
}`;
}

function stacked(draw: Draw, cells: readonly string[], hasTwoWays: boolean): string {
  const cell = `${draw.of(cells)}(N)`;
  const two = `${draw.of(cells)}(N)`;
  const forms = [
    cell,
    `stack(${cell}, 2)`,
    `stack(${cell}, 2, shared = true)`,
    `stack(${cell}, 2, shared = true, residual = true)`,
    `stack(${cell}, ${two})`,
    `stack(stack(${draw.of(["A", "B"])}(N), 2, shared = true), 2)`,
    `stack(stack(${draw.of(["A", "B"])}(N), 2), 2, shared = true)`,
  ];
  return hasTwoWays ? `bidirectional(${draw.of(forms)})` : draw.of(forms);
}

function equations(draw: Draw, cells: readonly string[], hasTwoWays: boolean): string {
  const wiring = (): string => stacked(draw, cells, false);
  return `
  w = ${wiring()}
  a = w(e)
  b = w(0.5 * a) + w(e - a)
  c = (e |> ${wiring()} |> ${wiring()}) + a[t-1] - 0.2 * b[t-2]
  d = ${draw.of(cells)}(N)(c)
  f = d.h[t-2] + d.h[t-1] + ${draw.of(cells)}(N)(b).h[t-1]
  ${hasTwoWays ? `g = linear(${stacked(draw, cells, true)}(d + f), out = N)` : `g = ${wiring()}(d + f)`}`;
}

export function nesting(seed: number, hasTwoWays = false): Nesting {
  const draw = new Draw(seed);
  const cells = `${CELLS}${outerCell(draw, "C", ["A", "B"])}`;
  const body = equations(draw, ["A", "B", "C"], hasTwoWays);
  const model = (head: string, end: string): string => `model M(N = 2) {\n  ${head}${body}\n  ${end}\n}${cells}`;
  return {
    numbers: model("input x: seq [N]\n  target y: seq [N]\n  e = 0.5 * x", "predict y from g + b"),
    text: model("input text: seq char[V]\n  e = embed(text, N)", "predict text[t+1] from linear(g + b, out = V)"),
  };
}
