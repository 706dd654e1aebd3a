// Before the gradient of a ragged program: values that meet the steps of a time from outside are borrowed from another example too.
// An example without steps of a time is computed there as another one (`hold`). Its own context, first states or memory would meet steps
// that they never meet alone, and a value that is not finite there would be a NaN in every weight's gradient, 0 · ∞. After this, all that
// is computed at a step comes from one example. The early passes must come later: what they move out of a loop must be borrowed already.
import { isDim } from "../graph/attributes.ts";
import { Graph } from "../graph/graph.ts";
import { scanAttributes, type Node } from "../graph/node.ts";
import { rewrite } from "../ops/rewrite.ts";
import { isRow, rowOf } from "../ops/table.ts";
import { printDim } from "../shape/dim.ts";
import { hasBatch, timeName, type Type } from "../shape/type.ts";

export function withStandIns(graph: Graph): Graph {
  const lengths = lengthsOf(graph);
  if (lengths.size === 0) return graph;
  const varies = varyingNodes(graph);
  const borrowed = new Map<string, Node>();
  const nodes: Node[] = graph.region(null).filter((node) => timeOfLengths(node) !== undefined);
  for (const node of graph.all()) {
    if (timeOfLengths(node) !== undefined) continue;
    const time = node.region === null && !readsLengths(node) ? timeAt(node) : undefined;
    const length = time === undefined ? undefined : lengths.get(time);
    if (time === undefined || length === undefined) {
      nodes.push(node);
      continue;
    }
    const operands = node.operands.map((id) => {
      const operand = graph.node(id);
      // What has steps of another time, of which these are a part, holds real values already.
      if (!varies.has(id) || isAlong(operand.type, time) || timeName(operand.type) !== undefined) return id;
      const key = `${id} along ${time}`;
      const known = borrowed.get(key);
      const one: Node = known ?? {
        id: key,
        op: "borrow",
        attributes: {},
        operands: [id, length.id],
        type: operand.type,
        region: null,
      };
      if (known === undefined) nodes.push(one);
      borrowed.set(key, one);
      return one.id;
    });
    nodes.push({ ...node, operands });
  }
  return borrowed.size === 0 ? graph : rewrite(new Graph(graph.name, nodes, graph.outputs));
}

function readsLengths({ op }: Node): boolean {
  return isRow(op) && rowOf(op).readsLengths === true;
}

/** The time whose lengths a node is; undefined for all other nodes. */
function timeOfLengths({ op, input, attributes }: Node): string | undefined {
  if (input?.kind === "lengths") return input.time;
  const [time] = Array.isArray(attributes["dims"]) ? attributes["dims"] : [];
  return isRow(op) && rowOf(op).isLengths === true && time !== undefined && isDim(time) ? printDim(time) : undefined;
}

/** The nodes that hold the lengths, by time. */
function lengthsOf(graph: Graph): ReadonlyMap<string, Node> {
  return new Map(
    graph.region(null).flatMap((node) => {
      const time = node.input?.kind === "lengths" && node.input.ahead > 0 ? undefined : timeOfLengths(node);
      return time === undefined ? [] : [[time, node] as const];
    }),
  );
}

/** The time of the steps at which a node computes. */
function timeAt(node: Node): string | undefined {
  if (node.op === "scan") return printDim(scanAttributes(node).time);
  return timeName(node.type);
}

function isAlong({ axes }: Type, time: string): boolean {
  return axes.some(({ tag, size }) => (tag === "time" || tag === "memory") && printDim(size) === time);
}

/** What may differ from example to example. */
function varyingNodes(graph: Graph): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { id, op, type, operands } of graph.region(null)) {
    const isSource = op === "input" || op === "project";
    if (hasBatch(type) && (isSource || operands.some((operand) => found.has(operand)))) found.add(id);
  }
  return found;
}
