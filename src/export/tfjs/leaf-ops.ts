// Values that come from sizes and lengths, and what is taken by steps and tokens, as functions of tfjs.
import { at } from "../../base/invariant.ts";
import { hasBatch } from "../../shape/type.ts";
import { ONE, subtract, type Dim } from "../../shape/dim.ts";
import { constants } from "../source/constants.ts";
import type { OpTable, Plain, Writer, Writing } from "../source/dialect.ts";
import { call, number, string, type Expression } from "../source/expression.ts";
import { booleans, floats, like, plainNumber, type Value } from "../source/value.ts";
import { behind, literal, operandAt, WORDS } from "./words.ts";

const STEPS = { real: "realSteps", moves: "movingSteps", first: "firstSteps", last: "lastSteps" } as const;

function integer(size: Expression): Expression {
  return call("tf.scalar", [size, string("int32")]);
}

/** Which steps of a time are marked, by the lengths of the examples. */
const mask: Writer<"mask"> = (writing) => {
  const { which, dims, drop = 0, memory = false, after = 0 } = writing.node.attributes;
  const [lengths] = writing.operands;
  if (lengths === undefined) return booleans(behind(marksOfAll(writing), after));
  const counted = drop === 0 ? lengths.expression : call("tf.sub", [lengths.expression, integer(number(drop))]);
  const steps = call(STEPS[which], [counted, writing.size(dims[0])]);
  return booleans(behind(memory ? call("tf.transpose", [steps]) : steps, after));
};

/** The mask of a time whose steps all examples have. */
function marksOfAll(writing: Writing<"mask">): Expression {
  const { which, dims, drop = 0 } = writing.node.attributes;
  const [time] = dims;
  const numbers = call("tf.range", [number(0), writing.size(time), number(1), string("int32")]);
  const own = Array.from({ length: drop }).reduce<Dim>((dim) => subtract(dim, ONE), time);
  return {
    real: () => call("tf.less", [numbers, integer(writing.size(own))]),
    moves: () => call("tf.greaterEqual", [numbers, integer(number(0))]),
    first: () => call("tf.equal", [numbers, integer(number(0))]),
    last: () => call("tf.equal", [numbers, integer(writing.size(subtract(time, ONE)))]),
  }[which]();
}

/** A call with the value and the lengths. */
function byLengths(name: "hold" | "borrow"): Plain {
  return (writing) => {
    const [x, lengths] = [operandAt(writing, 0), operandAt(writing, 1)];
    const lacksBatch = name === "hold" && !hasBatch(at(writing.operandTypes, 0, "export"));
    const whole = lacksBatch ? call("tf.expandDims", [x.expression, number(1)]) : x.expression;
    return like(x, call(name, [whole, lengths.expression]));
  };
}

export const leafOps = {
  ...constants(WORDS, literal),
  constant: ({ node }) => plainNumber(literal(node.attributes.value)),
  size: ({ node, size }) => plainNumber(size(node.attributes.dims[0])),
  range: (writing) => floats(call("tf.range", [number(0), writing.size(writing.node.attributes.dims[0])])),
  eye: (writing) => floats(call("tf.eye", [writing.size(writing.node.attributes.dims[0])])),
  mask,
  at: (writing) => {
    const x = operandAt(writing, 0);
    return like(x, call("stepOf", [x.expression, writing.size(writing.node.attributes.dims[0])]));
  },
  every: (writing) => {
    const x = operandAt(writing, 0);
    const { every, offset, dims } = writing.node.attributes;
    return like(x, call("everyStep", [x.expression, number(every), number(offset), writing.size(dims[0])]));
  },
  lookup: (writing) => floats(call("embed", [operandAt(writing, 0).expression, operandAt(writing, 1).expression])),
  onehot: (writing) => {
    const count = writing.size(writing.node.attributes.dims[0]);
    const tokens = operandAt(writing, 0).expression;
    // The kernel of the backend `wasm` writes integers, whatever it is asked for.
    return floats(WORDS.asFloat(call("tf.oneHot", [tokens, count])));
  },
  float: (writing): Value => {
    const { kind, expression } = operandAt(writing, 0);
    return kind === "number" ? plainNumber(expression) : floats(WORDS.asFloat(expression));
  },
  thinned: (writing) => {
    const { every } = writing.node.attributes;
    const last = call("tf.add", [operandAt(writing, 0).expression, integer(number(every - 1))]);
    return { kind: "int", expression: call("tf.floorDiv", [last, integer(number(every))]) };
  },
  hold: byLengths("hold"),
  borrow: byLengths("borrow"),
  stopgradient: (writing) => {
    const x = operandAt(writing, 0);
    return x.kind === "number" ? x : like(x, call("stopped", [x.expression]));
  },
} satisfies Partial<OpTable>;
