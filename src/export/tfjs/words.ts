// How arrays are written with functions of tfjs: the words of its dialect, and its numbers.
import { atom, call, list, negative, number, string, type Expression } from "../source/expression.ts";
import type { Operands, Words } from "../source/dialect.ts";
import type { Value } from "../source/value.ts";
import { at } from "../../base/invariant.ts";

export const WORDS: Words = {
  module: "tf",
  asFloat: (x) => call("asFloat", [x]),
  where: (condition, yes, no) => call("tf.where", [condition, yes, no]),
  swapped: (x) => call("swapped", [x]),
  withAxes: (x, isNew) =>
    isNew.reduce((before, each, axis) => (each ? call("tf.expandDims", [before, number(axis)]) : before), x),
  concatenate: (parts, axis) => call("tf.concat", [list(parts), number(axis)]),
  repeated: (x, shape) => call("spread", [x, shape]),
  // Only arrays of integers are asked for without a point: lengths and tokens.
  filled: (shape, value) => call("tf.fill", [shape, value, string("int32")]),
  array: (values) => call("tf.tensor", [values]),
  zeros: (shape) => call("tf.zeros", [shape]),
  permuted: (x, order) => call("tf.transpose", [x, list(order)]),
  flipped: (x, axis) => call("tf.reverse", [x, axis]),
  placedAs: () => ({}),
};

/** A number, or the name of one that is not finite. */
export function literal(value: number): Expression {
  if (Number.isNaN(value)) return atom("NaN");
  if (Number.isFinite(value)) return number(value);
  return value < 0 ? negative(atom("Infinity")) : atom("Infinity");
}

/** A value as one of numbers with a point. */
export function floatOf(value: Value): Expression {
  return value.kind === "bool" ? WORDS.asFloat(value.expression) : value.expression;
}

/** An operand as numbers with a point, lined up with the result. */
export function floatAt(writing: Operands, place: number): Expression {
  return floatOf(writing.aligned(place));
}

export function operandAt({ operands }: Operands, place: number): Value {
  return at(operands, place, "export");
}

/** A value as an array: functions of arrays also take plain numbers, but not for where an array has a shape. */
export function asArray(value: Value): Expression {
  return value.kind === "number" ? call("tf.scalar", [value.expression]) : value.expression;
}

/** A position from the left of an axis that is counted from the right. */
export function axisFrom(writing: Operands, axis: number): number {
  return at(writing.operandTypes, 0, "export").axes.length + axis;
}

/** `count` axes of size 1 behind the others. */
export function behind(x: Expression, count: number): Expression {
  return Array.from({ length: count }).reduce<Expression>((each) => call("tf.expandDims", [each, number(-1)]), x);
}
