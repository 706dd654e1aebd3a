// Functions of numbers, element by element, as functions of tfjs. Numbers that are no arrays are computed by JavaScript.
import type { OpTable, Plain } from "../source/dialect.ts";
import { atom, binary, call, negative, number, type Expression, type Operator } from "../source/expression.ts";
import { booleans, floats, plainNumber, type Value } from "../source/value.ts";
import { flat } from "./layout.ts";
import { asArray, floatAt, floatOf, WORDS } from "./words.ts";

/** `constantly(tf.greater, a, b)`: tfjs has no gradient of a comparison, and here it is 0. */
export function constantly(name: string, operands: readonly Expression[]): Value {
  return booleans(call("constantly", [atom(`tf.${name}`), ...operands]));
}

function areNumbers(...values: readonly Value[]): boolean {
  return values.every(({ kind }) => kind === "number");
}

function arithmetic(operator: Operator, name: string): Plain {
  return (writing) => {
    const [a, b] = [writing.aligned(0), writing.aligned(1)];
    if (areNumbers(a, b)) return plainNumber(binary(operator, a.expression, b.expression));
    if (operator === "*" && a.kind === "bool" && b.kind === "bool")
      return constantly("logicalAnd", [a.expression, b.expression]);
    return floats(call(`tf.${name}`, [floatOf(a), floatOf(b)]));
  };
}

function comparison(operator: Operator, name: string): Plain {
  return (writing) => {
    const [a, b] = [writing.aligned(0), writing.aligned(1)];
    if (areNumbers(a, b)) return plainNumber(call("Number", [binary(operator, a.expression, b.expression)]));
    return constantly(name, [floatOf(a), floatOf(b)]);
  };
}

/** A function of one array; `ofNumbers` is JavaScript's own. */
function named(name: string, ofNumbers?: string): Plain {
  return (writing) => {
    const x = writing.aligned(0);
    if (x.kind === "number" && ofNumbers !== undefined) return plainNumber(call(ofNumbers, [x.expression]));
    return floats(call(name, [asArray({ ...x, expression: floatOf(x) })]));
  };
}

function extreme(name: "min" | "max"): Plain {
  return (writing) => {
    const [a, b] = [writing.aligned(0), writing.aligned(1)];
    if (areNumbers(a, b)) return plainNumber(call(`Math.${name}`, [a.expression, b.expression]));
    return floats(call(`tf.${name}imum`, [floatOf(a), floatOf(b)]));
  };
}

/** Within two bounds. At a bound the gradient goes to x, as at a tie of `min` and `max`. */
function within(x: Expression, low: Expression, high: Expression): Value {
  return floats(call("tf.minimum", [call("tf.maximum", [x, low]), high]));
}

function condition({ kind, expression }: Value): Expression {
  return kind === "bool" ? expression : constantly("notEqual", [expression, number(0)]).expression;
}

const select: Plain = (writing) => {
  const [chosen, a, b] = [writing.aligned(0), writing.aligned(1), writing.aligned(2)];
  const areBooleans = a.kind === "bool" && b.kind === "bool";
  const isInt = writing.type.dtype === "int";
  const branch = (value: Value): Expression => {
    if (isInt && value.kind === "number") return call("tf.scalar", [value.expression, atom('"int32"')]);
    return areBooleans ? value.expression : floatOf(value);
  };
  const expression = WORDS.where(condition(chosen), branch(a), branch(b));
  const kind = areBooleans ? "bool" : isInt ? "int" : "float";
  return { expression, kind, ...(flat(b.expression) === "-Infinity" ? { isMasked: true } : {}) };
};

export const scalarOps = {
  add: arithmetic("+", "add"),
  sub: arithmetic("-", "sub"),
  mul: arithmetic("*", "mul"),
  div: arithmetic("/", "div"),
  pow: arithmetic("**", "pow"),
  neg: (writing) => {
    const x = writing.aligned(0);
    return x.kind === "number" ? plainNumber(negative(x.expression)) : floats(call("tf.neg", [floatOf(x)]));
  },
  min: extreme("min"),
  max: extreme("max"),
  clamp: (writing) => within(floatAt(writing, 0), floatAt(writing, 1), floatAt(writing, 2)),
  mod: (writing) => floats(call("tf.mod", [floatAt(writing, 0), floatAt(writing, 1)])),
  lt: comparison("<", "less"),
  le: comparison("<=", "lessEqual"),
  gt: comparison(">", "greater"),
  ge: comparison(">=", "greaterEqual"),
  eq: comparison("==", "equal"),
  step: (writing) => constantly("greater", [floatAt(writing, 0), number(0)]),
  select,
  exp: named("tf.exp", "Math.exp"),
  log: named("tf.log", "Math.log"),
  log1p: named("tf.log1p", "Math.log1p"),
  sqrt: named("tf.sqrt", "Math.sqrt"),
  tanh: named("tf.tanh", "Math.tanh"),
  sin: named("sine", "Math.sin"),
  cos: named("cosine", "Math.cos"),
  abs: named("absolute", "Math.abs"),
  sign: named("tf.sign", "Math.sign"),
  floor: named("tf.floor", "Math.floor"),
  square: (writing) => {
    const x = writing.aligned(0);
    if (x.kind === "number") return plainNumber(binary("**", x.expression, number(2)));
    return floats(call("tf.square", [floatOf(x)]));
  },
  sigmoid: named("tf.sigmoid"),
  relu: named("tf.relu"),
  leakyrelu: (writing) => floats(call("leakyRelu", [asArray(writing.aligned(0)), floatAt(writing, 1)])),
  silu: named("silu"),
  softplus: named("tf.softplus"),
  elu: named("tf.elu"),
  gelu: named("gelu"),
  mish: named("mish"),
  softsign: named("softsign"),
  hardtanh: (writing) => within(floatAt(writing, 0), number(-1), number(1)),
  hardsigmoid: (writing) => {
    const line = call("tf.add", [call("tf.mul", [floatAt(writing, 1), floatAt(writing, 0)]), number(0.5)]);
    return within(line, number(0), number(1));
  },
  erf: named("tf.erf"),
} satisfies Partial<OpTable>;
