// How an op passes an operand on: whether it is linear in it, and whether the operand's elements stay apart.
// No op is listed here. Linearity is what the op's own gradient rule says (the derivative does not look at the operand), and what
// only moves elements is found by moving some.
import { at } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { Builder } from "../ops/builder.ts";
import { runContext } from "../ops/concrete.ts";
import { countOf, type NdArray } from "../ops/nd.ts";
import { labelsOf } from "../ops/rows/contract.ts";
import { rowOf } from "../ops/table.ts";
import { constant, constantOf, equal, parseDim, substitute, symbolsOf, type Dim } from "../shape/dim.ts";
import { leadingAxes, ownAxes, shapeOf, type Type } from "../shape/type.ts";

/**
 * `kept`: each element of the result reads one element, in its own place. `moved`: one element, in another place.
 * `mixed`: several, by a sum, a softmax or by being repeated. `product`: several, weighted by another array.
 */
export type Lanes = "kept" | "moved" | "mixed" | "product";

export interface Passage {
  readonly lanes: Lanes;
  /** The operands that the derivative looks at, the result being -1; null where the result depends on the operand without a derivative. */
  readonly reads: ReadonlySet<number> | null;
}

const NOTHING: ReadonlySet<number> = new Set();

export function passageOf(graph: Graph, node: Node, index: number): Passage {
  const moves = movementOf(graph, node, index);
  if (moves !== null) return { lanes: moves, reads: NOTHING };
  return { lanes: lanesOf(graph, node, index), reads: derivativeReads(graph, node, index) };
}

function typesOf(graph: Graph, node: Node): readonly Type[] {
  return node.operands.map((operand) => graph.node(operand).type);
}

/** Runs the op's gradient rule for one operand and sees what it asks for. */
function derivativeReads(graph: Graph, node: Node, index: number): ReadonlySet<number> | null {
  const { gradient } = rowOf(node.op);
  if (typeof gradient !== "function") return null;
  const build = new Builder();
  const types = typesOf(graph, node);
  const operands = types.map((type, each) => build.input(`operand ${each}`, "input", type));
  const reads = new Set<number>();
  const cotangents = gradient({
    build,
    node,
    cotangent: build.input("cotangent", "cotangent", node.type),
    operand: (each) => {
      reads.add(each);
      return at(operands, each, "analyse");
    },
    result: () => {
      reads.add(-1);
      return build.input("result", "input", node.type);
    },
    operandType: (each) => at(types, each, "analyse"),
    wants: (each) => each === index,
  });
  return (cotangents[index] ?? null) === null ? null : reads;
}

function lanesOf(graph: Graph, node: Node, index: number): Lanes {
  const type = at(typesOf(graph, node), index, "analyse");
  if (node.op === "contract") return productLanes(node, type, index);
  if (rowOf(node.op).formula === undefined) return "mixed";
  const [from, to] = [ownAxes(type), ownAxes(node.type)];
  const isWhole =
    from.length === to.length && from.every((axis, each) => equal(axis.size, at(to, each, "analyse").size));
  return isWhole ? "kept" : "mixed";
}

/** By the operand's own labels: those that are summed over, and those that it lacks. */
function productLanes(node: Node, type: Type, index: number): Lanes {
  const { left, right, out } = labelsOf(node.attributes);
  const leading = leadingAxes(type).length;
  const [mine, theirs] = index === 0 ? [left, right] : [right, left];
  const own = mine.slice(leading);
  const kept = [...out].filter((label) => own.includes(label)).join("");
  const isSummed = kept.length < own.length;
  const isSpread = [...theirs].some((label) => !mine.includes(label) && out.includes(label));
  if (isSummed) return "product";
  return isSpread ? "mixed" : kept === own ? "kept" : "moved";
}

/** The first that makes all sizes whole is taken: small, or divisible by more. */
const SIZES = [12, 60, 840] as const;

/** Whether the op takes each element of its result from one place of this operand or from elsewhere; null where it computes. */
export function movementOf(graph: Graph, node: Node, index: number): "kept" | "moved" | null {
  const row = rowOf(node.op);
  if (row.formula !== undefined || node.op === "contract" || node.type.dtype === "int") return null;
  const types = typesOf(graph, node);
  if (types.some((type) => type.dtype === "int")) return null;
  const sizes = sizesFor(node, [...types, node.type]);
  if (sizes === null) return null;
  const context = runContext(node, types, sizes);
  const count = countOf(shapeOf(at(types, index, "analyse"), sizes));
  const places = (value: (place: number) => number): readonly (number | undefined)[] => {
    const operands = types.map((type, each): NdArray => {
      const shape = shapeOf(type, sizes);
      return { shape, data: Float64Array.from({ length: countOf(shape) }, (_, i) => (each === index ? value(i) : 0)) };
    });
    const found = new Map(Array.from({ length: count }, (_, place) => [value(place), place] as const));
    return Array.from(row.evaluate(operands, context).data, (each) => (each === 0 ? -1 : found.get(each)));
  };
  // Roots of integers are no sums of each other in general; the second round, in another order, gives an extreme away.
  const once = places((place) => Math.sqrt(place + 2));
  if (once.includes(undefined)) return null;
  const twice = places((place) => -1 / Math.sqrt(count - place + 2));
  if (once.some((place, each) => place !== twice[each])) return null;
  // A repeated element is no longer on its own.
  const taken = once.filter((place) => place !== -1);
  if (new Set(taken).size < taken.length) return null;
  return once.length === count && once.every((place, each) => place === each) ? "kept" : "moved";
}

/** A number for each size of the node: one step and one example; null where that is no whole number. */
function sizesFor(node: Node, types: readonly Type[]): ReadonlyMap<string, number> | null {
  const { dims } = node.attributes;
  const inAttributes = Array.isArray(dims) ? dims.map((dim) => parseDim(String(dim))) : [];
  const all: readonly Dim[] = [...types.flatMap((type) => type.axes.map((axis) => axis.size)), ...inAttributes];
  const leading = types.flatMap((type) => leadingAxes(type).flatMap((axis) => symbolsOf(axis.size)));
  for (const size of SIZES) {
    const value = (name: string): number => (leading.includes(name) ? 1 : size);
    if (all.every((dim) => isWhole(dim, value)))
      return new Map(all.flatMap(symbolsOf).map((name) => [name, value(name)]));
  }
  return null;
}

function isWhole(dim: Dim, value: (name: string) => number): boolean {
  const size = constantOf(substitute(dim, (name) => constant(value(name))));
  return size !== undefined && Number.isInteger(size) && size >= 0;
}
