// `recurra explain`: the class of every cell as its paper's equations have it, and costs that can be counted by hand.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { explainScans } from "../../src/analyse/explain.ts";
import { recurrenceOf } from "../../src/analyse/recurrence.ts";
import { explain, predictTime, type Explained } from "../../src/cli/explained.ts";
import { lower, open, programOf } from "../../src/compile.ts";
import type { ScopedDefinition } from "../../src/lang/scope.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { recurra, ROOT } from "../support/command.ts";
import { FULL, RAGGED, requestFor, shippedNamed } from "../support/specs.ts";

function defined(text: string): ScopedDefinition {
  const scope = open({ name: "test.rec", text }, loadFromDisk);
  return [...scope.definitions.values()].find((each) => each.scope === scope) ?? expect.fail(text);
}

/** A cell with states h, s and weights u [H], W [H, H], and these equations. */
function cellOf(...equations: readonly string[]): ScopedDefinition {
  const text = equations.join("\n");
  const used = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(text);
  const declared = [
    "state h: [H]",
    ...(used("s") ? ["state s: [H]"] : []),
    ...(used("u") ? ["param u: [H]"] : []),
    ...(used("W") ? ["param W: [H, H]"] : []),
    ...(used("V") ? ["param V: [H, H]"] : []),
  ];
  return defined(`cell C(H) {\n  input x\n${[...declared, ...equations].map((line) => `  ${line}\n`).join("")}}\n`);
}

function classesOf(definition: ScopedDefinition, options = FULL): string {
  const { graph } = programOf(definition, new Map(), options);
  return explainScans(graph)
    .flatMap((scan) =>
      scan.parts.map((part) => `${part.states.join("+")}:${part.class}${part.class === "A" ? part.stepwise : ""}`),
    )
    .join(" ");
}

describe("classes of the library", () => {
  const table = {
    GRU: "C",
    ResetBeforeGRU: "D",
    MGU: "D",
    MinGRU: "A",
    UGRNN: "C",
    LSTM: "C",
    PeepholeLSTM: "C",
    LEM: "D",
  };
  const more = {
    AntisymmetricRNN: "C",
    Dilated: "A",
    Hopfield: "C",
    RNN: "C",
    Jordan: "D",
    IndRNN: "B",
    AttentionDecoder: "D",
  };
  test.each(Object.entries({ ...table, ...more }))("%s: %s", (name, expected) => {
    expect(explain(shippedNamed(name), []).class).toBe(expected);
  });

  test.each([
    ["mut1", "D"],
    ["cornn", "C"],
    ["slstm", "C"],
  ])("test/cells/%s.rec: %s", (name, expected) => {
    expect(explain(defined(readFileSync(`${ROOT}/test/cells/${name}.rec`, "utf8")), []).class).toBe(expected);
  });
});

