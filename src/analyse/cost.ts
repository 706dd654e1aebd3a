// What a graph costs: floating-point operations and bytes, by its types alone. A product of m × k by k × n takes 2·m·n·k operations,
// anything else one for each element; what only moves elements takes none. Each op reads its operands and writes its result:
// 4 bytes a number, nothing fused.
import type { Graph } from "../graph/graph.ts";
import { scanAttributes, type Node } from "../graph/node.ts";
import { labelsOf } from "../ops/rows/contract.ts";
import { isRow } from "../ops/table.ts";
import { evaluateDim, parseDim, symbolsOf, type Sizes } from "../shape/dim.ts";
import { shapeOf } from "../shape/type.ts";
import { movementOf } from "./passage.ts";

export interface Cost {
  readonly flops: number;
  readonly bytes: number;
}

const FREE: Cost = { flops: 0, bytes: 0 };
const BYTES = 4;

/** How long the sequences are over which a step's cost is the mean. */
const LENGTH = 64;

/** The cost of one step, without what is done once however long the sequence is. All times have the same length. */
export function stepCost(graph: Graph, sizes: Sizes): Cost {
  const times = timesOf(graph);
  const over = (length: number): Cost =>
    costOf(graph, new Map([...sizes, ...times.map((each) => [each, length] as const)]));
  const [whole, once] = [over(LENGTH), over(0)];
  return { flops: (whole.flops - once.flops) / LENGTH, bytes: (whole.bytes - once.bytes) / LENGTH };
}

/** The names of the lengths of sequences. */
export function timesOf(graph: Graph): readonly string[] {
  const dims = graph
    .all()
    .flatMap((node) => [
      ...node.type.axes.filter(({ tag }) => tag === "time").map(({ size }) => size),
      ...(node.op === "scan" ? [parseDim(scanAttributes(node).time)] : []),
    ]);
  return [...new Set(dims.flatMap(symbolsOf))];
}

export function costOf(graph: Graph, sizes: Sizes): Cost {
  return total(graph.region(null).map((node) => nodeCost(graph, node, sizes)));
}

function nodeCost(graph: Graph, node: Node, sizes: Sizes): Cost {
  if (node.op === "scan") {
    const steps = evaluateDim(parseDim(scanAttributes(node).time), sizes);
    const step = total(graph.region(node.id).map((each) => nodeCost(graph, each, sizes)));
    return { flops: steps * step.flops, bytes: steps * step.bytes };
  }
  if (!isRow(node.op) || node.operands.length === 0) return FREE;
  const moves = node.operands.map((_, index) => movementOf(graph, node, index));
  if (moves.every((each) => each === "kept")) return FREE;
  const operands = node.operands.map((operand) => shapeOf(graph.node(operand).type, sizes));
  const counts = [...operands, shapeOf(node.type, sizes)].map(count);
  const bytes = BYTES * counts.reduce((a, b) => a + b, 0);
  if (moves.every((each) => each !== null)) return { flops: 0, bytes };
  return { flops: node.op === "contract" ? productFlops(node, operands) : Math.max(...counts), bytes };
}

function productFlops(node: Node, shapes: readonly (readonly number[])[]): number {
  const { left, right } = labelsOf(node.attributes);
  const sizes = new Map<string, number>();
  [left, right].forEach((labels, operand) =>
    [...labels].forEach((label, axis) => sizes.set(label, shapes[operand]?.[axis] ?? 1)),
  );
  return 2 * count([...sizes.values()]);
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function total(costs: readonly Cost[]): Cost {
  return costs.reduce((a, b) => ({ flops: a.flops + b.flops, bytes: a.bytes + b.bytes }), FREE);
}
