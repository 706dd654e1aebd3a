// Values in which the steps of a sequence meet: a sum, a maximum, one step of it, or all of it as a memory. In equations such a value is a name.
import { at } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, scanAttributes, type Node } from "../graph/node.ts";
import { yieldOf } from "../ops/liveness.ts";
import { isRow, rowOf } from "../ops/table.ts";
import { equal } from "../shape/dim.ts";
import { ownAxes, timeName, timeOf } from "../shape/type.ts";
import { stateNames } from "./naming.ts";

export interface Meeting {
  /** `last(h)`, `sum(h)`; `h[:]` is the matrix with a row for each step. */
  readonly name: string;
  /** The value at each step. */
  readonly source: string;
  /** What its gradient begins as at each step. */
  readonly from: string;
}

/** `called`: what the value of a node is called. Undefined if steps do not meet in `node`, or in another way. */
export function meetingOf(graph: Graph, node: Node, called: (id: string) => string): Meeting | undefined {
  if (node.op === "project") return lastState(graph, node);
  const [first] = node.operands;
  const operand = first === undefined ? undefined : graph.node(first);
  if (operand === undefined || timeName(operand.type) === undefined || timeName(node.type) !== undefined)
    return undefined;
  const time = timeOf(operand.type);
  if (node.type.axes.some(({ tag, size }) => tag === "memory" && time !== undefined && equal(size, time))) {
    const name = `${called(operand.id)}[:]`;
    return { name, source: operand.id, from: `row t of δ${name}` };
  }
  if (!isRow(node.op) || ownAxes(node.type).length !== ownAxes(operand.type).length) return undefined;
  const { language } = rowOf(node.op);
  const chosen = chosenStep(graph, operand);
  if (chosen !== undefined) {
    const name = `${chosen.which}(${called(chosen.source)})`;
    return { name, source: chosen.source, from: `δ${name} at the ${chosen.which} step` };
  }
  // Only sums go along several axes.
  if (node.attributes["axes"] !== undefined) {
    const name = `sum(${called(operand.id)})`;
    return { name, source: operand.id, from: `δ${name}` };
  }
  if (language?.kind !== "along-axis" || language.overTime.kind !== "fold") return undefined;
  const name = `${language.name}(${called(operand.id)})`;
  return { name, source: operand.id, from: `δ${name} where it is the ${language.name}imum` };
}

/** The sequence of which only the first or last step is not zero. */
function chosenStep(
  graph: Graph,
  { operands }: Node,
): { readonly which: "first" | "last"; readonly source: string } | undefined {
  const [condition, source] = operands;
  if (condition === undefined || source === undefined) return undefined;
  const { which } = graph.node(condition).attributes;
  return which === "first" || which === "last" ? { which, source } : undefined;
}

/** The value of a state after the last step of its loop. */
function lastState(graph: Graph, node: Node): Meeting | undefined {
  const scan = graph.node(at(node.operands, 0, "meeting"));
  const index = indexOf(node);
  const { states, reverse } = scanAttributes(scan);
  if (index >= states) return undefined;
  const which = reverse ? "first" : "last";
  const name = `${which}(${at(stateNames(graph, scan), index, "meeting")})`;
  const source = at(yieldOf(graph, scan.id).operands, index, "meeting");
  return { name, source, from: `δ${name} at the ${which} step` };
}
