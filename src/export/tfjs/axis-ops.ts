// Products, and ops along axes and of other shapes, as functions of tfjs.
import { at } from "../../base/invariant.ts";
import { classify, type Labels } from "../../ops/rows/contract.ts";
import { constantOf, equal, subtract } from "../../shape/dim.ts";
import { hasBatch, type Type } from "../../shape/type.ts";
import type { Along, OpTable, Operands, Plain, Writer } from "../source/dialect.ts";
import { atom, call, list, number, string, type Expression } from "../source/expression.ts";
import { shapeOf, sizesOf } from "../source/type-sizes.ts";
import { floats, like, type Value } from "../source/value.ts";
import { asArray, axisFrom, behind, floatOf, operandAt, WORDS } from "./words.ts";

const STAGE = "export";

function operand(writing: Operands, place: number): Expression {
  const value = operandAt(writing, place);
  return asArray({ ...value, expression: floatOf(value) });
}

/** `tf.matMul` of two matrices, or a call of the function of products of any arrays. */
function product({ left, right, out }: Labels, a: Expression, b: Expression): Expression {
  const { contracted, batch } = classify({ left, right, out });
  const areMatrices = left.length === 2 && right.length === 2 && contracted.length === 1 && batch === "";
  if (!areMatrices) return call("product", [string(`${left},${right}->${out}`), a, b]);
  const own = left.replace(contracted, "");
  return own === out.charAt(0)
    ? matrixProduct(a, b, left.startsWith(contracted), right.endsWith(contracted))
    : matrixProduct(b, a, right.startsWith(contracted), left.endsWith(contracted));
}

function matrixProduct(a: Expression, b: Expression, turnsA: boolean, turnsB: boolean): Expression {
  const turns = turnsB ? [atom(String(turnsA)), atom("true")] : turnsA ? [atom("true")] : [];
  return call("tf.matMul", [a, b, ...turns]);
}

function along(name: string): Along {
  return (writing) =>
    floats(call(name, [operand(writing, 0), number(axisFrom(writing, writing.node.attributes.axis))]));
}

function extreme(kind: "max" | "min"): Along {
  return (writing) => {
    const axis = number(axisFrom(writing, writing.node.attributes.axis));
    return floats(call("extreme", [operand(writing, 0), axis, string(kind)]));
  };
}

interface Running extends Operands {
  readonly node: { readonly attributes: { readonly axis: number; readonly reverse?: boolean } };
}

function running(join: "tf.mul" | "tf.maximum"): (writing: Running) => Value {
  return (writing) => {
    const { axis, reverse = false } = writing.node.attributes;
    const position = number(axisFrom(writing, axis));
    return floats(call("running", [operand(writing, 0), position, atom(String(reverse)), atom(join)]));
  };
}

const cumsum: Writer<"cumsum"> = (writing) => {
  const { axis, reverse = false } = writing.node.attributes;
  return floats(call("runningSum", [operand(writing, 0), number(axisFrom(writing, axis)), atom(String(reverse))]));
};

const sum: Writer<"sum"> = (writing) => {
  const { axes } = writing.node.attributes;
  if (axes.length === 0) return operandAt(writing, 0);
  const positions = axes.map((axis) => number(axisFrom(writing, axis)));
  const [first] = positions;
  const isWhole = writing.type.axes.length === 0;
  const which = isWhole ? [] : positions.length === 1 && first !== undefined ? [first] : [list(positions)];
  return floats(call("tf.sum", [operand(writing, 0), ...which]));
};

/** An array of one number, or an array repeated to a shape. */
const broadcast: Writer<"broadcast"> = (writing) => {
  const value = operandAt(writing, 0);
  const shape = shapeOf(writing, writing.node.attributes.type);
  if (value.kind !== "number") return like(value, WORDS.repeated(writing.aligned(0).expression, shape));
  const kind = writing.type.dtype;
  const isZero = value.expression.kind === "atom" && value.expression.text === "0";
  if (kind === "int") return { kind, expression: WORDS.filled(shape, value.expression, {}), isCheap: true };
  if (isZero) return { kind, expression: WORDS.zeros(shape, {}), isCheap: true };
  return { kind, expression: call("tf.fill", [shape, value.expression]), isCheap: true };
};

const permute: Writer<"permute"> = (writing) => {
  const x = operandAt(writing, 0);
  const { order } = writing.node.attributes;
  const rank = writing.type.axes.length;
  const fixed = Array.from({ length: rank - order.length }, (_, axis) => axis);
  const full = [...fixed, ...order.map((axis) => rank + axis)];
  const places = full.map(number);
  if (x.kind !== "float") return like(x, call("permuted", [x.expression, list(places)]));
  return like(x, WORDS.permuted(x.expression, places));
};

