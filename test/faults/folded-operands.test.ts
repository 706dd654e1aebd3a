// A value that is the same number everywhere keeps its axes, in every op: outside of loops and inside, with its gradient, through every
// pass. Each operand of every op of the table is made 0, 1 or another number in the ways that specs do (`0 * x`, a number repeated).
import { isType } from "../../src/graph/attributes.ts";
import { expect, test } from "vitest";
import { gradient } from "../../src/grad/gradient.ts";
import { data } from "../../src/graph/border.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { nameOfInput, type Attributes } from "../../src/graph/node.ts";
import { lowerVerified } from "../../src/compile.ts";
import { Builder } from "../../src/ops/builder.ts";
import type { OpRow } from "../../src/ops/row.ts";
import { ROWS } from "../../src/ops/table.ts";
import { symbol } from "../../src/shape/dim.ts";
import { parseType, shapeOf, timeOf, withoutTime, type Type } from "../../src/shape/type.ts";
import { drawn } from "../ops/arrays.ts";
import { SIZES, type Case } from "../ops/cases.ts";
import { operandName } from "../ops/gradient.ts";
import { casesOf, operandsOf } from "../ops/tasks.ts";
import { named, run, type Arrays } from "../support/run.ts";
import { differing } from "../support/stages.ts";

/** Ways to be one number: of `x`, or in its place. */
const FOLDED: readonly (readonly [string, (build: Builder, x: string) => string])[] = [
  ["0 * x", (build, x) => build.op("mul", [build.constant(0), x])],
  ["x * 0 + 1", (build, x) => build.op("add", [build.op("mul", [x, build.constant(0)]), build.constant(1)])],
  ["2.5 repeated", (build, x) => repeated(build, build.constant(2.5), x)],
];
const FOLDED_TOKEN: typeof FOLDED = [
  ["1 repeated", (build, x) => repeated(build, build.op("constant", [], { value: 1, integer: true }), x)],
];

function repeated(build: Builder, number: string, x: string): string {
  const type = build.type(x);
  return type.axes.length === 0 ? number : build.op("broadcast", [number], { type });
}

interface Folding {
  readonly row: OpRow;
  readonly types: readonly Type[];
  readonly attributes: Attributes;
  /** Operand `index` is what `fold` makes of it. */
  readonly index: number;
  readonly fold: (build: Builder, x: string) => string;
}

function folded({ row, attributes, index, fold }: Folding, build: Builder, operands: readonly string[]): string {
  return build.op(
    row.name,
    operands.map((operand, each) => (each === index ? fold(build, operand) : operand)),
    attributes,
  );
}

function outside(folding: Folding): Graph {
  const build = new Builder();
  const operands = folding.types.map((type, each) => build.input(data(operandName(each)), type));
  return build.finish("outside", new Map([["y", folded(folding, build, operands)]]));
}

/** The op in a loop, on one step of each sequence; a state takes in what it gives. */
function inside(folding: Folding): Graph {
  const build = new Builder();
  const inputs = folding.types.map((type, each) => build.input(data(operandName(each)), type));
  build.openScan(symbol("T"), false);
  const y = folded(
    folding,
    build,
    inputs.map((input) => build.local(input)),
  );
  const type = build.type(y);
  const [zero, start] = build.outermost(() => [build.constant(0), build.input(data("state"), floats(type))]);
  const state = build.state(start ?? y);
  const real = type.dtype === "int" ? build.op("float", [y]) : y;
  build.setNext(state, build.op("add", [build.op("tanh", [state]), build.op("add", [real, build.local(zero ?? y)])]));
  const indices = [real, build.op("mul", [real, state])].map((value) => build.emit(value));
  const closed = build.closeScan();
  const outputs = indices.map((index, each) => [`y${each}`, build.emitted(closed.id, index)] as const);
  return build.finish("inside", new Map([...outputs, ["last", closed.final(state)]]));
}

function floats({ axes }: Type): Type {
  return { dtype: "float", axes };
}

/** Ops of a whole sequence whose types do not say so. */
const OF_SEQUENCES: ReadonlySet<string> = new Set(["hold"]);