describe("classes by the way from state to state", () => {
  const table: readonly (readonly [string, readonly string[], string])[] = [
    ["a factor that does not look at the state", ["h = sigmoid(linear(x)) * h[t-1] + linear(x)"], "h:AB"],
    ["a choice by the input", ["h = where(linear(x) > 0, h[t-1], linear(x))"], "h:AB"],
    ["a quotient by the input", ["h = h[t-1] / exp(linear(x))"], "h:AB"],
    ["a stopped gradient changes no value", ["h = u * stopgradient(h[t-1]) + linear(x)"], "h:AB"],
    ["a factor that looks at the state", ["h = sigmoid(u * h[t-1]) * h[t-1] + linear(x)"], "h:B"],
    ["a step has no derivative, and is no linear map", ["h = step(h[t-1] + linear(x))"], "h:B"],
    ["a quotient by the state", ["h = linear(x) / (1 + h[t-1]^2)"], "h:B"],
    ["a matrix alone is linear", ["h = W @ h[t-1] + linear(x)"], "h:AC"],
    ["two matrices are, too", ["h = W @ (V @ h[t-1]) + linear(x)"], "h:AD"],
    ["a matrix and a function", ["h = tanh(W @ h[t-1] + linear(x))"], "h:C"],
    ["two matrices beside each other are one stage", ["h = tanh(W @ h[t-1]) * sigmoid(V @ h[t-1]) + linear(x)"], "h:C"],
    ["two matrices behind each other are two", ["h = W @ tanh(V @ h[t-1] + linear(x))"], "h:D"],
    ["a product of the state with itself", ["h = tanh(linear(x) * dot(h[t-1], h[t-1]))"], "h:C"],
    ["elements that meet in a mean", ["h = tanh(linear(x) + mean(h[t-1]))"], "h:C"],
    ["elements that move, linearly", ["h = concat(h[t-1][1:H], h[t-1][0:1]) + linear(x)"], "h:AC"],
    ["elements that move, and a function", ["h = tanh(concat(h[t-1][1:H], h[t-1][0:1]) + linear(x))"], "h:C"],
    [
      "what is behind a product and has no way back counts for nothing",
      ["y = W @ tanh(V @ h[t-1])", "h = u * h[t-1] + linear(x)"],
      "h:AB",
    ],
    [
      "states that do not feed back stand apart",
      ["s = 0.9 * s[t-1] + linear(x)", "h = tanh(W @ h[t-1] + s)"],
      "s:AB h:C",
    ],
    ["states that feed each other stand together", ["s = tanh(u * h[t-1] + linear(x))", "h = W @ s[t-1]"], "h+s:C"],
    ["a new state read at once makes two stages", ["s = tanh(W @ h[t-1] + linear(x))", "h = tanh(V @ s)"], "h:D s:AB"],
    ["the state of two steps ago", ["h = tanh(W @ h[t-2] + linear(x))"], "h+h[t-2]:C"],
  ];
  test.each(table)("%s", (_, equations, expected) => {
    const definition = cellOf(...equations);
    expect(classesOf(definition)).toBe(expected);
    expect(classesOf(definition, RAGGED)).toBe(expected);
  });

  test("an optimised graph has the class of the cell, and its backward scan is linear", () => {
    for (const [name, stepwise] of [
      ["LSTM", "C"],
      ["ResetBeforeGRU", "D"],
      ["IndRNN", "B"],
    ] as const) {
      const program = programOf(shippedNamed(name), new Map(), FULL);
      const graph = lower(program.graph, requestFor(program, ["output"]));
      const scans = graph.region(null).filter((node) => node.op === "scan");
      const found = scans.map((scan) => recurrenceOf(graph, scan));
      expect(
        found.map((each) => each.class),
        name,
      ).toEqual([explain(shippedNamed(name), []).class, "A"]);
      expect(
        found.map((each) =>
          each.parts
            .map((part) => part.stepwise)
            .sort()
            .at(-1),
        ),
        name,
      ).toEqual([stepwise, stepwise]);
    }
  });
});

describe("words", () => {
  const partOf = (name: string): Explained["scans"][number]["parts"][number] =>
    explain(shippedNamed(name), []).scans[0]?.parts[0] ?? expect.fail(name);

  test("name the weights on the way, and those that would have to go", () => {
    expect(partOf("ResetBeforeGRU").why).toBe(
      "2 stages of products for each step, each of which needs the one before: 1. `z.h`, `r.h`; 2. `n.arg2`",
    );
    expect(partOf("ResetBeforeGRU").cheaper).toContain("class C, if `n.arg2`");
    expect(partOf("IndRNN").cheaper).toContain("`relu` in `h`");
    expect(partOf("RNN").cheaper).toBe("class B, with a vector instead of each matrix on the state: `h.h`");
    expect(partOf("MinGRU").cheaper).toBeNull();
  });
});

describe("costs", () => {
  const sizes = [
    { name: "H", value: 8 },
    { name: "I", value: 4 },
  ];

  test("an RNN's by hand: two products, a sum, a bias, a function", () => {
    const { cost, weights } = explain(shippedNamed("RNN"), sizes);
    expect(weights.total).toBe(8 * 4 + 8 * 8 + 8);
    const products = 2 * (8 * 4 + 8 * 8);
    expect(cost.forward.flops).toBe(products + 3 * 8);
    // By the inputs' gradient nobody asked: δh = Uᵀδa, δU, δW; then δh + …, 1 - h², δa, and the bias' sum.
    const back = cost.backward ?? expect.fail("no gradient");
    expect(back.flops).toBeGreaterThanOrEqual(2 * (8 * 8 + 8 * 8 + 8 * 4));
    expect(back.flops).toBeLessThan(2 * (8 * 8 + 8 * 8 + 8 * 4) + 10 * 8);
  });

  test("an LSTM's products are most of it, and grow with the batch", () => {
    const one = explain(shippedNamed("LSTM"), []).cost.forward.flops;
    const many = explain(shippedNamed("LSTM"), [{ name: "B", value: 32 }]).cost.forward.flops;
    const products = 4 * 2 * (128 * 128 + 128 * 128);
    expect(one / products).toBeGreaterThan(1);
    expect(one / products).toBeLessThan(1.02);
    expect(many).toBe(32 * one);
  });
});

