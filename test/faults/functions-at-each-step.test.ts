// In a model a function that keeps the shape acts at each step, along the last axis, as it does in a cell; the six reductions go over
// time; what else takes an axis away must say which. Nothing that acts at each step sees a later one.
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/base/diagnostic.ts";
import { check } from "../../src/compile.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { ROWS } from "../../src/ops/table.ts";
import { evaluate, expectNear } from "../support/evaluate.ts";
import { named, run, sizesOf, valuesFor, type Nested } from "../support/run.ts";
import { FULL, programFrom } from "../support/specs.ts";

const STEPS: Nested = [
  [1, 2, 4],
  [0, -1, 3],
];

/** Right to three places. */
const AT_EACH_STEP: Readonly<Record<string, readonly (readonly number[])[]>> = {
  softmax: [
    [0.042, 0.114, 0.844],
    [0.047, 0.017, 0.936],
  ],
  logsoftmax: [
    [-3.17, -2.17, -0.17],
    [-3.066, -4.066, -0.066],
  ],
  layernorm: [
    [-1.069, -0.267, 1.336],
    [-0.392, -0.981, 1.373],
  ],
  rmsnorm: [
    [0.378, 0.756, 1.512],
    [0, -0.548, 1.643],
  ],
  cumsum: [
    [1, 3, 7],
    [0, -1, 2],
  ],
  cumprod: [
    [1, 2, 8],
    [0, 0, 0],
  ],
  cummax: [
    [1, 2, 4],
    [0, 0, 3],
  ],
};
const OVER_TIME: Readonly<Record<string, readonly number[]>> = {
  last: [0, -1, 3],
  first: [1, 2, 4],
  sum: [1, 1, 7],
  mean: [0.5, 0.5, 3.5],
  max: [1, 2, 4],
  min: [0, -1, 3],
};
const { exp, log, sqrt } = Math;
/** Along the last axis of `[[3, 4, 0], [0, 0, 2]]`, and over the steps of `[[3, 4, 0], [4, 3, 2]]`. */
const MUST_BE_SAID: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
  norm: [
    [5, 2],
    [5, 5, 2],
  ],
  argmax: [
    [1, 2],
    [1, 0, 1],
  ],
  logsumexp: [
    [log(exp(3) + exp(4) + 1), log(2 + exp(2))],
    [log(exp(3) + exp(4)), log(exp(3) + exp(4)), log(1 + exp(2))],
  ],
  var: [
    [26 / 9, 8 / 9],
    [0.25, 0.25, 1],
  ],
  std: [
    [sqrt(26) / 3, sqrt(8) / 3],
    [0.5, 0.5, 1],
  ],
};

/** What is predicted from sequence `x` of the type `input`: `y` of the type `target`. */
function valueOf(call: string, input: string, target: string, x: Nested = STEPS): Nested {
  const text = `model M { input x: seq ${input}; target y: ${target}; predict y from ${call} }`;
  const element = target.endsWith("[3]") ? [0, 0, 0] : 0;
  const y = target.startsWith("seq") && typeof x !== "number" ? x.map(() => element) : element;
  return evaluate(text, { inputs: { x: [x], y: [y] } })["value.y"]?.[0] ?? [];
}

function rounded(value: Nested): Nested {
  return typeof value === "number" ? Math.round(value * 1000) / 1000 + 0 : value.map(rounded);
}

function said(body: string, type = "[3]"): readonly Diagnostic[] {
  return check({ name: "m.rec", text: `model M { input x: seq ${type}; ${body} }` }, loadFromDisk);
}

test("every function of the table that runs along an axis is among those below", () => {
  const named = ROWS.flatMap(({ language }) => (language?.kind === "along-axis" ? [language.name] : []));
  const known = [...Object.keys(AT_EACH_STEP), ...Object.keys(OVER_TIME), ...Object.keys(MUST_BE_SAID)];
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
});

