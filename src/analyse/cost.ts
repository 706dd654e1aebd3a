// The cost of a graph: floating-point operations and bytes, from its types alone. A product of m × k by k × n takes 2·m·n·k operations,
// any other op one for each element; an op that only moves elements takes none. Each op reads its operands and writes its result:
// 4 bytes for each number, without fusion.
import type { Graph } from "../graph/graph.ts";
import { scanAttributes, type Node } from "../graph/node.ts";
import { productLabels, type Labels } from "../ops/rows/contract.ts";
import { isRow, rowOf } from "../ops/table.ts";
import { evaluateDim, symbolsOf, type Sizes } from "../shape/dim.ts";
import { shapeOf } from "../shape/type.ts";
import { movementOf } from "./dependence.ts";

export interface Cost {
  readonly flops: number;
  /** Those of them that are in products. */
  readonly products: number;
  readonly bytes: number;
}

const FREE: Cost = { flops: 0, products: 0, bytes: 0 };

/** `of` both values, for each field. */
function combine(a: Cost, b: Cost, of: (x: number, y: number) => number): Cost {
  return { flops: of(a.flops, b.flops), products: of(a.products, b.products), bytes: of(a.bytes, b.bytes) };
}

/** The cost of `whole` beyond that of `part`. */
export function beyond(whole: Cost, part: Cost): Cost {
  return combine(whole, part, (x, y) => x - y);
}
const BYTES = 4;

/** The length of the sequences over which the cost of a step is averaged. */
const LENGTH = 64;

/** The cost of one step, without what runs once for any length. All times have the same length. */
export function stepCost(graph: Graph, sizes: Sizes): Cost {
  const times = timesOf(graph);
  const kinds = kindsOf(graph);
  const over = (length: number): Cost =>
    new Counter(graph, kinds, new Map([...sizes, ...times.map((each) => [each, length] as const)])).region(null);
  const [whole, once] = [over(LENGTH), over(0)];
  return combine(whole, once, (x, y) => (x - y) / LENGTH);
}

/** The cost of the whole graph, with a size for every name. */
export function graphCost(graph: Graph, sizes: Sizes): Cost {
  return new Counter(graph, kindsOf(graph), sizes).region(null);
}

/** The names of the lengths of sequences. */
export function timesOf(graph: Graph): readonly string[] {
  const dims = graph
    .all()
    .flatMap((node) => [
      ...node.type.axes.filter(({ tag }) => tag === "time").map(({ size }) => size),
      ...(node.op === "scan" ? [scanAttributes(node).time] : []),
    ]);
  return [...new Set(dims.flatMap(symbolsOf))];
}

/** What an op does: nothing (a change of shape), moving, or computing. */
type Kind = "free" | "moves" | "computes";

/** By node. It does not depend on sizes. */
function kindsOf(graph: Graph): ReadonlyMap<string, Kind> {
  return new Map(graph.all().map((node) => [node.id, kindOf(graph, node)]));
}

function kindOf(graph: Graph, node: Node): Kind {
  if (!isRow(node.op) || node.operands.length === 0) return "free";
  const moves = node.operands.map((_, index) => movementOf(graph, node, index));
  if (moves.every((each) => each === "kept")) return "free";
  return moves.every((each) => each !== null) ? "moves" : "computes";
}

/** Sums up costs of a graph's nodes for given sizes. */
class Counter {
  readonly #graph: Graph;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #sizes: Sizes;

  constructor(graph: Graph, kinds: ReadonlyMap<string, Kind>, sizes: Sizes) {
    this.#graph = graph;
    this.#kinds = kinds;
    this.#sizes = sizes;
  }

  region(region: string | null): Cost {
    const costs = this.#graph.region(region).map((node) => this.#node(node));
    return costs.reduce((a, b) => combine(a, b, (x, y) => x + y), FREE);
  }

  #node(node: Node): Cost {
    if (node.op === "scan") {
      const steps = evaluateDim(scanAttributes(node).time, this.#sizes);
      const step = this.region(node.id);
      return combine(step, step, (x) => steps * x);
    }
    const kind = this.#kinds.get(node.id) ?? "free";
    if (kind === "free") return FREE;
    const operands = node.operands.map((operand) => shapeOf(this.#graph.node(operand).type, this.#sizes));
    const result = count(shapeOf(node.type, this.#sizes));
    const bytes = BYTES * operands.map(count).reduce((a, b) => a + b, result);
    const flops = kind === "moves" ? 0 : flopsOf(node, operands, result);
    return { flops, products: productLabels(node) === undefined ? 0 : flops, bytes };
  }
}

/** A reduction reads each element of its operand; any other op makes each element of its result. */
function flopsOf(node: Node, operands: readonly (readonly number[])[], result: number): number {
  const labels = productLabels(node);
  if (labels !== undefined) return productFlops(labels, operands);
  return rowOf(node.op).formula === undefined ? Math.max(result, ...operands.map(count)) : result;
}

function productFlops({ left, right }: Labels, shapes: readonly (readonly number[])[]): number {
  const sizes = new Map<string, number>();
  [left, right].forEach((labels, operand) =>
    [...labels].forEach((label, axis) => sizes.set(label, shapes[operand]?.[axis] ?? 1)),
  );
  return 2 * count([...sizes.values()]);
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