describe("recurra explain", () => {
  test("a step's time follows from its operations and the target's speeds", async () => {
    const explained = explain(shippedNamed("LSTM"), [{ name: "B", value: 8 }]);
    const { forward, backward, rates } = await predictTime(explained, "wasm");
    const { flops, products } = explained.cost.forward;
    expect(products).toBe(8 * 2 * 4 * (128 + 128) * 128);
    expect(forward).toBeCloseTo(1e6 * (products / rates.products + (flops - products) / rates.elements), 9);
    expect(backward).toBeGreaterThan(forward);
    // Slower than this is no generated kernel, faster no machine.
    expect(rates.products).toBeGreaterThan(1e9);
    expect(rates.products).toBeLessThan(1e13);
    expect(rates.elements).toBeGreaterThan(1e7);
    expect(rates.elements).toBeLessThan(1e12);
  });

  test("as text and as JSON", async () => {
    const text = await recurra("explain", "specs/cells/lstm.rec", "--set", "H=64", "--set", "I=32");
    expect([text.code, text.err]).toEqual([0, ""]);
    expect(text.out).toMatch(/^LSTM: class C\n {2}h, c: class C\n/);
    expect(text.out).toContain("a step, at B = 1, I = 32, H = 64:");
    const json = await recurra("explain", "specs/models/translate.rec", "--json");
    expect(JSON.parse(json.out)).toMatchObject({ name: "Translate", kind: "model", class: "D", predicted: null });
    const again = await recurra("explain", "specs/models/translate.rec", "--json");
    expect(again.out).toBe(json.out);
  });

  test("the time of a step: always as text, as JSON only when it is asked for", async () => {
    const [text, json] = await Promise.all([
      recurra("explain", "specs/cells/rnn.rec", "--cell", "RNN"),
      recurra("explain", "specs/cells/rnn.rec", "--cell", "RNN", "--json", "--measure"),
    ]);
    expect(text.out).toMatch(/^ {2}predicted on wasm: forward .+ µs/m);
    expect(JSON.parse(json.out)).toMatchObject({ predicted: { target: "wasm", forward: expect.any(Number) } });
  });

  test("whether --unroll auto unrolls, by target and length, and why; `emit` does what it says", async () => {
    const short = await recurra("explain", "specs/cells/lstm.rec", "--target", "tfjs-cpu", "--length", "3");
    expect(short.out).toMatch(/\n\nunrolling on tfjs-cpu: full\n {2}the length is always 3: .+\n$/);
    const open = await recurra("explain", "specs/cells/lstm.rec");
    expect(open.out).toMatch(/\n\nunrolling on wasm: none\n {2}the loop itself costs next to nothing.+\n$/);
    const json = await recurra("explain", "specs/cells/lstm.rec", "--target", "reference", "--length", "64", "--json");
    expect(JSON.parse(json.out)).toMatchObject({
      unrolling: { target: "reference", length: 64, choice: "none", why: expect.stringContaining("the loop itself") },
    });
    const [written, kept] = await Promise.all(
      ["3", "64"].map((length) =>
        recurra("emit", "--stage", "final", "--unroll", "auto", "--length", length, "specs/cells/lstm.rec"),
      ),
    );
    expect(written?.out).not.toContain("scan");
    expect(kept?.out).toContain("scan");
    const { code, err } = await recurra("explain", "specs/cells/lstm.rec", "--target", "gpu");
    expect([code, err.startsWith("error: there is no target `gpu`; there are reference, ")]).toEqual([1, true]);
  });

  test("an unknown size is refused with the known ones", async () => {
    const { code, err } = await recurra("explain", "specs/cells/lstm.rec", "--set", "Q=3");
    expect([code, err]).toEqual([1, "error: `LSTM` has no parameter or size `Q`; it has H, B, I\n"]);
  });
});
