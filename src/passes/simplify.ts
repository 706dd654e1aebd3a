// Removes ops without effect: + 0, * 1, - -, repetitions that broadcasting does anyway, shape ops that cancel. Folds constants.
// A product with 0 becomes zeros of its type, so that the shape stays.
import { at } from "../base/invariant.ts";
import { add, equal, ONE, ZERO, type Dim } from "../shape/dim.ts";
import { sameType, type Type } from "../shape/type.ts";
import type { Builder } from "../ops/builder.ts";
import { isOp, type Node, type OpName } from "../graph/node.ts";
import { rewrite, type Rule } from "../ops/rewrite.ts";
import { isRow, rowOf } from "../ops/table.ts";
import { EXACT } from "../shape/unify.ts";
import { folded } from "./fold.ts";
import type { Pass } from "./pass.ts";
import { scaling } from "./scaling.ts";
import { typeHere } from "./type-here.ts";

type Simplification = (node: Node, operands: readonly string[], build: Builder) => string | undefined;

/** The number that all elements of a value are, if it is a constant or a repeated one; otherwise undefined. */
export function uniform(build: Builder, id: string): number | undefined {
  const node = build.node(id);
  if (isOp(node, "constant") && node.attributes.integer !== true) return node.attributes.value;
  const [operand] = node.operands;
  return node.op === "broadcast" && operand !== undefined ? uniform(build, operand) : undefined;
}

function resultType(node: Node, operands: readonly string[], build: Builder): Type {
  return rowOf(node.op).type(
    operands.map((operand) => typeHere(build, operand)),
    node.attributes,
    EXACT,
  );
}

/** `id` if it has the type of the node that it replaces, otherwise undefined. */
function ifSame(id: string | undefined, node: Node, operands: readonly string[], build: Builder): string | undefined {
  return id !== undefined && sameType(typeHere(build, id), resultType(node, operands, build)) ? id : undefined;
}

const sum: Simplification = (node, operands, build) => {
  const [a, b] = operands;
  if (a === undefined || b === undefined) return undefined;
  if (uniform(build, b) === 0) return ifSame(a, node, operands, build);
  return node.op === "add" && uniform(build, a) === 0 ? ifSame(b, node, operands, build) : undefined;
};

/** -a + b is b - a. */
const difference: Simplification = (node, [a, b], build) => {
  if (node.op !== "add" || a === undefined || b === undefined) return undefined;
  const [left, right] = [build.node(a), build.node(b)];
  const [negatedLeft, negatedRight] = [left.operands[0], right.operands[0]];
  if (right.op === "neg" && negatedRight !== undefined) return build.op("sub", [a, negatedRight]);
  return left.op === "neg" && negatedLeft !== undefined ? build.op("sub", [b, negatedLeft]) : undefined;
};

const times: Simplification = (node, operands, build) => {
  const [a, b] = operands;
  if (a === undefined || b === undefined) return undefined;
  if (uniform(build, b) === 1) return ifSame(a, node, operands, build);
  if (node.op !== "mul") return undefined;
  if (uniform(build, a) === 1) return ifSame(b, node, operands, build);
  const isZero = operands.some((operand) => uniform(build, operand) === 0);
  return isZero ? build.op("broadcast", [build.constant(0)], { type: resultType(node, operands, build) }) : undefined;
};

/**
 * Many numbers that are divided by one are multiplied by its reciprocal, as the rows of a layer that is normalised; the gradient then divides
 * nothing either. The last bit may differ.
 */
const division: Simplification = (node, operands, build) => {
  const [a, b] = operands;
  if (a === undefined || b === undefined || uniform(build, b) !== undefined) return undefined;
  const [of, by] = [resultType(node, operands, build), typeHere(build, b)].map(({ axes }) => axes.at(-1));
  if (of === undefined || by === undefined || of.tag !== "plain" || equal(of.size, ONE)) return undefined;
  if (by.tag === "plain" && !equal(by.size, ONE)) return undefined;
  return build.op("mul", [a, reciprocal(b, build)]);
};

/** Before an axis is inserted, so that it is computed together with what it is the reciprocal of. */
function reciprocal(id: string, build: Builder): string {
  const node = build.node(id);
  const [operand] = node.operands;
  if (!isOp(node, "unsqueeze") || operand === undefined) return build.op("div", [build.constant(1), id]);
  return build.op("unsqueeze", [reciprocal(operand, build)], node.attributes);
}

const negation: Simplification = (_, [a], build) => {
  const inner = a === undefined ? undefined : build.node(a);
  return inner?.op === "neg" ? inner.operands[0] : undefined;
};

const reshape: Simplification = (node, operands, build) => {
  const [a] = operands;
  if (a === undefined || !isOp(node, "reshape")) return undefined;
  const same = ifSame(a, node, operands, build);
  if (same !== undefined) return same;
  const inner = build.node(a);
  const [source] = inner.operands;
  if (inner.op !== "reshape" || source === undefined) return undefined;
  return ifSame(source, node, [source], build) ?? build.op("reshape", [source], node.attributes);
};

const permute: Simplification = (node, [a], build) => {
  if (a === undefined || !isOp(node, "permute")) return undefined;
  const { order } = node.attributes;
  if (order.every((axis, index) => axis === index - order.length)) return a;
  const inner = build.node(a);
  const [source] = inner.operands;
  if (!isOp(inner, "permute") || source === undefined) return undefined;
  const { order: before } = inner.attributes;
  if (before.length !== order.length) return undefined;
  return build.op("permute", [source], { order: order.map((axis) => at(before, order.length + axis, "simplify")) });
};

