// The arrows of pictures: all arrows of the shipped models at three steps, with cells open and folded, and each way to read a sequence.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { programOf } from "../../src/compile.ts";
import { DRAWN, pictureOf, type DrawOptions } from "../../src/draw/draw.ts";
import { constant } from "../../src/shape/dim.ts";
import { arrowsOf } from "../support/arrows.ts";
import { programFrom, shippedNamed } from "../support/specs.ts";

const FOLDER = "test/golden/pictures";

describe.each(["Classify", "Translate", "Caption", "Tag", "CharLM"])("%s at three steps", (name) => {
  const program = programOf(shippedNamed(name), new Map(), DRAWN);
  test.each([
    ["open", { steps: 3 }],
    ["folded", { steps: 3, isFolded: true, hasWeights: true }],
  ] as const)("%s: the arrows are as in the golden file", (form, options) => {
    const text = `${arrowsOf(pictureOf(program, options)).join("\n")}\n`;
    const file = join(FOLDER, `${name.toLowerCase()}-${form}.txt`);
    if (process.env["BLESS"] !== undefined) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, text);
    }
    expect(existsSync(file)).toBe(true);
    expect(text).toBe(readFileSync(file, "utf8"));
  });
});

const RNN = `
cell RNN(H) {
  input x
  state h: [H]
  h = tanh(linear(x, h[t-1]))
}
`;

function arrows(text: string, options: DrawOptions): readonly string[] {
  return arrowsOf(pictureOf(programFrom(text + RNN, DRAWN), options));
}

/** A model that predicts `y`, which is \`type\`, from \`from\`. */
function model(body: string, type: string, from: string): string {
  return `model M(H = 3) {\n  input x: seq [2]\n  target y: ${type}\n  ${body}\n  predict y from ${from}\n}\n`;
}

/** Arrows into the box with this title. */
function into(title: string, all: readonly string[]): readonly string[] {
  return all.filter((arrow) => new RegExp(`> ${title.replace(/[[\]()+]/g, "\\$&")}( @\\d+)?(   |$)`).test(arrow));
}

describe("which steps are read", () => {
  test.each([
    ["last", ["RNN(H): h[4] -> linear"]],
    ["first", ["RNN(H): h[1] -> linear"]],
    ["mean", ["mean -> linear"]],
  ])("`%s` of a sequence", (reduction, expected) => {
    const all = arrows(model("h = RNN(H)(x)", "[]", `linear(${reduction}(h), out = [])`), { steps: 4 });
    expect(into("linear", all)).toEqual(expected);
    if (reduction === "mean")
      expect(into("mean", all)).toEqual([1, 2, 3, 4].map((step) => `RNN(H): h[${step}] -> mean`));
  });

  test("`last` of both directions: the last step of one, the first step of the other", () => {
    const all = arrows(model("h = bidirectional(RNN(H))(x)", "[]", "linear(last(h), out = [])"), { steps: 3 });
    expect(into("linear", all)).toEqual(["RNN(H) →: h[3] -> linear", "RNN(H) ←: h[1] -> linear"]);
  });

  test("a delay of two steps; before the first step what it starts with", () => {
    const all = arrows(model("e = x[t-2] + x", "seq [2]", "e"), { steps: 3 });
    expect(all.filter((arrow) => arrow.includes("> e["))).toEqual([
      "x[-1] => e[1]",
      "x[1] -> e[1]",
      "x[0] => e[2]",
      "x[2] -> e[2]",
      "x[1] => e[3]",
      "x[3] -> e[3]",
    ]);
  });

  test("a cell that runs from the last step to the first starts behind the last one", () => {
    const all = arrows(model("h = reverse(RNN(H))(x)", "[]", "linear(first(h), out = [])"), { steps: 2 });
    expect(all.filter((arrow) => arrow.includes("=>"))).toEqual([
      "RNN(H) ←: h[2] => RNN(H) ←: h[1]",
      "h[3] => RNN(H) ←: h[2]",
    ]);
  });

  test("a memory is one box, which all steps lead to and each step reads", () => {
    const text = `
model M(H = 3) {
  input x: seq [2]
  input z: seq [2]
  target y: seq [2]
  predict y from Reader(H)(z, memory = x)
}
cell Reader(H) {
  input z
  memory memory: seq [2]
  state h: [2]
  h = softmax(memory @ z) @ memory + h[t-1]
}
`;
    const all = arrows(text, { steps: 2 });
    expect(all.filter((arrow) => arrow.includes("memory"))).toEqual([
      "x[1] -> memory",
      "x[2] -> memory",
      "memory -> Reader(H): h[1]",
      "memory -> Reader(H): h[2]",
    ]);
  });

  test("a state that is given reads the expression; one that is not starts with 0 or a learned value", () => {
    const picture = pictureOf(
      programFrom(
        `model M(H = 3) {
  input x: seq [2]
  input s: [4]
  target y: seq [3]
  predict y from Two(H)(x, a = tanh(linear(s, out = H)))
}
cell Two(H) {
  input x
  state a, b: [H]
  state c: [H] = param
  a = linear(x) + a[t-1]
  b = a + b[t-1]
  c = b + c[t-1]
  output c
}
`,
        DRAWN,
      ),
      { steps: 1 },
    );
    expect(arrowsOf(picture).filter((arrow) => /\[0\]|tanh/.test(arrow))).toEqual([
      "a[0] => Two(H): a[1]",
      "tanh -> a[0]",
      "b[0] => Two(H): b[1]",
      "c[0] => Two(H): c[1]",
      "s -> tanh",
    ]);
    const details = new Map([...picture.nodes.values()].map(({ title, detail }) => [title, detail] as const));
    expect(["a[0]", "b[0]", "c[0]"].map((title) => details.get(title))).toEqual(["", "0", "learned"]);
  });
});

