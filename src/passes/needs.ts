// Which values are computed from which, within a region, where groups of nodes are to become one node each.
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";

export class Needs {
  readonly #graph: Graph;
  /** What a node of a group reads once the group is one node. */
  readonly #joined = new Map<string, readonly string[]>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** From now on, who needs one of `members` needs what any of them reads. */
  join(members: readonly Node[]): void {
    const operands = members.flatMap((node) => node.operands);
    for (const { id } of members) this.#joined.set(id, operands);
  }

  /** Whether `node` is computed from one of `sought`. A port is not followed: what it shows stands outside. */
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
