// Passes that put one thing in the place of a group of nodes.
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { rewrite, type Rule } from "../ops/rewrite.ts";

interface Group {
  readonly members: readonly { readonly node: Node }[];
}

/** Joins each group where its first member is met; `join` says what has become of each member, by its old id. */
export function rewriteGroups<G extends Group>(
  graph: Graph,
  groups: readonly G[],
  join: (group: G, build: Builder, of: (id: string) => string) => ReadonlyMap<string, string>,
): Graph {
  if (groups.length === 0) return graph;
  const groupOf = new Map(groups.flatMap((group) => group.members.map(({ node }) => [node.id, group] as const)));
  const joined = new Map<string, string>();
  const rule: Rule = (node, _, build, of) => {
    const group = groupOf.get(node.id);
    if (group === undefined) return undefined;
    if (!joined.has(node.id)) for (const [id, part] of join(group, build, of)) joined.set(id, part);
    return joined.get(node.id);
  };
  return rewrite(graph, { rule });
}
