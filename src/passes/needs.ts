// Reachability within a region, in a graph in which groups of nodes will be joined to one node each.
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";

export class Needs {
  readonly #graph: Graph;
  /** For each member of a joined group, the operands of the whole group. */
  readonly #joined = new Map<string, readonly string[]>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** Treats `members` as one node, which needs the operands of all of them. */
  join(members: readonly Node[]): void {
    const operands = members.flatMap((node) => node.operands);
    for (const { id } of members) this.#joined.set(id, operands);
  }

  /** Whether `node` depends on one of `sought`. Ports end the search: they read values outside the region. */
  has(node: Node, sought: ReadonlySet<string>): boolean {
    const seen = new Set<string>();
    const work = [...node.operands];
    for (let each = work.pop(); each !== undefined; each = work.pop()) {
      if (sought.has(each)) return true;
      if (seen.has(each)) continue;
      seen.add(each);
      work.push(...(this.#joined.get(each) ?? this.#graph.node(each).operands));
    }
    return false;
  }
}
