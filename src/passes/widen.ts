// Moves sums before slices: slice_f(Y) + b_f, slice_i(Y) + b_i, … become slices of Y + [b_f, b_i, …].
// Afterwards one sum adds to all gates of a cell. Follows: stacking, which builds the slices.
import { at } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { isOp, type Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { equal, printDim, ZERO } from "../shape/dim.ts";
import { ownAxes } from "../shape/type.ts";
import { Needs } from "./needs.ts";
import type { Pass } from "./pass.ts";
import { rewriteGroups } from "./rewrite-groups.ts";

interface Member {
  readonly node: Node;
  readonly slice: Node<"slice">;
  readonly other: Node;
}

interface Group {
  /** The slices are adjacent and cover `whole`. */
  readonly members: readonly Member[];
  readonly whole: string;
  readonly axis: number;
}

function memberOf(graph: Graph, node: Node, position: 0 | 1): Member | undefined {
  const slice = graph.node(at(node.operands, position, "widen"));
  const other = graph.node(at(node.operands, 1 - position, "widen"));
  if (!isOp(slice, "slice") || slice.region !== node.region || slice.attributes.axis !== -1) return undefined;
  // A term with more axes than the slice would add these axes to all other slices.
  if (ownAxes(other.type).length !== ownAxes(slice.type).length || node.type.axes.length !== slice.type.axes.length)
    return undefined;
  if (
    other.type.axes.at(-1)?.tag !== "plain" ||
    !equal(at(other.type.axes, -1, "widen").size, at(slice.type.axes, -1, "widen").size)
  )
    return undefined;
  return { node, slice, other };
}

/** Members in the order of their slices, or undefined if these do not cover the whole. */
function chained(graph: Graph, members: readonly Member[], whole: string): readonly Member[] | undefined {
  const byStart = new Map(members.map((member) => [printDim(member.slice.attributes.dims[0]), member]));
  const { size } = at(graph.node(whole).type.axes, -1, "widen");
  const chain: Member[] = [];
  for (let next = byStart.get(printDim(ZERO)); next !== undefined && chain.length < members.length;) {
    chain.push(next);
    const [, to] = next.slice.attributes.dims;
    if (equal(to, size)) return chain.length > 1 ? chain : undefined;
    next = byStart.get(printDim(to));
  }
  return undefined;
}

function groupsOf(graph: Graph): readonly Group[] {
  const byWhole = new Map<string, Member[]>();
  for (const node of graph.all()) {
    if (node.op !== "add") continue;
    for (const position of [0, 1] as const) {
      const member = memberOf(graph, node, position);
      const whole = member?.slice.operands[0];
      if (member === undefined || whole === undefined) continue;
      byWhole.set(whole, [...(byWhole.get(whole) ?? []), member]);
    }
  }
  const groups: Group[] = [];
  const taken = new Set<string>();
  const needs = new Needs(graph);
  for (const [whole, list] of byWhole) {
    const free = list.filter(({ node }) => !taken.has(node.id));
    const sums = new Set(free.map(({ node }) => node.id));
    const chain = chained(graph, free, whole);
    if (chain === undefined || chain.some(({ node }) => needs.has(node, sums))) continue;
    needs.join(chain.map(({ node }) => node));
    chain.forEach(({ node }) => taken.add(node.id));
    groups.push({ members: chain, whole, axis: -1 });
  }
  return groups;
}

/** The value of which all other terms are the same slices, or undefined. */
function commonWhole(group: Group, build: Builder, others: readonly string[]): string | undefined {
  const nodes = others.map((id) => build.node(id));
  const [whole] = nodes[0]?.operands ?? [];
  if (whole === undefined) return undefined;
  const isSame = nodes.every((node, index) => {
    const { dims } = at(group.members, index, "widen").slice.attributes;
    return (
      isOp(node, "slice") &&
      node.operands[0] === whole &&
      node.attributes.axis === -1 &&
      node.attributes.dims.every((size, each) => equal(size, at(dims, each, "widen")))
    );
  });
  const [, end] = at(group.members, -1, "widen").slice.attributes.dims;
  return isSame && equal(at(build.type(whole).axes, -1, "widen").size, end) ? whole : undefined;
}

function widened(group: Group, build: Builder, of: (id: string) => string): ReadonlyMap<string, string> {
  const others = group.members.map(({ other }) => of(other.id));
  const join = (): string => build.op("concat", others, { axis: -1 });
  const isOutside = others.every((id) => build.node(id).region === null);
  const addend = commonWhole(group, build, others) ?? (isOutside ? build.outermost(join) : join());
  const sum = build.op("add", [of(group.whole), addend]);
  return new Map(
    group.members.map(({ node, slice }) => [
      node.id,
      build.op("slice", [sum], { axis: -1, dims: slice.attributes.dims }),
    ]),
  );
}

export const WIDEN: Pass = {
  name: "widen",
  doc: "adds to stacked products as a whole",
  run: (graph) => rewriteGroups(graph, { groupsOf, join: widened }),
};
