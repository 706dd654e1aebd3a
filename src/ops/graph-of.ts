// From built nodes to a graph: only the needed nodes, in topological order, with final ids and sizes.
import { lookup } from "../base/invariant.ts";
import { isDim, isType } from "../graph/attributes.ts";
import { printInput, startName, vocabularyOfStart, type Input } from "../graph/border.ts";
import { Graph } from "../graph/graph.ts";
import type { Attribute, Attributes, Node } from "../graph/node.ts";
import { parseDim, printDim, symbol, symbolOf, symbolsOf, type Dim } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import { isVariable } from "../shape/unify.ts";

const STAGE = "graph builder";

/** Returns the final value of an open size. */
export type Resolve = (dim: Dim) => Dim;

export interface FinishedGraph {
  readonly graph: Graph;
  /** Ids in the graph, by ids in the builder. */
  readonly ids: ReadonlyMap<string, string>;
}

/** The graph of the nodes that `outputs` need, with `resolve` applied to every size. `resolve` is null if all sizes are final. */
export function graphOf(
  name: string,
  outputs: ReadonlyMap<string, string>,
  nodes: ReadonlyMap<string, Node>,
  resolve: Resolve | null,
): FinishedGraph {
  const all = topological([...outputs.values()], nodes);
  const twins = resolve === null ? new Map<string, string>() : twinsOf(all, resolve);
  const ordered = all.filter(({ id }) => !twins.has(id));
  const ids = new Map(ordered.map((node, index) => [node.id, `n${index + 1}`]));
  for (const [twin, first] of twins) ids.set(twin, lookup(ids, first, STAGE));
  const idOf = (id: string): string => lookup(ids, id, STAGE);
  const renamed = ordered.map((node): Node => ({
    ...node,
    id: idOf(node.id),
    operands: node.operands.map(idOf),
    region: node.region === null ? null : idOf(node.region),
    ...(resolve === null ? {} : resolved(node, resolve)),
  }));
  const named = new Map([...outputs].map(([key, id]) => [key, lookup(ids, id, STAGE)]));
  return { graph: new Graph(name, renamed, named), ids };
}

/** Lengths of times that turned out to be one time: each with the first of them. */
function twinsOf(nodes: readonly Node[], resolve: Resolve): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  const twins = new Map<string, string>();
  for (const { id, input } of nodes) {
    if (input?.kind !== "lengths") continue;
    const name = printInput(withFinalName(input, resolve));
    const known = first.get(name);
    if (known === undefined) first.set(name, id);
    else twins.set(id, known);
  }
  return twins;
}

function resolved(
  { type, attributes, along, input }: Node,
  resolve: Resolve,
): Pick<Node, "type" | "attributes" | "along" | "input"> {
  return {
    type: mapSizes(type, resolve),
    attributes: resolveAttributes(attributes, resolve),
    ...(input === undefined ? {} : { input: withFinalName(input, resolve) }),
    ...(along === undefined ? {} : { along: { ...along, time: resolve(along.time) } }),
  };
}

function mapSizes(type: Type, resolve: Resolve): Type {
  return { dtype: type.dtype, axes: type.axes.map((axis) => ({ tag: axis.tag, size: resolve(axis.size) })) };
}

/** A size, or the start token of a vocabulary, whose name contains the size of the vocabulary. */
function resolveSize(dim: Dim, resolve: Resolve): Dim {
  const vocabulary = vocabularyOfStart(symbolOf(dim) ?? "");
  return vocabulary === undefined ? resolve(dim) : symbol(startName(printDim(resolve(parseDim(vocabulary)))));
}

function resolveAttributes(attributes: Attributes, resolve: Resolve): Attributes {
  const replace = (value: Attribute): Attribute => {
    if (isDim(value)) return resolveSize(value, resolve);
    if (isType(value)) return mapSizes(value, resolve);
    return Array.isArray(value) ? value.map(replace) : value;
  };
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, replace(value)]));
}

/** The lengths of a time have the name of its size. The name is final as soon as the size is resolved. */
function withFinalName(input: Input, resolve: Resolve): Input {
  if (input.kind !== "lengths") return input;
  const time = parseDim(input.time);
  return symbolsOf(time).some(isVariable) ? { ...input, time: printDim(resolve(time)) } : input;
}

/** The nodes that `roots` need, operands first, a scan directly before its body. Iterative, so that long unrolled loops do not overflow the stack. */
function topological(roots: readonly string[], nodes: ReadonlyMap<string, Node>): readonly Node[] {
  const yields = new Map<string, string>();
  for (const node of nodes.values()) if (node.op === "yield" && node.region !== null) yields.set(node.region, node.id);
  const done = new Set<string>();
  const order: Node[] = [];
  const entered = new Set<string>();
  const stack = roots.toReversed();
  for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
    const node = lookup(nodes, id, STAGE);
    if (!entered.has(id)) {
      entered.add(id);
      for (let index = node.operands.length - 1; index >= 0; index--) {
        const operand = node.operands[index];
        if (operand !== undefined && !done.has(operand)) stack.push(operand);
      }
      continue;
    }
    stack.pop();
    if (done.has(id)) continue;
    done.add(id);
    order.push(node);
    const body = node.op === "scan" ? yields.get(id) : undefined;
    if (body !== undefined) stack.push(body);
  }
  return order;
}
