// Stacks products that share an operand: W_f h, W_i h, … become one product [W_f; W_i; …] h and slices of it.
// Afterwards a body has one product for each stage. Follows: hoisting. Precedes: widening, which takes the slices past the sums.
import { at } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { isOp, type Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { add, ZERO } from "../shape/dim.ts";
import { printType, type Type } from "../shape/type.ts";
import { canonicalLabels } from "./labels.ts";
import { Needs } from "./needs.ts";
import type { Pass } from "./pass.ts";
import { rewriteGroups } from "./rewrite-groups.ts";

interface Candidate {
  readonly node: Node<"contract">;
  readonly key: string;
  /** The position (0 or 1) of the operand that is not shared. */
  readonly other: number;
  /** Axes from the right: of the free label in the other operand, and in the result. */
  readonly freeAxis: number;
  readonly outAxis: number;
}

interface Group {
  readonly members: readonly Candidate[];
}

function candidate(graph: Graph, node: Node<"contract">, shared: number): Candidate | undefined {
  const other = 1 - shared;
  const labels = canonicalLabels(node, shared === 0);
  const free = [...labels.other].filter((label) => labels.out.includes(label) && !labels.shared.includes(label));
  const [label] = free;
  if (label === undefined || free.length !== 1) return undefined;
  const otherType = graph.node(at(node.operands, other, "stack")).type;
  const freeIndex = labels.other.indexOf(label);
  if (otherType.axes[freeIndex]?.tag !== "plain") return undefined;
  const rest = printType(withoutAxis(otherType, freeIndex));
  const key = [node.region, at(node.operands, shared, "stack"), labels.shared, labels.other, labels.out, rest].join(
    "|",
  );
  return {
    node,
    key,
    other,
    freeAxis: freeIndex - labels.other.length,
    outAxis: labels.out.indexOf(label) - labels.out.length,
  };
}

function withoutAxis(type: Type, index: number): Type {
  return { dtype: type.dtype, axes: type.axes.filter((_, each) => each !== index) };
}

/** Groups of at least two products; each product is in the largest group that it fits in. */
function groupsOf(graph: Graph): readonly Group[] {
  const byKey = new Map<string, Candidate[]>();
  for (const node of graph.all()) {
    if (!isOp(node, "contract") || node.operands[0] === node.operands[1]) continue;
    for (const shared of [0, 1]) {
      const found = candidate(graph, node, shared);
      if (found !== undefined) byKey.set(found.key, [...(byKey.get(found.key) ?? []), found]);
    }
  }
  const taken = new Set<string>();
  const needs = new Needs(graph);
  const groups: Group[] = [];
  for (const list of [...byKey.values()].sort((a, b) => b.length - a.length)) {
    const free = list.filter(({ node }) => !taken.has(node.id));
    // The stacked operands must not depend on the products of the group.
    const products = new Set(free.map(({ node }) => node.id));
    const members = free.filter(({ node }) => !needs.has(node, products));
    if (members.length < 2) continue;
    needs.join(members.map(({ node }) => node));
    members.forEach(({ node }) => taken.add(node.id));
    groups.push({ members });
  }
  return groups;
}

function stacked(group: Group, build: Builder, of: (id: string) => string): ReadonlyMap<string, string> {
  const first = at(group.members, 0, "stack");
  const others = group.members.map(({ node, other }) => of(at(node.operands, other, "stack")));
  const join = (): string => build.op("concat", others, { axis: first.freeAxis });
  const isOutside = others.every((id) => build.node(id).region === null);
  const joined = isOutside ? build.outermost(join) : join();
  const shared = of(at(first.node.operands, 1 - first.other, "stack"));
  const operands = first.other === 0 ? [joined, shared] : [shared, joined];
  // Members may have their operands swapped; the labels are those of the first member.
  const product = build.op("contract", operands, first.node.attributes);
  let from = ZERO;
  return new Map(
    group.members.map(({ node }, index) => {
      const size = at(build.type(at(others, index, "stack")).axes, first.freeAxis, "stack").size;
      const dims = [from, add(from, size)] as const;
      from = add(from, size);
      return [node.id, build.op("slice", [product], { axis: first.outAxis, dims })];
    }),
  );
}

export const STACK: Pass = {
  name: "stack",
  doc: "joins products that share an operand into one",
  run: (graph) => rewriteGroups(graph, { groupsOf, join: stacked }),
};