const broadcast: Simplification = (node, operands, build) => ifSame(operands[0], node, operands, build);

/** Pointwise ops broadcast, so an operand need not be repeated if another one has the axes of the result. */
const repeated: Simplification = (node, operands, build) => {
  const bare = operands.map((operand) => {
    const { op, operands: from } = build.node(operand);
    const [source] = from;
    return op === "broadcast" && source !== undefined && build.type(source).dtype === build.type(operand).dtype
      ? source
      : operand;
  });
  if (bare.every((operand, index) => operand === operands[index])) return undefined;
  const type = resultType(node, operands, build);
  for (let index = 0; index < operands.length; index++) {
    if (bare[index] === operands[index]) continue;
    const next = operands.map((operand, each) => (each === index ? (bare[index] ?? operand) : operand));
    if (sameType(resultType(node, next, build), type)) return build.op(node.op, next, node.attributes);
  }
  return undefined;
};

/** The sum of neighbouring slices that are padded to the whole is a `concat`. */
const pads: Simplification = (node, [a, b], build) => {
  if (node.op !== "add" || a === undefined || b === undefined) return undefined;
  const [left, right] = [build.node(a), build.node(b)];
  if (!isOp(left, "pad") || !isOp(right, "pad")) return undefined;
  const { axis } = left.attributes;
  if (axis !== right.attributes.axis) return undefined;
  const [x, y] = [left.operands[0], right.operands[0]];
  if (x === undefined || y === undefined) return undefined;
  const size = (id: string): Dim => build.type(id).axes.at(axis)?.size ?? ZERO;
  const [first, second] = [
    { id: x, dims: left.attributes.dims },
    { id: y, dims: right.attributes.dims },
  ];
  const follows = (one: typeof first, other: typeof first): boolean =>
    equal(other.dims[0], add(one.dims[0], size(one.id))) && equal(one.dims[1], add(other.dims[1], size(other.id)));
  const joined = ([one, other]: readonly [typeof first, typeof first]): string =>
    padded(build, [one.id, other.id], axis, [one.dims[0], other.dims[1]]);
  if (follows(first, second)) return joined([first, second]);
  return follows(second, first) ? joined([second, first]) : undefined;
};

function padded(build: Builder, parts: readonly string[], axis: number, dims: readonly [Dim, Dim]): string {
  const joined = build.op("concat", parts, { axis });
  return dims.every((size) => equal(size, ZERO)) ? joined : build.op("pad", [joined], { axis, dims });
}

/** A slice that is the whole value, or exactly one part of a `concat`. */
const slice: Simplification = (node, operands, build) => {
  const [a] = operands;
  if (a === undefined || !isOp(node, "slice")) return undefined;
  const same = ifSame(a, node, operands, build);
  if (same !== undefined) return same;
  const inner = build.node(a);
  if (!isOp(inner, "concat") || inner.attributes.axis !== node.attributes.axis) return undefined;
  const { axis, dims } = node.attributes;
  let start = ZERO;
  for (const part of inner.operands) {
    const end = add(start, build.type(part).axes.at(axis)?.size ?? start);
    const isIt = equal(start, dims[0]) && equal(end, dims[1]);
    if (isIt && sameType(typeHere(build, part), resultType(node, operands, build))) return part;
    start = end;
  }
  return undefined;
};

/** All slices of a value, one after the other, are the value. */
const concat: Simplification = (node, operands, build) => {
  if (!isOp(node, "concat")) return undefined;
  const { axis } = node.attributes;
  let [end, whole] = [ZERO, ""];
  for (const [index, operand] of operands.entries()) {
    const part = build.node(operand);
    if (!isOp(part, "slice") || part.attributes.axis !== axis || !equal(part.attributes.dims[0], end)) return undefined;
    const source = at(part.operands, 0, "simplify");
    if (index > 0 && source !== whole) return undefined;
    [end, whole] = [part.attributes.dims[1], source];
  }
  return ifSame(whole, node, operands, build);
};

const SIMPLIFICATIONS: ReadonlyMap<OpName, Simplification> = new Map<OpName, Simplification>([
  [
    "add",
    (node, operands, build) =>
      sum(node, operands, build) ?? pads(node, operands, build) ?? difference(node, operands, build),
  ],
  ["sub", sum],
  ["mul", times],
  ["div", (node, operands, build) => times(node, operands, build) ?? division(node, operands, build)],
  ["pow", times],
  ["neg", negation],
  ["reshape", reshape],
  ["permute", permute],
  ["broadcast", broadcast],
  ["slice", slice],
  ["concat", concat],
  ["contract", (node, operands, build) => ifSame(scaling(node, operands, build), node, operands, build)],
]);

const rule: Rule = (node, operands, build, of) => {
  const found = folded(node, operands, build, of) ?? SIMPLIFICATIONS.get(node.op)?.(node, operands, build);
  if (found !== undefined) return found;
  return isRow(node.op) && rowOf(node.op).formula !== undefined ? repeated(node, operands, build) : undefined;
};

export const SIMPLIFY: Pass = {
  name: "simplify",
  doc: "removes what computes nothing, and computes what is made of constants alone",
  run: (graph) => rewrite(graph, { rule }),
};
