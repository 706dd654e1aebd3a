// The nodes that values are computed from.
import type { Graph } from "../graph/graph.ts";

/** The ids of `roots` and of all nodes outside loops that they need; of a loop all operands. */
export function neededBy(graph: Graph, roots: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (id: string): void => {
    if (found.has(id)) return;
    found.add(id);
    graph.node(id).operands.forEach(visit);
  };
  for (const root of roots) visit(root);
  return found;
}
