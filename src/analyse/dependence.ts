// How a result depends on an operand: whether the op is linear in it, and whether the operand's elements stay independent.
// No op is named here. The gradient rule of the op shows linearity (the derivative does not depend on the operand). An op that only moves
// elements is found by running it on marked elements.
import { at } from "../base/invariant.ts";
import { data } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import type { Node } from "../graph/node.ts";
import { isDim } from "../graph/attributes.ts";
import { Builder } from "../ops/builder.ts";
import { runContext } from "../ops/concrete.ts";
import { countOf, type NdArray } from "../ops/nd.ts";
import { productLabels, type Labels } from "../ops/rows/contract.ts";
import { rowOf } from "../ops/table.ts";
import { constant, constantOf, equal, substitute, symbolsOf, type Dim } from "../shape/dim.ts";
import { leadingAxes, ownAxes, shapeOf, type Type } from "../shape/type.ts";

/**
 * `kept`: each element of the result reads one element, at the same position. `moved`: one element, at another position.
 * `mixed`: several, by a sum, a softmax or a repetition. `product`: several, weighted by another array.
 */
export type Lanes = "kept" | "moved" | "mixed" | "product";

export interface Dependence {
  readonly lanes: Lanes;
  /** The operands that the derivative reads, with -1 for the result; null if the result depends on the operand without a derivative. */
  readonly reads: ReadonlySet<number> | null;
}

const NOTHING: ReadonlySet<number> = new Set();

export function dependenceOf(graph: Graph, node: Node, index: number): Dependence {
  const moves = movementOf(graph, node, index);
  if (moves !== null) return { lanes: moves, reads: NOTHING };
  return { lanes: lanesOf(graph, node, index), reads: derivativeReads(graph, node, index) };
}

function typesOf(graph: Graph, node: Node): readonly Type[] {
  return node.operands.map((operand) => graph.node(operand).type);
}

/** Runs the op's gradient rule for one operand, and records what it reads. */
function derivativeReads(graph: Graph, node: Node, index: number): ReadonlySet<number> | null {
  const { gradient } = rowOf(node.op);
  if (typeof gradient !== "function") return null;
  const build = new Builder();
  const types = typesOf(graph, node);
  const operands = types.map((type, each) => build.input(data(`operand ${each}`), type));
  const reads = new Set<number>();
  const cotangents = gradient({
    build,
    node,
    cotangent: build.input({ kind: "cotangent", of: null }, node.type),
    operand: (each) => {
      reads.add(each);
      return at(operands, each, "analyse");
    },
    result: () => {
      reads.add(-1);
      return build.input(data("result"), node.type);
    },
    operandType: (each) => at(types, each, "analyse"),
    needs: (each) => each === index,
  });
  return (cotangents[index] ?? null) === null ? null : reads;
}

function lanesOf(graph: Graph, node: Node, index: number): Lanes {
  const type = at(typesOf(graph, node), index, "analyse");
  const labels = productLabels(node);
  if (labels !== undefined) return productLanes(labels, type, index);
  if (rowOf(node.op).formula === undefined) return "mixed";
  const [from, to] = [ownAxes(type), ownAxes(node.type)];
  const isWhole =
    from.length === to.length && from.every((axis, each) => equal(axis.size, at(to, each, "analyse").size));
  return isWhole ? "kept" : "mixed";
}

/** By the operand's own labels: those that are summed over, and those that it lacks. */
function productLanes({ left, right, out }: Labels, type: Type, index: number): Lanes {
  const leading = leadingAxes(type).length;
  const [mine, theirs] = index === 0 ? [left, right] : [right, left];
  const own = mine.slice(leading);
  const kept = [...out].filter((label) => own.includes(label)).join("");
  const isSummed = kept.length < own.length;
  const isSpread = [...theirs].some((label) => !mine.includes(label) && out.includes(label));
  if (isSummed) return "product";
  return isSpread ? "mixed" : kept === own ? "kept" : "moved";
}

/** The first that makes all sizes whole is used: small, or divisible by more. */
const SIZES = [12, 60, 840] as const;

/** The position in this operand, or elsewhere, from which each element of the result comes; null if the op computes. */
export function movementOf(graph: Graph, node: Node, index: number): "kept" | "moved" | null {
  const row = rowOf(node.op);
  if (row.formula !== undefined || productLabels(node) !== undefined || node.type.dtype === "int") return null;
  const types = typesOf(graph, node);
  if (types.some((type) => type.dtype === "int")) return null;
  const sizes = sizesFor(node, [...types, node.type]);
  if (sizes === null) return null;
  const context = runContext(node, types, sizes);
  const count = countOf(shapeOf(at(types, index, "analyse"), sizes));
  // Each element encodes its position as a number between 1 and 2. No sum of several is such a number, and because of the squares no mean is.
  const scale = 2 ** Math.ceil(Math.log2(count + 1));
  const placesFor = (sign: 1 | -1): Int32Array => {
    const operands = types.map((type, each): NdArray => {
      const shape = shapeOf(type, sizes);
      const data = new Float64Array(countOf(shape));
      if (each === index) data.forEach((_, place) => (data[place] = sign * (1 + (place / scale) ** 2)));
      return { shape, data };
    });
    return Int32Array.from(row.evaluate(operands, context).data, (value) => {
      if (value === 0) return ELSEWHERE;
      const place = Math.round(Math.sqrt(Math.max(0, sign * value - 1)) * scale);
      return sign * (1 + (place / scale) ** 2) === value && place < count ? place : COMPUTED;
    });
  };
  const places = placesFor(1);
  if (places.includes(COMPUTED)) return null;
  // With other signs, a maximum or minimum is at another position.
  if (!sameNumbers(places, placesFor(-1)) || hasRepeated(places, count)) return null;
  return places.length === count && places.every((place, each) => place === each) ? "kept" : "moved";
}

const ELSEWHERE = -1;
const COMPUTED = -2;

function sameNumbers(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

/** A repeated element is no longer independent. */
function hasRepeated(places: Int32Array, count: number): boolean {
  const isTaken = new Uint8Array(count);
  return places.some((place) => {
    const isAgain = isTaken[place] === 1;
    if (place >= 0) isTaken[place] = 1;
    return isAgain;
  });
}

/** A number for each size of the node: one step and one example; null if a size is not a whole number. */
function sizesFor(node: Node, types: readonly Type[]): ReadonlyMap<string, number> | null {
  const { dims } = node.attributes;
  const inAttributes = Array.isArray(dims) ? dims.filter(isDim) : [];
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
