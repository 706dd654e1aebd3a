// Which nodes depend on the inputs of the differentiation, through scans and their states.
import type { Graph } from "../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../graph/node.ts";
import { portSource, initialOf, yieldOf } from "../ops/liveness.ts";
import { isRow, rowOf } from "../ops/table.ts";

export function activeNodes(graph: Graph, isVariable: (input: Node) => boolean): ReadonlySet<string> {
  const active = new Set<string>();

  const visit = (node: Node): boolean => {
    if (active.has(node.id)) return false;
    if (!isActive(node)) return false;
    active.add(node.id);
    return true;
  };

  const isActive = (node: Node): boolean => {
    if (node.type.dtype === "int") return false;
    if (node.op === "input") return isVariable(node);
    if (node.op === "project") {
      const scan = node.operands[0] ?? "";
      const index = indexOf(node);
      const isState = index < scanAttributes(graph.node(scan)).states;
      const result = yieldOf(graph, scan).operands[index] ?? "";
      return active.has(result) || (isState && active.has(initialOf(graph.node(scan), index)));
    }
    if (node.op === "port" && node.region !== null) {
      if (portKind(node) !== "state") return active.has(portSource(graph, node) ?? "");
      const index = indexOf(node);
      const next = yieldOf(graph, node.region).operands[index] ?? "";
      return active.has(next) || active.has(initialOf(graph.node(node.region), index));
    }
    if (!isRow(node.op) || typeof rowOf(node.op).gradient !== "function") return false;
    return node.operands.some((operand) => active.has(operand));
  };

  // A state may become active through its own next value: repeat each body until nothing changes.
  for (const node of graph.region(null)) {
    visit(node);
    if (node.op !== "scan") continue;
    for (let changed = true; changed;) {
      changed = graph.region(node.id).map(visit).includes(true);
    }
  }
  return active;
}