describe("weights on arrows", () => {
  const options = { steps: 2, isFolded: true, hasWeights: true };

  test("W into a cell, U from the step before, V out of it: the same at each step", () => {
    const all = arrows(model("h = RNN(H)(x)", "seq []", "linear(h, out = [])"), options);
    expect(all.filter((arrow) => arrow.includes("RNN(H)"))).toEqual([
      "x[1] -> RNN(H) @1   (W)",
      "h[0] => RNN(H) @1   (U)",
      "x[2] -> RNN(H) @2   (W)",
      "RNN(H) @1 => RNN(H) @2   (U)",
      "RNN(H) @1 -> linear @1   (V)",
      "RNN(H) @2 -> linear @2   (V)",
    ]);
  });

  test.each([
    ["enc = RNN(H)", "enc(x)", "enc(z)", ["W", "W"]],
    ["q = 2 * z", "RNN(H)(x)", "RNN(H)(q)", ["W1", "W2"]],
  ])("%s: applications that share their weights have the same names", (before, one, other, expected) => {
    const text = `model M(H = 3) {
  input x: seq [2]
  input z: seq [2]
  target y: [3]
  ${before}
  predict y from last(${one}) + last(${other})
}
`;
    const all = arrows(text, { ...options, steps: 1 });
    expect(all.flatMap((arrow) => /-> RNN\(H\) @1 +\((W\d?)\)/.exec(arrow)?.slice(1) ?? [])).toEqual(expected);
  });

  test("a declared weight keeps its name, and each name is explained", () => {
    const cell = `cell Mapped(H) {\n  input x: [2]\n  param M: [2, H] ~ glorot\n  state h: [H]\n  h = tanh(x @ M) + h[t-1]\n}\n`;
    const picture = pictureOf(programFrom(cell, DRAWN), { steps: 1, hasWeights: true });
    expect(arrowsOf(picture)).toContain("Mapped: x[1] -> Mapped: h[1]   (M)");
    expect([...picture.names]).toEqual([["M", "cell.M"]]);
  });
});

describe("boxes", () => {
  test("a shortened equation is complete in the tooltip of its box", () => {
    const sum = "linear(x, h[t-1]) + 0.25 * linear(x, h[t-1]) + 0.5 * h[t-1]";
    const cell = `cell Long(H) {\n  input x\n  state h: [H]\n  h = tanh(${sum})\n}\n`;
    const picture = pictureOf(programFrom(cell, DRAWN), { steps: null });
    const box = [...picture.nodes.values()].find(({ title }) => title === "h");
    expect(box?.detail).toMatch(/…$/);
    expect(box?.tooltip).toBe(`h = tanh(${sum})`);
  });

  test("the layer in `predict … from linear(h)` has its box, and all steps meet in one loss", () => {
    const all = arrows(model("h = RNN(H)(x)", "seq []", "linear(h, out = [])"), { steps: 2 });
    expect(into("predict y[1]", all)).toEqual(["linear @1 -> predict y[1]", "y[1] ..> predict y[1]"]);
    expect(into("loss", all)).toEqual(["predict y[1] -> loss", "predict y[2] -> loss"]);
  });

  test("a parameter without a value is a name in the title, others have their values", () => {
    const program = programOf(shippedNamed("CharLM"), new Map([["H", constant(7)]]), DRAWN);
    expect(pictureOf(program, { steps: null }).title).toBe("model CharLM(E = 32, H = 7, layers = 1)");
    const cell = programOf(shippedNamed("LSTM"), new Map(), DRAWN);
    expect(pictureOf(cell, { steps: 1 }).title).toBe("cell LSTM(H), 1 step");
  });
});
