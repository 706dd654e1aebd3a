// `recurra grad`: the printed equations, worked out step by step from their text, give the gradient of the reference.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { gradientEquations, type GradientEquations } from "../../src/analyse/equations.ts";
import { equationsAsLatex, equationsAsText } from "../../src/analyse/notation.ts";
import { open, programOf } from "../../src/compile.ts";
import { gradient } from "../../src/grad/gradient.ts";
import { nameOfInput } from "../../src/graph/node.ts";
import type { Program } from "../../src/lang/elaborate/program.ts";
import type { ScopedDefinition } from "../../src/lang/scope.ts";
import { loadFromDisk } from "../../src/shipped/specs.ts";
import { at } from "../../src/base/invariant.ts";
import type { NdArray } from "../../src/ops/nd.ts";
import { recurra, ROOT } from "../support/command.ts";
import { named, run, sizesOf, valuesFor, type Arrays } from "../support/run.ts";
import { CELLS, differentiable, FULL } from "../support/specs.ts";
import { add, evaluate, linesIn, matrix, type Matrix, type Values } from "./equations.ts";

/** Both sides are float64; sums are taken in other orders. */
const EXACT = 1e-11;

function definitionIn(file: string): ScopedDefinition {
  const source = { name: file, text: readFileSync(`${ROOT}/test/cells/${file}`, "utf8") };
  return [...open(source, loadFromDisk).definitions.values()][0] ?? expect.fail(file);
}

function programOfCell(definition: ScopedDefinition): Program {
  return programOf(definition, new Map(), FULL);
}

function equationsOf({ graph }: Program): GradientEquations {
  return gradientEquations(graph, ({ type }) => type.dtype === "float") ?? expect.fail("not one loop");
}

/** Step t of example b of an array [T, B, …], as a column or a matrix; an initial state has no time. */
function part(array: NdArray, index: readonly [number, number] | readonly [number]): Matrix {
  const own = array.shape.slice(index.length);
  const count = own.reduce((a, b) => a * b, 1);
  const [b, t] = index.length === 1 ? [index[0], 0] : [index[1], index[0]];
  const start = (index.length === 1 ? b : t * at(array.shape, 1, "test") + b) * count;
  return shaped(own, array.data.subarray(start, start + count));
}

function shaped(shape: readonly number[], data: Float64Array): Matrix {
  const [rows = 1, columns = 1] = shape;
  return matrix(rows, columns, (i, j) => data[i * columns + j] ?? NaN);
}

interface Found {
  readonly weights: Values;
  /** By input, step and example. */
  readonly inputs: ReadonlyMap<string, Matrix>;
  readonly initial: ReadonlyMap<string, Matrix>;
}

type Edit = (text: string) => string;

