// Passes that replace groups of nodes.
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { hasDead } from "../ops/liveness.ts";
import { rewrite, type Rule } from "../ops/rewrite.ts";

interface Group {
  /** Nodes of one region. If all groups are joined, the graph must have no cycle (see needs.ts). */
  readonly members: readonly { readonly node: Node }[];
}

interface Joining<G extends Group> {
  readonly groupsOf: (graph: Graph) => readonly G[];
  /** Returns the new ids of the members by their old ids. */
  readonly join: (group: G, build: Builder, of: (id: string) => string) => ReadonlyMap<string, string>;
}

/** Joins each group at its first member, after the operands of all members. */
export function rewriteGroups<G extends Group>(given: Graph, { groupsOf, join }: Joining<G>): Graph {
  const graph = hasDead(given) ? rewrite(given) : given;
  const groups = groupsOf(graph);
  if (groups.length === 0) return graph;
  const groupOf = new Map(groups.flatMap((group) => group.members.map(({ node }) => [node.id, group] as const)));
  const readBy = new Map(groups.map((group) => [group, group.members.flatMap(({ node }) => node.operands)]));
  const joined = new Map<string, string>();
  const rule: Rule = (node, _, build, of) => {
    const group = groupOf.get(node.id);
    if (group === undefined) return undefined;
    if (!joined.has(node.id)) for (const [id, part] of join(group, build, of)) joined.set(id, part);
    return joined.get(node.id);
  };
  const alsoReads = (node: Node): readonly string[] => {
    const group = groupOf.get(node.id);
    return (group === undefined ? undefined : readBy.get(group)) ?? [];
  };
  return rewrite(graph, { rule, alsoReads });
}
