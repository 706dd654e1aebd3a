// The names of a graph's values, from the spec.
import { at } from "../base/invariant.ts";
import { printInput, shortPath } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, scanAttributes, type Node } from "../graph/node.ts";
import { initialOf, portSource, yieldOf } from "../ops/liveness.ts";

/** The scan's states by index, as the spec has them: `h`, or `h[t-2]` for an earlier value. */
export function stateNames(graph: Graph, scan: Node): readonly string[] {
  const { states } = scanAttributes(scan);
  return Array.from({ length: states }, (_, index) => shortPath(stateName(graph, scan, index)));
}

function stateName(graph: Graph, scan: Node, index: number): string {
  const isResult = (node: Node): boolean =>
    node.op === "project" && node.operands[0] === scan.id && indexOf(node) === index;
  for (const { output, id } of graph.outputsOf("final")) {
    const node = graph.node(id);
    // In a ragged program the last state is selected: an example without steps keeps its first state.
    const isFinal = isResult(node) || node.operands.some((operand) => isResult(graph.node(operand)));
    if (isFinal) return output.path;
  }
  const { input } = graph.node(initialOf(scan, index));
  const given = input?.kind === "state" ? input.path : input && printInput(input);
  const next = graph.node(at(yieldOf(graph, scan.id).operands, index, "naming"));
  return given ?? next.name ?? `state ${index + 1}`;
}

/** What a port reads: `h[t-1]` for a state, otherwise the value outside. */
export function portName(graph: Graph, port: Node): string {
  const source = portSource(graph, port);
  if (source !== undefined) return describe(graph, source);
  const name = at(stateNames(graph, graph.node(port.region ?? "")), indexOf(port), "naming");
  return stateBefore(name);
}

/** What a state is called at the step before: `h[t-1]`. An earlier value, as `h[t-2]`, has its name already. */
export function stateBefore(name: string): string {
  return name.endsWith("]") ? name : `${name}[t-1]`;
}

function nameOf(node: Node): string | undefined {
  return node.name === undefined ? undefined : shortPath(node.name);
}

/** The equation that a value of a body helps to compute: the nearest named value that reads it, itself included. */
export function equationOf(graph: Graph, id: string): string | undefined {
  const seen = new Set([id]);
  let front = [graph.node(id)];
  while (front.length > 0) {
    const named = front.find((node) => node.name !== undefined);
    if (named !== undefined) return nameOf(named);
    front = front.flatMap((node) => graph.users(node.id)).filter((user) => !seen.has(user.id));
    front.forEach((node) => seen.add(node.id));
  }
  return undefined;
}

/** A value in a message: its own name, what its port reads, the names that it is made of, or its op. */
export function describe(graph: Graph, id: string): string {
  const node = graph.node(id);
  if (node.op === "port") return portName(graph, node);
  if (node.input !== undefined) return shortPath(printInput(node.input));
  const own = nameOf(node);
  if (own !== undefined) return own;
  const parts = [...new Set(leavesOf(graph, node))];
  return parts.length === 0 ? node.op : parts.join(", ");
}

function leavesOf(graph: Graph, node: Node): readonly string[] {
  return node.operands.flatMap((operand) => {
    const each = graph.node(operand);
    if (each.op === "port" || each.op === "input" || each.name !== undefined) return [describe(graph, operand)];
    return leavesOf(graph, each);
  });
}
