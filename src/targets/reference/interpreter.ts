// A plain interpreter of graphs. Shapes are computed once for a set of sizes, not at every step.
// Nodes of a scan's body that depend on invariants only are computed once in each run.
import { UserError } from "../../base/diagnostic.ts";
import { at, fail, lookup } from "../../base/invariant.ts";
import type { Graph } from "../../graph/graph.ts";
import { indexOf, nameOfInput, portKind, scanAttributes, type Node, type OpName } from "../../graph/node.ts";
import { runContext } from "../../ops/concrete.ts";
import { countOf, zeros, type NdArray } from "../../ops/nd.ts";
import type { OpRow, RunContext } from "../../ops/row.ts";
import { rowOf } from "../../ops/table.ts";
import { evaluateDim, type Sizes } from "../../shape/dim.ts";
import { printType, shapeOf } from "../../shape/type.ts";
import type { Executable } from "../target.ts";

const STAGE = "reference";

type Values = Map<string, NdArray>;

/** What another arithmetic makes of a result of an op, as `Math.fround` does for float32. */
export type Round = (value: number, op: OpName) => number;

interface Evaluation {
  readonly id: string;
  readonly op: OpName;
  readonly row: OpRow;
  readonly operands: readonly string[];
}

/** A scan's body, by when its nodes are computed. */
interface Body {
  readonly ports: readonly Node[];
  /** Once a run: nodes that depend on invariants only. */
  readonly once: readonly Evaluation[];
  readonly eachStep: readonly Evaluation[];
  readonly yields: readonly string[];
}

function evaluation(node: Node): Evaluation {
  return { id: node.id, op: node.op, row: rowOf(node.op), operands: node.operands };
}

function bodyOf(graph: Graph, scan: string): Body {
  const nodes = graph.region(scan);
  const result = nodes.find((node) => node.op === "yield") ?? fail(STAGE, `the scan ${scan} yields nothing`);
  const ports = nodes.filter((node) => node.op === "port");
  const invariant = new Set(ports.filter((port) => portKind(port) === "invariant").map((port) => port.id));
  const rows = nodes.filter((node) => node.op !== "port" && node.op !== "yield");
  for (const node of rows) if (node.operands.every((operand) => invariant.has(operand))) invariant.add(node.id);
  return {
    ports,
    once: rows.filter((node) => invariant.has(node.id)).map(evaluation),
    eachStep: rows.filter((node) => !invariant.has(node.id)).map(evaluation),
    yields: result.operands,
  };
}

type Contexts = ReadonlyMap<string, RunContext>;

function contextsOf(graph: Graph, sizes: Sizes): Contexts {
  const structure = new Set(["input", "port", "scan", "yield", "project"]);
  const rows = graph.all().filter((node) => !structure.has(node.op));
  const typesOf = (node: Node): Node["type"][] => node.operands.map((operand) => graph.node(operand).type);
  return new Map(rows.map((node) => [node.id, runContext(node, typesOf(node), sizes)]));
}

/** `round` is applied to each number that an op returns. */
export function interpret(graph: Graph, round: Round | null = null): Executable<NdArray> {
  const bodies = new Map(
    graph
      .region(null)
      .filter((node) => node.op === "scan")
      .map((node) => [node.id, bodyOf(graph, node.id)]),
  );
  let latest: { readonly key: string; readonly contexts: Contexts } | undefined;
  const contextsFor = (sizes: Sizes): Contexts => {
    const key = [...sizes].join();
    if (latest?.key !== key) latest = { key, contexts: contextsOf(graph, sizes) };
    return latest.contexts;
  };
  const program = graph.region(null);
  return {
    run: (inputs, sizes) => {
      const contexts = contextsFor(sizes);
      const values: Values = new Map();
      const scans = new Map<string, readonly NdArray[]>();
      for (const node of program) {
        if (node.op === "input") values.set(node.id, inputValue(node, inputs, sizes));
        else if (node.op === "scan")
          scans.set(node.id, runScan(node, graph, lookup(bodies, node.id, STAGE), { values, contexts, sizes, round }));
        else if (node.op === "project") {
          const results = lookup(scans, at(node.operands, 0, STAGE), STAGE);
          values.set(node.id, at(results, indexOf(node), STAGE));
        } else evaluate(evaluation(node), values, { contexts, round });
      }
      return new Map([...graph.outputs].map(([name, id]) => [name, lookup(values, id, STAGE)]));
    },
    dispose: () => {},
  };
}

function inputValue(node: Node, inputs: ReadonlyMap<string, NdArray>, sizes: Sizes): NdArray {
  const name = nameOfInput(node);
  const expected = shapeOf(node.type, sizes);
  const value = inputs.get(name);
  if (value === undefined) throw new UserError(`no value for the input \`${name}\`, ${printType(node.type)}`);
  if (value.shape.join() !== expected.join()) {
    throw new UserError(
      `the input \`${name}\` is [${value.shape.join(", ")}], expected [${expected.join(", ")}], which is ${printType(node.type)}`,
    );
  }
  return value;
}

function evaluate({ id, op, row, operands }: Evaluation, values: Values, { contexts, round }: Arithmetic): void {
  const arrays = operands.map((operand) => lookup(values, operand, STAGE));
  const { shape, data } = row.evaluate(arrays, lookup(contexts, id, STAGE));
  values.set(id, { shape, data: round === null ? data : data.map((value) => round(value, op)) });
}

interface Arithmetic {
  readonly contexts: Contexts;
  readonly round: Round | null;
}

interface Run extends Arithmetic {
  readonly values: Values;
  readonly sizes: Sizes;
}

/** Returns final states, then emitted sequences `[T, …]`. */
function runScan(scan: Node, graph: Graph, body: Body, { values, sizes, ...arithmetic }: Run): readonly NdArray[] {
  const { time, reverse, sequences, states } = scanAttributes(scan);
  const T = evaluateDim(time, sizes);
  const operands = scan.operands.map((operand) => lookup(values, operand, STAGE));
  const local: Values = new Map();
  const first = { sequence: 0, state: sequences, invariant: sequences + states };
  const ports = body.ports.map((port) => {
    const kind = portKind(port);
    return { id: port.id, kind, index: first[kind] + indexOf(port) };
  });
  for (const port of ports) if (port.kind === "invariant") local.set(port.id, at(operands, port.index, STAGE));
  for (const each of body.once) evaluate(each, local, arithmetic);
  let current = operands.slice(sequences, sequences + states);
  const emitted = body.yields.slice(states).map((id) => zeros([T, ...shapeOf(graph.node(id).type, sizes)]));
  for (let step = 0; step < T; step++) {
    const t = reverse ? T - 1 - step : step;
    for (const port of ports) {
      if (port.kind === "sequence") local.set(port.id, stepOf(at(operands, port.index, STAGE), t));
      if (port.kind === "state") local.set(port.id, at(current, port.index - sequences, STAGE));
    }
    for (const each of body.eachStep) evaluate(each, local, arithmetic);
    const results = body.yields.map((id) => lookup(local, id, STAGE));
    current = results.slice(0, states);
    emitted.forEach((whole, index) =>
      whole.data.set(at(results, states + index, STAGE).data, t * countOf(whole.shape.slice(1))),
    );
  }
  return [...current, ...emitted];
}

/** The values at one step of a sequence, without copying. */
function stepOf(sequence: NdArray, t: number): NdArray {
  const shape = sequence.shape.slice(1);
  const count = countOf(shape);
  return { shape, data: sequence.data.subarray(t * count, (t + 1) * count) };
}
