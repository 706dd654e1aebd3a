// The live parts of a graph: nodes, states and emitted values that an output needs.
import { at } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../graph/node.ts";

export interface Liveness {
  readonly nodes: ReadonlySet<string>;
  /** For each live scan, the indices of its results (states first) that have a reader. */
  readonly results: ReadonlyMap<string, ReadonlySet<number>>;
}

/** `roots`: the needed nodes, by default all outputs. */
export function liveness(graph: Graph, roots: Iterable<string> = graph.outputs.values()): Liveness {
  const nodes = new Set<string>();
  const results = new Map<string, Set<number>>();
  const work = [...roots];

  const demand = (scan: string, index: number): void => {
    const known = results.get(scan) ?? new Set<number>();
    results.set(scan, known);
    if (known.has(index)) return;
    known.add(index);
    work.push(at(yieldOf(graph, scan).operands, index, "liveness"));
    if (index < scanAttributes(graph.node(scan)).states) work.push(initialOf(graph.node(scan), index));
  };

  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (nodes.has(id)) continue;
    nodes.add(id);
    const node = graph.node(id);
    if (node.op === "project") {
      const scan = at(node.operands, 0, "liveness");
      nodes.add(scan);
      demand(scan, indexOf(node));
    } else if (node.op === "port" && node.region !== null) {
      const source = portSource(graph, node);
      if (source !== undefined) work.push(source);
      else demand(node.region, indexOf(node));
    } else if (node.op !== "scan") {
      work.push(...node.operands);
    }
  }
  return { nodes, results };
}

/** Whether any node, state or emitted value is not needed. */
export function hasDead(graph: Graph): boolean {
  const { nodes, results } = liveness(graph);
  return graph.all().some((node) => {
    if (node.op === "yield") return node.operands.length > (results.get(node.region ?? "")?.size ?? 0);
    return !nodes.has(node.id);
  });
}

export function initialOf(scan: Node, state: number): string {
  return at(scan.operands, scanAttributes(scan).sequences + state, "scan");
}

/** The operand of the scan that a port of a sequence or an invariant reads; undefined for a state. */
export function portSource(graph: Graph, port: Node): string | undefined {
  const scan = graph.node(port.region ?? "");
  const { sequences, states } = scanAttributes(scan);
  const index = indexOf(port);
  switch (portKind(port)) {
    case "sequence":
      return at(scan.operands, index, "scan");
    case "invariant":
      return at(scan.operands, sequences + states + index, "scan");
    case "state":
      return undefined;
  }
}

/** The body's last node: next states, then emitted values. */
export function yieldOf(graph: Graph, scan: string): Node {
  return at(graph.region(scan), -1, "scan");
}