/** Goes through time with nothing but the printed text and what its comments say. */
function byHand(program: Program, inputs: Arrays, cotangent: NdArray, edit: Edit): Found {
  const equations = equationsOf(program);
  const [forward = "", backward = ""] = edit(equationsAsText(equations)).split("\n\n");
  const [T, B] = [at(cotangent.shape, 0, "test"), at(cotangent.shape, 1, "test")];
  const found = {
    weights: new Map<string, Matrix>(),
    inputs: new Map<string, Matrix>(),
    initial: new Map<string, Matrix>(),
  };
  const sizes = sizesOf(program.graph);
  const names = equations.graph.region(null).filter((node) => node.op === "input");
  const states = names
    .filter(({ input }) => input?.kind === "symbol" && input.is === "state")
    .map((node) => nameOfInput(node));
  const fixed: Values = new Map([...sizes].map(([name, value]) => [name, matrix(1, 1, () => value)]));
  for (const name of equations.weights) {
    const array = inputs.get(`cell.${name}`) ?? expect.fail(name);
    fixed.set(name, shaped(array.shape, array.data));
  }
  const initialOf = (state: string, b: number): Matrix => {
    const array = inputs.get(`state.cell.${state.replace(/\[.*/, "")}`);
    const size = names.find((node) => nameOfInput(node) === state)?.type.axes.at(-1)?.size;
    const width = size?.terms[0]?.powers[0]?.[0] ?? "H";
    return array === undefined ? matrix(sizes.get(width) ?? 1, 1, () => 0) : part(array, [b]);
  };
  for (let b = 0; b < B; b++) {
    const steps: Values[] = [];
    for (let t = 0; t < T; t++) {
      const now: Values = new Map(fixed);
      for (const input of program.inputs) now.set(input.name, part(named(inputs, input.name), [t, b]));
      for (const state of states) {
        const [, name = "", back = ""] = /^(.*)\[t-(\d+)\]$/.exec(state) ?? [];
        const before = t - Number(back);
        now.set(state, before < 0 ? initialOf(state, b) : (steps[before]?.get(name) ?? expect.fail(name)));
      }
      for (const { target, text } of linesIn(forward)) now.set(target, evaluate(text, now));
      steps.push(now);
    }
    let next: Values = new Map();
    for (let t = T - 1; t >= 0; t--) {
      const now: Values = new Map(steps[t]);
      for (const start of equations.starts) {
        const states = start.from.flatMap((each) => /^(.*) of the next step$/.exec(each)?.[1] ?? []);
        const handed = states.flatMap((state) => next.get(state) ?? []);
        const hasOutput = start.from.includes("the output's gradient");
        const all = [...(hasOutput ? [part(cotangent, [t, b])] : []), ...handed];
        const shape = steps[t]?.get(start.target.slice(1)) ?? expect.fail(start.target);
        now.set(
          start.target,
          all.reduce(
            add,
            matrix(shape.rows, shape.columns, () => 0),
          ),
        );
      }
      for (const { target, adds, text } of linesIn(backward)) {
        const value = evaluate(text, now);
        const name = target.slice(1);
        if (equations.weights.has(name)) found.weights.set(name, add(found.weights.get(name), value));
        else now.set(target, adds ? add(now.get(target), value) : value);
      }
      for (const input of program.inputs) {
        const each = now.get(`δ${input.name}`);
        if (each !== undefined) found.inputs.set(`${input.name} ${t} ${b}`, each);
      }
      next = now;
    }
    for (const state of states) {
      const name = state.replace(/\[.*/, "");
      const each = next.get(`δ${state}`);
      // What a step further back starts from is the same first state.
      if (each !== undefined) found.initial.set(`${name} ${b}`, add(found.initial.get(`${name} ${b}`), each));
    }
    for (const start of equations.starts.filter(({ target }) => target.endsWith("]")))
      expect(states).toContain(start.target.slice(1));
  }
  return found;
}

function expectSame(title: string, actual: Matrix, expected: Matrix): void {
  expect([actual.rows, actual.columns], title).toEqual([expected.rows, expected.columns]);
  const scale = Math.max(1e-3, ...expected.data.map(Math.abs));
  const apart = actual.data.map((value, i) => Math.abs(value - (expected.data[i] ?? NaN)));
  expect(Math.max(...apart) / scale, title).toBeLessThan(EXACT);
}

function expectGradient(program: Program, edit: Edit = (text) => text): void {
  const by = differentiable(program);
  const graph = gradient(program.graph, { from: new Map([["output", { kind: "cotangent", of: null }]]), by });
  const sizes = sizesOf(graph);
  const inputs = valuesFor(graph, sizes);
  const expected = run(graph, inputs, sizes);
  const found = byHand(program, inputs, named(inputs, "cotangent"), edit);
  expect(found.weights.size).toBe(program.parameters.length);
  for (const [name, actual] of found.weights) {
    const array = named(expected, `grad.cell.${name}`);
    expectSame(name, actual, shaped(array.shape, array.data));
  }
  for (const [key, actual] of found.inputs) {
    const [name = "", t, b] = key.split(" ");
    expectSame(key, actual, part(named(expected, `grad.${name}`), [Number(t), Number(b)]));
  }
  for (const [key, actual] of found.initial) {
    const [name = "", b] = key.split(" ");
    const array = expected.get(`grad.state.cell.${name}`);
    if (array !== undefined) expectSame(key, actual, part(array, [Number(b)]));
  }
  expect(found.inputs.size).toBeGreaterThan(0);
}

/** These need what the little evaluator lacks: memories beside a batch, choices. */
const LEFT_OUT = ["AttentionDecoder", "AdditiveDecoder", "LocationSensitiveDecoder", "Hopfield"];

describe(`the printed equations give the reference's gradient within ${EXACT}`, () => {
  const cells = CELLS.filter(({ name }) => !LEFT_OUT.includes(name));
  test.each(cells)("$name", ({ definition }) => expectGradient(programOfCell(definition)));

  test.each(["mut1.rec", "cornn.rec", "slstm.rec"])("test/cells/%s", (file) =>
    expectGradient(programOfCell(definitionIn(file))),
  );

  test("a state read from two steps back", () => {
    const text = "cell A(H) {\n  input x\n  state h: [H]\n  h = tanh(linear(x, h[t-1], h[t-2]))\n}\n";
    const scope = open({ name: "test.rec", text }, loadFromDisk);
    expectGradient(programOfCell(scope.definitions.get("A") ?? expect.fail("A")));
  });

  test.each([
    ["δo = δh * tanh(c)", "δo = δh * c"],
    ["δc += δh", "δc += -δh"],
    ["δc[t-1] = δc * f", "δc[t-1] = δc"],
    ["δf.h += δa_f @ h[t-1]ᵀ", "δf.h += δa_i @ h[t-1]ᵀ"],
    ["(1 - g^2)", "(1 - g)"],
  ])("and a wrong one does not: %s as %s", (right, wrong) => {
    const lstm = CELLS.find(({ name }) => name === "LSTM")?.definition ?? expect.fail("LSTM");
    const edit = (text: string): string => {
      expect(text).toContain(right);
      return text.replace(right, wrong);
    };
    expect(() => expectGradient(programOfCell(lstm), edit)).toThrow(/less than/);
  });

  test("the omitted equations are those of the spec", () => {
    expect(CELLS.map(({ name }) => name)).toEqual(expect.arrayContaining(LEFT_OUT));
  });
});

describe("as a person would write them", () => {
  const textOf = (name: string): string =>
    equationsAsText(
      equationsOf(programOfCell(CELLS.find((each) => each.name === name)?.definition ?? expect.fail(name))),
    );

  test("the LSTM's", () => {
    const text = textOf("LSTM");
    for (const line of [
      "# δh begins as the output's gradient plus δh[t-1] of the next step",
      "δc += δh * o * (1 - tanh(c)^2)",
      "δo = δh * tanh(c)",
      "δa_f = δf * f * (1 - f)",
      "δf.h += δa_f @ h[t-1]ᵀ",
      "δc[t-1] = δc * f",
    ])
      expect(text.split("\n")).toContain(line);
  });

  test("LaTeX: braces, environments and `&` pair up, and nothing of the text's notation is left", async () => {
    const { code, out, err } = await recurra("grad", "specs/cells/lstm.rec", "--cell", "LSTM", "--latex");
    expect([code, err]).toEqual([0, ""]);
    const body = out.replace(/^%.*$/gm, "");
    expect(body.split("{").length).toBe(body.split("}").length);
    expect(body.match(/\\left/g)?.length).toBe(body.match(/\\right/g)?.length);
    expect(out).toContain("\\delta W_{f,h} & \\mathrel{+}= \\delta a^{f}_{t} \\, {h_{t-1}}^{\\top}");
    expect(body).not.toMatch(/[*@ᵀδ]|\[t/u);
    for (const line of body.split("\n").filter((each) => each.includes("&"))) expect(line.split("&").length).toBe(2);
  });

  test("LaTeX has as many equations as the text, for every cell", () => {
    for (const { name, definition } of CELLS) {
      const equations = gradientEquations(programOfCell(definition).graph, ({ type }) => type.dtype === "float");
      if (equations === null) continue;
      const count = equationsAsLatex(equations)
        .split("\n")
        .filter((line) => line.includes(" & ")).length;
      expect(count, name).toBe(equations.forward.length + equations.backward.length);
    }
  });

  test("a model that has no single step is refused in a sentence", async () => {
    const args = ["examples/textbook/signals.rec", "--model", "Emotion"];
    expect(await recurra("grad", ...args)).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringContaining("has no single step to print"),
    });
  });
});
