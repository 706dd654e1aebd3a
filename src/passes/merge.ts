// Merges sums of products of one form: δ_f U_f + δ_i U_i + … is one product of [δ_f, δ_i, …] with [U_f; U_i; …].
// Afterwards the backward body has one product for each stage. Follows: accumulation, hoisting.
import { at } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { isOp, type Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { rewrite, type Rule } from "../ops/rewrite.ts";
import { printType, sameType } from "../shape/type.ts";
import { canonicalLabels, contractedLabels } from "./labels.ts";
import type { Pass } from "./pass.ts";

type Product = Node<"contract">;

interface Sum {
  readonly leaves: readonly Node[];
  /** Products that become one, by form. */
  readonly groups: readonly (readonly Product[])[];
}

/** The terms of a sum of sums, from left to right. Adds the sums that have no other reader to `inside`. Iterative: sums can be long. */
function leavesOf(graph: Graph, root: Node, inside: Set<string>): readonly Node[] {
  const leaves: Node[] = [];
  const work = root.operands.toReversed();
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    const node = graph.node(id);
    const isSum =
      node.op === "add" &&
      node.region === root.region &&
      sameType(node.type, root.type) &&
      node.operands[0] !== node.operands[1];
    if (isSum && graph.users(id).length === 1) {
      inside.add(id);
      work.push(...node.operands.toReversed());
    } else leaves.push(node);
  }
  return leaves;
}

/** The form of a product with one contracted label: equal forms can be merged. */
function formOf(graph: Graph, node: Product, root: Node): string | undefined {
  if (node.region !== root.region || graph.users(node.id).length !== 1) return undefined;
  if (!sameType(node.type, root.type)) return undefined;
  const contracted = contractedLabels(node.attributes);
  if (contracted.length !== 1) return undefined;
  const { left, right } = node.attributes;
  const isPlain = [left, right].every((labels, operand) => {
    const type = graph.node(at(node.operands, operand, "merge")).type;
    return type.axes[labels.indexOf(at(contracted, 0, "merge"))]?.tag === "plain";
  });
  if (!isPlain) return undefined;
  const labels = canonicalLabels(node, true);
  const kinds = node.operands.map((operand) => printType(graph.node(operand).type).replace(/[^,[]*\]$/, "]"));
  return [labels.shared, labels.other, labels.out, kinds[0]?.startsWith("float")].join("|");
}

function sumsOf(graph: Graph): ReadonlyMap<string, Sum> {
  const found = new Map<string, Sum>();
  const inside = new Set<string>();
  for (const node of graph.all().toReversed()) {
    if (node.op !== "add" || inside.has(node.id)) continue;
    const leaves = leavesOf(graph, node, inside);
    const forms = new Map<string, Product[]>();
    for (const leaf of leaves) {
      if (!isOp(leaf, "contract")) continue;
      const form = formOf(graph, leaf, node);
      if (form !== undefined) forms.set(form, [...(forms.get(form) ?? []), leaf]);
    }
    const groups = [...forms.values()].filter((group) => group.length > 1);
    if (groups.length > 0) found.set(node.id, { leaves, groups });
  }
  return found;
}

function merged(group: readonly Product[], build: Builder, of: (id: string) => string): string {
  const first = at(group, 0, "merge");
  const labels = first.attributes;
  const label = at(contractedLabels(labels), 0, "merge");
  const join = (position: 0 | 1): string => {
    const text = position === 0 ? labels.left : labels.right;
    const parts = group.map((node) => of(at(node.operands, position, "merge")));
    const make = (): string => build.op("concat", parts, { axis: text.indexOf(label) - text.length });
    return parts.every((part) => build.node(part).region === null) ? build.outermost(make) : make();
  };
  return build.op("contract", [join(0), join(1)], first.attributes);
}

export const MERGE: Pass = {
  name: "merge",
  doc: "makes one product of a sum of products",
  run: (graph) => {
    const sums = sumsOf(graph);
    if (sums.size === 0) return graph;
    const rule: Rule = (node, _, build, of) => {
      const sum = sums.get(node.id);
      if (sum === undefined) return undefined;
      const grouped = new Set(sum.groups.flat().map((each) => each.id));
      const rest = sum.leaves.filter((leaf) => !grouped.has(leaf.id)).map((leaf) => of(leaf.id));
      const products = sum.groups.map((group) => merged(group, build, of));
      return [...rest, ...products].reduce((total, each) => build.op("add", [total, each]));
    };
    return rewrite(graph, { rule });
  },
};