/** The op's attributes on one step of its operands; null where it is about time itself. Axes are counted from the right. */
function attributesAtOneStep({ row, types, attributes }: Folding): Attributes | null {
  if (OF_SEQUENCES.has(row.name)) return null;
  const attributesThere = withoutTimeIn(attributes, types);
  try {
    const { compare } = new Builder();
    const whole = row.type(types, attributes, compare);
    const step = row.type(types.map(withoutTime), attributesThere, compare);
    const hadTime = types.some((type) => timeOf(type) !== undefined);
    const isStep = timeOf(step) === undefined && step.axes.length === whole.axes.length - (hadTime ? 1 : 0);
    return isStep ? attributesThere : null;
  } catch {
    return null; // An axis of time is meant, and is not there.
  }
}

/** Only the labels of a product and the type of a repetition name the axis of time. */
function withoutTimeIn(attributes: Attributes, types: readonly Type[]): Attributes {
  const { left, right, out, type } = attributes;
  if (type !== undefined && isType(type)) return { ...attributes, type: withoutTime(type) };
  if (typeof left !== "string" || typeof right !== "string" || typeof out !== "string") return attributes;
  const of = types.findIndex((each) => timeOf(each) !== undefined);
  const label = of < 0 ? "" : ([left, right][of]?.[0] ?? "");
  return { left: left.replace(label, ""), right: right.replace(label, ""), out: out.replace(label, "") };
}

function valuesOf(graph: Graph, row: OpRow, one: Case): Arrays {
  const operands = new Map(operandsOf(row, one).map((operand, each) => [operandName(each), operand]));
  return new Map(
    graph.inputs().map((node, each) => {
      const name = nameOfInput(node);
      return [name, operands.get(name) ?? drawn(shapeOf(node.type, SIZES), 50 + each)] as const;
    }),
  );
}

/** Compiles with the gradient by everything, each stage verified; what comes out is what comes out without any pass, where that is finite. */
function expectCompiled(graph: Graph, row: OpRow, one: Case, title: string): void {
  const isFloat = (id: string): boolean => graph.node(id).type.dtype === "float";
  const request = {
    from: new Map(
      [...graph.outputs].flatMap(([name, id]) =>
        isFloat(id) ? [[name, { kind: "cotangent", of: name } as const]] : [],
      ),
    ),
    by: graph.inputs().flatMap((node) => (node.type.dtype === "float" ? [nameOfInput(node)] : [])),
  };
  const plain = gradient(graph, request);
  const optimised = lowerVerified(graph, request);
  const values = valuesOf(plain, row, one);
  const expected = run(plain, values, SIZES);
  const wrong = differing(run(optimised, values, SIZES), expected, 1e-9).filter((name) => isFinite(expected, name));
  expect(wrong, title).toEqual([]);
}

/** Divisions by 0 and logarithms of it are not compared. */
function isFinite(results: Arrays, name: string): boolean {
  return named(results, name).data.every((value) => Number.isFinite(value));
}

function foldingsOf(row: OpRow): readonly (readonly [title: string, one: Case, folding: Folding])[] {
  return casesOf(row).flatMap((one) =>
    one.operands.flatMap((text, index) =>
      (parseType(text).dtype === "int" ? FOLDED_TOKEN : FOLDED).map(([title, fold]) => {
        const types = one.operands.map(parseType);
        const folding: Folding = { row, types, attributes: one.attributes ?? {}, index, fold };
        return [`${one.title}, operand ${index} is ${title}`, one, folding] as const;
      }),
    ),
  );
}

for (const row of ROWS.filter((each) => foldingsOf(each).length > 0)) {
  test(`${row.name}: an operand that is one number keeps its axes`, () => {
    for (const [title, one, folding] of foldingsOf(row)) {
      expectCompiled(outside(folding), row, one, title);
      const attributes = attributesAtOneStep(folding);
      if (attributes !== null) expectCompiled(inside({ ...folding, attributes }), row, one, `${title}, in a loop`);
    }
  });
}
