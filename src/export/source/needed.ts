// What some nodes of a graph need, and how often each value is read: a value that is read once needs no name.
import { at } from "../../base/invariant.ts";
import type { Graph } from "../../graph/graph.ts";
import { indexOf, scanAttributes, type Node } from "../../graph/node.ts";
import { initialOf, portSource, yieldOf } from "../../ops/liveness.ts";

export interface Needed {
  readonly nodes: ReadonlySet<string>;
  /** For each scan the indices of its results (states first) that are needed. */
  readonly results: ReadonlyMap<string, ReadonlySet<number>>;
  /** By how many nodes, scans and goals each value is read. */
  readonly uses: ReadonlyMap<string, number>;
}

/** What `goals` need. Nodes in `given` are known: what they need is not followed. */
export function neededBy(graph: Graph, goals: readonly string[], given: ReadonlySet<string> = new Set()): Needed {
  const nodes = new Set<string>();
  const results = new Map<string, Set<number>>();
  const uses = new Map<string, number>();
  const work: string[] = [];
  const read = (id: string): void => {
    uses.set(id, (uses.get(id) ?? 0) + 1);
    work.push(id);
  };
  const readResult = (scan: Node, index: number): void => {
    nodes.add(scan.id);
    const known = results.get(scan.id) ?? new Set<number>();
    results.set(scan.id, known);
    if (known.has(index)) return;
    known.add(index);
    read(at(yieldOf(graph, scan.id).operands, index, "export"));
    if (index < scanAttributes(scan).states) read(initialOf(scan, index));
  };
  goals.forEach(read);
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (nodes.has(id) || given.has(id)) continue;
    nodes.add(id);
    const node = graph.node(id);
    if (node.op === "project") readResult(graph.node(at(node.operands, 0, "export")), indexOf(node));
    else if (node.op === "port" && node.region !== null) {
      const source = portSource(graph, node);
      if (source === undefined) readResult(graph.node(node.region), indexOf(node));
      else read(source);
    } else node.operands.forEach(read);
  }
  return { nodes, results, uses };
}
