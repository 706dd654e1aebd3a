// The verifier: the invariants of every graph. Tests run it after every pass, and it names the stage that broke one.
import { fail } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../graph/node.ts";
import { printType, sameType, timeOf, withTime, withoutTime, type Type } from "../shape/type.ts";
import { EXACT } from "../shape/unify.ts";
import { initialOf, portSource, yieldOf } from "./liveness.ts";
import { rowOf } from "./table.ts";

/** Throws an InternalError with `stage` and the node if the graph is not well formed. */
export function verifyGraph(graph: Graph, stage: string): void {
  const seen = new Set<string>();
  for (const node of graph.all()) {
    const problem = problemOf(graph, node, seen);
    if (problem !== undefined) fail(stage, `${node.id} = ${node.op}: ${problem}`);
    seen.add(node.id);
  }
  for (const [name, id] of graph.outputs) {
    if (graph.node(id).region !== null) fail(stage, `the output ${name} stands inside a scan`);
  }
}

function problemOf(graph: Graph, node: Node, seen: ReadonlySet<string>): string | undefined {
  for (const operand of node.operands) {
    if (!seen.has(operand)) return `reads ${operand}, which does not precede it`;
    if (graph.node(operand).region !== node.region) return `reads ${operand} across the border of a scan`;
  }
  switch (node.op) {
    case "input":
      return node.region === null ? undefined : "stands inside a scan";
    case "scan":
      return scanProblem(graph, node);
    case "port":
      return portProblem(graph, node);
    case "project":
      return projectProblem(graph, node);
    case "yield":
      return undefined;
    default:
      if (node.region !== null && timeOf(node.type) !== undefined) return "has an axis of time inside a loop";
      return rowProblem(graph, node);
  }
}

function mismatch(got: Type, expected: Type): string | undefined {
  return sameType(got, expected) ? undefined : `has type ${printType(got)}, but ${printType(expected)} was expected`;
}

function rowProblem(graph: Graph, node: Node): string | undefined {
  const row = rowOf(node.op);
  if (row.arity !== null && row.arity !== node.operands.length)
    return `has ${node.operands.length} operands, not ${row.arity}`;
  try {
    const operands = node.operands.map((operand) => graph.node(operand).type);
    return mismatch(node.type, row.type(operands, node.attributes, EXACT));
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem);
  }
}

function scanProblem(graph: Graph, scan: Node): string | undefined {
  const { states, sequences } = scanAttributes(scan);
  if (scan.operands.length < sequences + states) return "has fewer operands than sequences and states";
  const results = yieldOf(graph, scan.id);
  if (results.op !== "yield") return "its body does not end in a yield";
  if (results.operands.length < states) return "its body yields too few states";
  for (let index = 0; index < states; index++) {
    const next = graph.node(results.operands[index] ?? "").type;
    const problem = mismatch(next, graph.node(initialOf(scan, index)).type);
    if (problem !== undefined) return `the next value of state ${index} ${problem}`;
  }
  return undefined;
}

function portProblem(graph: Graph, port: Node): string | undefined {
  if (port.region === null) return "stands outside a scan";
  const scan = graph.node(port.region);
  const { states, sequences } = scanAttributes(scan);
  const counts = { sequence: sequences, state: states, invariant: scan.operands.length - sequences - states };
  if (indexOf(port) >= counts[portKind(port)]) return "there is no operand for it";
  const source = portSource(graph, port);
  if (source === undefined) return mismatch(port.type, graph.node(initialOf(scan, indexOf(port))).type);
  return mismatch(port.type, withoutTime(graph.node(source).type));
}

function projectProblem(graph: Graph, node: Node): string | undefined {
  const scan = graph.node(node.operands[0] ?? "");
  if (scan.op !== "scan") return "reads no scan";
  const { states, time } = scanAttributes(scan);
  const index = indexOf(node);
  const result = yieldOf(graph, scan.id).operands[index];
  if (result === undefined) return `there is no result ${index}`;
  const { type } = graph.node(result);
  return mismatch(node.type, index < states ? type : withTime(type, time));
}
