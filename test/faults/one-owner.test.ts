// Each weight has one owner: equal names are numbered, and a weight that is declared at one place is never used at another.
import { describe, expect, test } from "vitest";
import { evaluate, expectNear } from "../support/evaluate.ts";
import { nesting } from "../support/nestings.ts";
import { FULL, programFrom } from "../support/specs.ts";
import { nameOfInput } from "../../src/graph/node.ts";

const PROGRAMS = 80;

function weightsOf(text: string): readonly string[] {
  return programFrom(text, { ...FULL, states: "initial" }).parameters.map(({ name }) => name);
}

test(`${PROGRAMS} random nestings have as many weights as their text declares, each with a name of its own`, () => {
  for (let seed = 0; seed < PROGRAMS; seed++) {
    const { text, weights } = nesting(seed);
    const names = weightsOf(text);
    expect({ weights: names.length, names: new Set(names).size }, text).toEqual({ weights, names: weights });
  }
});

describe("a cell's param and the bias of the `linear` round it", () => {
  const text = (name: string): string => `
    model M(H = 3) {
      input x: seq [2]
      target y: seq [3]
      predict y from x |> Leaky(H) |> linear(out = 3)
    }
    cell Leaky(H) {
      input x: [2]
      state h: [H]
      param ${name}: [H] ~ constant(0.5)
      h = 0.5 * h[t-1] + tanh(linear(x, bias = false) + ${name})
    }`;

  test("are two weights, the later one numbered", () => {
    expect(weightsOf(text("b"))).toEqual(["y.b", "y.h.x", "y.arg1", "y.b2"]);
    expect(weightsOf(text("c"))).toEqual(["y.c", "y.h.x", "y.arg1", "y.b"]);
  });

  test("each has its own value: y = W tanh(0.5) + b", () => {
    const params = {
      "y.b": [0.5, 0.5, 0.5],
      "y.arg1": [
        [1, 0, 0],
        [0, 2, 0],
        [0, 0, 3],
      ],
      "y.b2": [10, 20, 30],
    };
    const { "value.y": y } = evaluate(text("b"), { inputs: { x: [[[0, 0]]], y: [[[0, 0, 0]]] }, params });
    expectNear(y ?? [], [[[1, 2, 3].map((factor) => factor * Math.tanh(0.5) + 10 * factor)]]);
  });

  test("inside a cell too", () => {
    const inside = `
      cell Out(H) {
        input x: [2]
        state h: [H]
        h = tanh(linear(In(H)(x), h[t-1]))
      }
      cell In(H) {
        input x: [2]
        state s: [H]
        param b: [H]
        s = 0.5 * s[t-1] + linear(x, bias = false) + b
      }`;
    expect(weightsOf(inside)).toEqual(["cell.h.b", "cell.h.s.x", "cell.h.arg1", "cell.h.h", "cell.h.b2"]);
  });
});

/** By what meets: the weights in order, the later one of a name numbered. */
const MEETINGS: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "an equation `linear` of a cell and a `linear` in its arguments",
    `model M { input x: seq [2]; target y: seq [2]; d = C(linear(x, out = 2)); predict y from d }
     cell C { input x: [2]; state h: [2]; linear = linear(x, out = 2); h = linear + h[t-1] }`,
    ["d.linear.x", "d.linear.b", "d.linear.x2", "d.linear.b2"],
  ],
  [
    "two lines of `minimize`",
    `model M { input x: seq [2]; minimize mean(linear(last(x), out = [1]), axis = 0); minimize mean(linear(last(x), out = [1]), axis = 0) }`,
    ["minimize.arg1", "minimize.b", "minimize.arg12", "minimize.b2"],
  ],
  [
    "a second prediction of `y` and an equation `y2`",
    `model M { input x: seq [2]; target y: seq [2]; y2 = linear(x, out = 2); predict y from y2; predict y from linear(x, out = 2) }`,
    ["y2.x", "y2.b", "y2.x2", "y2.b2"],
  ],
  [
    "an equation `state` of a model, which is no state",
    `model M { input x: seq [2]; target y: seq [2]; state = linear(x, out = 2); predict y from state }`,
    ["state2.x", "state2.b"],
  ],
];

test.each(MEETINGS)("%s", (_, text, names) => {
  expect(weightsOf(text.replace("d = C(", "d = C()(")).toSorted()).toEqual(names.toSorted());
});

describe("a set of weights is shared if the program says so", () => {
  const model = (lines: string): string => `
    model M {
      input x: seq [2]
      target y: seq [2]
      ${lines}
    }
    cell C { input x: [2]; state h: [2] = param; h = tanh(linear(x, h[t-1])) }`;
  const own = ["h.h.initial", "h.h.x", "h.h.h", "h.h.b"];

  test("a named wiring that is applied twice, by another name too", () => {
    const names = weightsOf(model("h = C(); g = h; a = h(x); b = g(a); predict y from b + h(b)"));
    expect(names).toEqual(["h.h.initial", "h.h.x", "h.h.h", "h.h.b"]);
  });

  test("a stack with `shared = true`", () => {
    expect(weightsOf(model("h = stack(C(), 3, shared = true)(x); predict y from h"))).toEqual(own);
  });

  test("an application whose states are given shares its cell's other weights", () => {
    const names = weightsOf(model("h = C(); a = h(x, h = last(x)); predict y from h(a)"));
    expect(names.toSorted()).toEqual(own.toSorted());
  });

  test("a weight that is read by its name, numbered or not", () => {
    const text = `
      model M { input k: seq token[3]; input x: seq [2]; target y: seq [2]; e = embed(k, 2) + C()(x); predict y from e @ e.table2 }
      cell C { input x: [2]; state h: [2]; param table: [2, 2]; h = table @ x + h[t-1] }`;
    expect(weightsOf(text)).toEqual(["e.table", "e.table2"]);
  });
});

test.each(["rate", "step", "fresh", "cut"])("an input and a param may be called `%s`", (name) => {
  const options = { ...FULL, states: "carried" } as const;
  const text = (line: string): string =>
    `model M { input x: seq [2]; ${line}; predict x[t+1] from linear(x, ${name}, out = 2) }`;
  for (const line of [`input ${name}: seq [2]`, `param ${name}: [2]`]) {
    const inputs = programFrom(text(line), options).graph.inputs().map(nameOfInput);
    expect(inputs.filter((each) => each === name)).toEqual([name]);
  }
});