const concat: Writer<"concat"> = (writing) => {
  const { node, type: result, operands, operandTypes } = writing;
  const { axis } = node.attributes;
  const position = result.axes.length + axis;
  const isInt = result.dtype === "int";
  const parts = operands.map((value, place) => {
    const type = at(operandTypes, place, STAGE);
    const x = isInt ? value.expression : floatOf(value);
    if (type.axes.length === result.axes.length) return x;
    const own = at(type.axes, type.axes.length + axis, STAGE);
    const axes = result.axes.with(position, own);
    const lined = isInt ? writing.aligned(place).expression : floatOf(writing.aligned(place));
    return WORDS.repeated(lined, shapeOf(writing, { ...type, axes }));
  });
  const [only] = parts;
  const expression = parts.length === 1 && only !== undefined ? only : WORDS.concatenate(parts, position);
  return { kind: result.dtype, expression };
};

const slice: Writer<"slice"> = (writing) => {
  const x = operandAt(writing, 0);
  const { axis, dims } = writing.node.attributes;
  const { axes } = at(writing.operandTypes, 0, STAGE);
  const position = axisFrom(writing, axis);
  const [from, to] = dims;
  const isToEnd = equal(to, at(axes, position, STAGE).size);
  const before = Array.from({ length: position });
  const begin = [...before.map(() => number(0)), writing.size(from)];
  const size = [...before.map(() => number(-1)), isToEnd ? number(-1) : writing.size(subtract(to, from))];
  const isWhole = isToEnd && constantOf(from) === 0;
  return isWhole ? x : like(x, call("tf.slice", [x.expression, list(begin), list(size)]));
};

const turned: Plain = (writing) => {
  const x = operandAt(writing, 0);
  return hasBatch(writing.type) ? like(x, WORDS.swapped(x.expression)) : x;
};

const pad: Writer<"pad"> = (writing) => {
  const { axis, dims } = writing.node.attributes;
  const rank = writing.type.axes.length;
  const widths = Array.from({ length: rank }, (_, position) =>
    list(position === rank + axis ? dims.map((each) => writing.size(each)) : [number(0), number(0)]),
  );
  return floats(call("tf.pad", [operand(writing, 0), list(widths)]));
};

const weave: Plain = (writing) => {
  const first = operandAt(writing, 0);
  const stacked = call("tf.stack", [list(writing.operands.map(({ expression }) => expression)), number(1)]);
  return like(first, call("tf.reshape", [stacked, list(sizesOf(writing, writing.type))]));
};

/** The last axis of an array as the size of a square matrix. */
function identity(writing: Operands, { axes }: Type): Expression {
  return call("tf.eye", [writing.size(at(axes, -1, STAGE).size)]);
}

export const axisOps = {
  contract: (writing) => floats(product(writing.node.attributes, operand(writing, 0), operand(writing, 1))),
  sum,
  argmax: (writing) => ({ ...along("tf.argMax")(writing), kind: "int" }) satisfies Value,
  cumsum,
  cumprod: running("tf.mul"),
  cummax: running("tf.maximum"),
  softmax: along("softmax"),
  logsoftmax: along("logSoftmax"),
  reduce_max: extreme("max"),
  reduce_min: extreme("min"),
  logsumexp: along("logSumExp"),
  norm: along("euclidean"),
  reshape: (writing) => {
    const x = operandAt(writing, 0);
    return like(x, call("tf.reshape", [asArray(x), list(sizesOf(writing, writing.type))]));
  },
  unsqueeze: (writing) => {
    const x = operandAt(writing, 0);
    const position = writing.type.axes.length + writing.node.attributes.axis;
    return like(x, call("tf.expandDims", [x.expression, number(position)]));
  },
  broadcast,
  permute,
  remember: turned,
  recall: turned,
  concat,
  slice,
  pad,
  diag: (writing) =>
    floats(call("tf.mul", [behind(operand(writing, 0), 1), identity(writing, at(writing.operandTypes, 0, STAGE))])),
  diagonal: (writing) => {
    const type = at(writing.operandTypes, 0, STAGE);
    const isDiagonal = call("tf.cast", [identity(writing, type), string("bool")]);
    return floats(call("tf.sum", [WORDS.where(isDiagonal, operand(writing, 0), number(0)), number(-1)]));
  },
  weave,
} satisfies Partial<OpTable>;
