// The graph and its text: what is printed is read back the same, whatever names a user gives, and length overflows nothing.
import { describe, expect, test } from "vitest";
import { lower } from "../src/compile.ts";
import { data } from "../src/graph/border.ts";
import { Graph } from "../src/graph/graph.ts";
import { nameOfInput, type Node } from "../src/graph/node.ts";
import { printGraph } from "../src/graph/print.ts";
import { readGraph } from "../src/ops/read.ts";
import { Builder } from "../src/ops/builder.ts";
import { verifyGraph } from "../src/ops/verify.ts";
import { parseType } from "../src/shape/type.ts";
import { array, named, run, sizesOf, valuesFor } from "./support/run.ts";
import { CELLS, LAYOUTS, MODELS, programFrom, requestFor, shippedProgram } from "./support/specs.ts";

/** Without the places in sources, which the text leaves out. */
/** Without what only messages need: places in the spec. */
function bare(graph: Graph): readonly Node[] {
  return graph.all().map(({ span: _span, along: _along, ...node }) => node);
}

function expectInverse(graph: Graph, stage: string): void {
  const text = printGraph(graph);
  const back = readGraph(text);
  expect(printGraph(back), stage).toBe(text);
  expect(bare(back), stage).toEqual(bare(graph));
  expect([...back.outputs], stage).toEqual([...graph.outputs]);
  expect(back.name).toBe(graph.name);
}

describe("printGraph and readGraph invert, at every stage", () => {
  for (const [layout, options] of LAYOUTS) {
    for (const { name, definition } of [...CELLS, ...MODELS]) {
      test(`${name}, ${layout}`, () => {
        const program = shippedProgram(definition, options);
        expectInverse(program.graph, "graph");
        const isModel = definition.definition.kind === "model";
        lower(program.graph, requestFor(program, [isModel ? "loss" : "output"]), (stage, graph) =>
          expectInverse(graph, stage),
        );
      });
    }
  }

  test("a graph that is read back computes the same", () => {
    for (const { definition } of CELLS.slice(0, 3)) {
      const program = shippedProgram(definition, LAYOUTS[1][1]);
      const graph = lower(program.graph, requestFor(program, ["output"]));
      const sizes = sizesOf(graph);
      const inputs = valuesFor(graph, sizes);
      expect(run(readGraph(printGraph(graph)), inputs, sizes)).toEqual(run(graph, inputs, sizes));
    }
  });
});

describe("names", () => {
  const awkward = ["constructor", "toString", "hasOwnProperty", "valueOf", "prototype"];

  test.each(awkward)("an equation, a param and a state may be called %s", (name) => {
    const others = awkward.filter((each) => each !== name).slice(0, 2);
    const [param = "", state = ""] = others;
    const text = `cell C(H) {
      input x: [H]
      state ${state}: [H]
      param ${param}: [H] ~ ones
      ${name} = ${param} * x
      ${state} = ${name} + ${state}[t-1]
    }`;
    const program = programFrom(text);
    const graph = lower(program.graph, requestFor(program, ["output"]));
    expectInverse(graph, "late");
    const sizes = sizesOf(graph);
    const output = named(run(graph, valuesFor(graph, sizes), sizes), "output");
    expect(output.data.every(Number.isFinite)).toBe(true);
    expect(program.graph.outputs.has(`value.${name}`)).toBe(true);
  });

  test("a cell may be called constructor", () => {
    expect(programFrom("cell constructor() {\n  input x: []\n  state h: []\n  h = h[t-1] + x\n}").name).toBe(
      "constructor",
    );
  });
});

describe("a long chain", () => {
  const LENGTH = 3000;

  /** x → sin → + x → sin → + x …: as deep as it is long. */
  function chain(op: "sin" | "add"): Graph {
    const build = new Builder();
    const x = build.input(data("x"), parseType("float[batch B]"));
    let last = x;
    for (let index = 0; index < LENGTH; index++) {
      last =
        op === "sin" ? build.op("sin", [last]) : build.op("add", [last, build.op("mul", [x, build.constant(index)])]);
    }
    return build.finish("chain", new Map([["y", last]]));
  }

  test(`of ${LENGTH} ops is built, printed, read, differentiated and optimised without overflowing the stack`, () => {
    for (const op of ["sin", "add"] as const) {
      const graph = chain(op);
      expectInverse(graph, op);
      verifyGraph(graph, op);
      const full = lower(graph, { from: new Map([["y", { kind: "cotangent", of: "y" }]]), by: ["x"] });
      verifyGraph(full, op);
      const inputs = new Map(full.inputs().map((node) => [nameOfInput(node), array([0.5])]));
      const results = run(full, inputs, new Map([["B", 1]]));
      expect(named(results, "grad.x").data.every(Number.isFinite)).toBe(true);
    }
  });
});

describe("invalid text of a graph is refused", () => {
  test("an operand that does not precede its user", () => {
    expect(() => readGraph("graph g\n  n1 = sin n2 : float[]\n  n2 = constant value=1 : float[]\n")).toThrow(
      "internal: graph: n1 reads n2, which does not precede it",
    );
  });

  test("a line that is not a node", () => {
    expect(() => readGraph("graph g\n  n1 = sin( n2\n")).toThrow("internal: graph reader: cannot read: n1 = sin( n2");
  });

  test("an output that does not exist", () => {
    const graph = readGraph("graph g\n  n1 = constant value=1 : float[]\n  output n1   # y\n");
    expect(() => graph.output("z")).toThrow("internal: graph: no output z");
  });
});