describe.each(Object.entries(AT_EACH_STEP))("%s", (name, right) => {
  test("acts along the last axis of each step", () => {
    expect(rounded(valueOf(`${name}(x)`, "[3]", "seq [3]"))).toEqual(right);
    expectNear(valueOf(`${name}(x)`, "[3]", "seq [3]"), valueOf(`${name}(x, axis = -1)`, "[3]", "seq [3]"));
    expectNear(valueOf(`x |> ${name}`, "[3]", "seq [3]"), valueOf(`${name}(x)`, "[3]", "seq [3]"));
  });

  test("has the same result in a model and in a cell", () => {
    const cell = `cell C { input x: [3]; output y; y = ${name}(x) }`;
    expectNear(
      evaluate(cell, { inputs: { x: [STEPS] } })["output"]?.[0] ?? [],
      valueOf(`${name}(x)`, "[3]", "seq [3]"),
    );
  });

  test("of the first step does not change with later ones", () => {
    const alone = valueOf(`${name}(x)`, "[3]", "seq [3]", [[1, 2, 4]]);
    const before = valueOf(`${name}(x)`, "[3]", "seq [3]", [
      [1, 2, 4],
      [9, 9, -9],
      [3, 1, 2],
    ]);
    expectNear(alone, Array.isArray(before) ? before.slice(0, 1) : before);
  });

  test("runs along time if the spec says so", () => {
    const turned = valueOf(`${name}(x, axis = time)`, "[3]", "seq [3]");
    expect(rounded(turned)).not.toEqual(right);
    const column = valueOf(`${name}(x, axis = time)`, "[]", "seq []", [1, 0]);
    expectNear(
      column,
      Array.isArray(turned) ? turned.map((step: Nested) => (Array.isArray(step) ? step[0] : step)) : [],
    );
  });

  test("of a sequence of numbers has no axis, and the message says what to write", () => {
    const [first, ...rest] = said(`target y: seq []; predict y from ${name}(x)`, "[]");
    expect(rest).toEqual([]);
    expect([first?.code, first?.title, first?.help]).toEqual([
      "axis-of-sequence",
      `\`${name}\` has no axis here: each step of this sequence is one number`,
      `write \`${name}(…, axis = time)\` to go over time`,
    ]);
  });
});

test.each(Object.entries(OVER_TIME))("%s of a sequence goes over time", (name, right) => {
  expectNear(valueOf(`${name}(x)`, "[3]", "[3]"), right);
});

describe.each(Object.entries(MUST_BE_SAID))("%s", (name, [right, rightOver]) => {
  test("of a sequence needs its axis", () => {
    const [first, ...rest] = said(`target y: seq []; predict y from ${name}(x)`);
    expect(rest).toEqual([]);
    expect([first?.code, first?.title, first?.help]).toEqual([
      "axis-of-sequence",
      `\`${name}\` of a sequence needs an axis: it can go over time or along an axis of each step`,
      `write \`${name}(…, axis = -1)\` for each step, or \`axis = time\` for all steps together`,
    ]);
  });

  test("takes either axis if it is given", () => {
    const steps = valueOf(`${name}(x, axis = -1)`, "[3]", "seq []", [
      [3, 4, 0],
      [0, 0, 2],
    ]);
    const over = valueOf(`${name}(x, axis = time)`, "[3]", "[3]", [
      [3, 4, 0],
      [4, 3, 2],
    ]);
    expectNear(steps, right);
    expectNear(over, rightOver);
  });
});

test("layernorm of a cell's output is causal: the first step is the same whatever comes later", () => {
  const text = `
    use LSTM from "cells"
    model Sensor(H = 4) {
      input x: seq [4]
      target y: seq [3]
      h = layernorm(LSTM(H)(x))
      predict y from linear(h, out = 3)
    }`;
  const { graph } = programFrom(text, { ...FULL, states: "initial" });
  const sizes = sizesOf(graph);
  const inputs = valuesFor(graph, sizes);
  const x = named(inputs, "x");
  const later = new Map(inputs).set("x", {
    ...x,
    data: x.data.map((value, i) => (i < x.data.length / 4 ? value : -value)),
  });
  const [before, after] = [inputs, later].map((each) => named(run(graph, each, sizes), "value.y").data);
  const step = (before?.length ?? 0) / 4;
  expect(after?.slice(0, step)).toEqual(before?.slice(0, step));
  expect(after?.slice(step)).not.toEqual(before?.slice(step));
});
