// The ops that PyTorch and JAX write alike, up to the name of their module.
// Long because it is a table with one row for each op.
import { at } from "../../base/invariant.ts";
import { constantOf, equal } from "../../shape/dim.ts";
import { hasBatch } from "../../shape/type.ts";
import { condition } from "./condition.ts";
import { constants, numeral } from "../source/constants.ts";
import { product } from "./contract.ts";
import { mask } from "./mask.ts";
import type { Operands, OpTable, Plain, Words, Writer } from "../source/dialect.ts";
import {
  atom,
  attribute,
  binary,
  call,
  index,
  method,
  negative,
  number,
  tuple,
  type Expression,
  type Operator,
} from "../source/expression.ts";
import { flat } from "./layout.ts";
import { running } from "./running.ts";
import { shapeOf, sizesOf } from "../source/type-sizes.ts";
import { booleans, floats, like, plainNumber, type Value } from "../source/value.ts";

const STAGE = "export";

/** The ops that each dialect writes in its own way. */
export type OwnOps = Pick<
  OpTable,
  | "cummax"
  | "min"
  | "max"
  | "clamp"
  | "mod"
  | "sigmoid"
  | "relu"
  | "silu"
  | "softplus"
  | "elu"
  | "gelu"
  | "mish"
  | "softsign"
  | "hardtanh"
  | "hardsigmoid"
  | "erf"
  | "softmax"
  | "logsoftmax"
  | "reduce_max"
  | "reduce_min"
  | "logsumexp"
  | "norm"
  | "pad"
  | "diag"
  | "diagonal"
  | "weave"
  | "onehot"
  | "stopgradient"
>;

/** The positions, from the left, of an axis that is counted from the right. */
export function fromLeft(axis: number, rank: number): number {
  return rank + axis;
}

export function operandOf({ operands }: Operands, place: number): Value {
  return at(operands, place, STAGE);
}

/** The operands as numbers with a point. */
export function floatOf(words: Words, value: Value): Expression {
  return value.kind === "bool" ? words.asFloat(value.expression) : value.expression;
}

/** An operand of a function of arrays, lined up with the result. */
export function arrayOf(words: Words, writing: Operands, place: number): Expression {
  return floatOf(words, writing.aligned(place));
}

/** Functions that Python's `math` has, for numbers that are no arrays. */
const OF_NUMBERS: ReadonlySet<string> = new Set(["exp", "log", "log1p", "sqrt", "tanh", "sin", "cos", "floor", "erf"]);

/** A function of one array in a module: `torch.tanh`. */
export function pointwise(words: Words, name: string): Plain {
  return (writing) => {
    const value = writing.aligned(0);
    const short = name.slice(name.lastIndexOf(".") + 1);
    if (value.kind === "number" && OF_NUMBERS.has(short)) return plainNumber(call(`math.${short}`, [value.expression]));
    return floats(call(name, [arrayOf(words, writing, 0)]));
  };
}

function arithmetic(words: Words, operator: Operator): Plain {
  return (writing) => {
    const [a, b] = [writing.aligned(0), writing.aligned(1)];
    const isNumber = a.kind === "number" && b.kind === "number";
    if (operator === "*" && (a.kind === "bool") !== (b.kind === "bool"))
      return floats(binary("*", a.expression, b.expression));
    if (operator === "*" && a.kind === "bool") return booleans(binary("&", a.expression, b.expression));
    const result = binary(operator, floatOf(words, a), floatOf(words, b));
    return isNumber ? plainNumber(result) : floats(result);
  };
}

function comparison(words: Words, operator: Operator): Plain {
  return (writing) => {
    const [a, b] = [writing.aligned(0), writing.aligned(1)];
    const result = binary(operator, floatOf(words, a), floatOf(words, b));
    return a.kind === "number" && b.kind === "number" ? plainNumber(call("float", [result])) : booleans(result);
  };
}

function select(words: Words): Plain {
  return (writing) => {
    const [a, b] = [writing.aligned(1), writing.aligned(2)];
    const areBooleans = a.kind === "bool" && b.kind === "bool";
    const [yes, no] = areBooleans ? [a.expression, b.expression] : [floatOf(words, a), floatOf(words, b)];
    const expression = call(`${words.module}.where`, [condition(words, writing), yes, no]);
    const kind = areBooleans ? "bool" : writing.type.dtype === "int" ? "int" : "float";
    return { expression, kind, ...(flat(no).endsWith("inf") ? { isMasked: true } : {}) };
  };
}

/** `x[:, item]` where `item` is at a position of `rank` axes. */
export function indexed(x: Expression, item: Expression, position: number, rank: number): Expression {
  if (position === rank - 1 && rank > 2) return index(x, [atom("..."), item]);
  return index(x, [...Array.from({ length: position }, () => atom(":")), item]);
}

function broadcast(words: Words): Writer<"broadcast"> {
  return (writing) => {
    const [value, shape] = [operandOf(writing, 0), shapeOf(writing, writing.node.attributes.type)];
    if (value.kind === "number") return filled(words, writing, value.expression, shape);
    return like(value, words.repeated(writing.aligned(0).expression, shape));
  };
}

/** An array of one number; `0` and `1` become numbers with a point where the array is of such. */
function filled(words: Words, writing: Operands, value: Expression, shape: Expression): Value {
  const kind = writing.type.dtype;
  const text = flat(value);
  if (kind === "int") return { kind, expression: words.filled(shape, value, writing.device()), isCheap: true };
  if (text === "0") return { kind, expression: words.zeros(shape, writing.device()), isCheap: true };
  const isInteger = /^-?\d+$/.test(text);
  const isLiteral = /^-?[\d.]+(e[-+]?\d+)?$/.test(text);
  const point = isInteger ? atom(`${text}.0`) : isLiteral ? value : call("float", [value]);
  return { kind, expression: words.filled(shape, point, writing.device()), isCheap: true };
}

function permute(words: Words): Writer<"permute"> {
  return (writing) => {
    const x = operandOf(writing, 0);
    const { order } = writing.node.attributes;
    const rank = writing.type.axes.length;
    const swapsLast =
      order.at(-1) === -2 &&
      order.at(-2) === -1 &&
      order.slice(0, -2).every((axis, place) => axis === place - order.length);
    if (swapsLast) return like(x, attribute(x.expression, rank === 2 ? "T" : "mT"));
    const full = Array.from({ length: rank - order.length }, (_, axis) => axis).concat(
      order.map((axis) => fromLeft(axis, rank)),
    );
    return like(x, words.permuted(x.expression, full.map(number)));
  };
}

function concat(words: Words): Writer<"concat"> {
  return (writing) => {
    const { node, type: result, operands, operandTypes } = writing;
    const { axis } = node.attributes;
    const parts = operands.map((value, place) => {
      const type = at(operandTypes, place, STAGE);
      const x = floatOf(words, value);
      if (type.axes.length === result.axes.length) return x;
      const own = at(type.axes, type.axes.length + axis, STAGE);
      const axes = result.axes.with(fromLeft(axis, result.axes.length), own);
      return words.repeated(floatOf(words, writing.aligned(place)), shapeOf(writing, { ...type, axes }));
    });
    const [only] = parts;
    const kind = result.dtype;
    return { kind, expression: parts.length === 1 && only !== undefined ? only : words.concatenate(parts, axis) };
  };
}

const slice: Writer<"slice"> = (writing) => {
  const x = operandOf(writing, 0);
  const { axis, dims } = writing.node.attributes;
  const { axes } = at(writing.operandTypes, 0, STAGE);
  const position = fromLeft(axis, axes.length);
  const [from, to] = dims;
  const first = constantOf(from) === 0 ? "" : flat(writing.size(from));
  const last = equal(to, at(axes, position, STAGE).size) ? "" : flat(writing.size(to));
  return like(x, indexed(x.expression, atom(`${first}:${last}`), position, axes.length));
};

const turned: Plain = (writing) => {
  const x = operandOf(writing, 0);
  return hasBatch(writing.type) ? like(x, method(x.expression, "swapaxes", [number(0), number(1)])) : x;
};

function sum(words: Words): Writer<"sum"> {
  return (writing) => {
    const x = operandOf(writing, 0);
    const { axes } = writing.node.attributes;
    if (axes.length === 0) return x;
    const [first = -1] = axes;
    const along = axes.length === 1 ? number(first) : tuple(axes.map(number));
    const isWhole = writing.type.axes.length === 0;
    return floats(method(floatOf(words, x), "sum", isWhole ? [] : [along]));
  };
}

/** Calls a helper with the value and the lengths. */
function byLengths(name: "hold" | "borrow"): Plain {
  return (writing) => {
    const [x, lengths] = [operandOf(writing, 0), operandOf(writing, 1)];
    const isRepeated = name === "hold" && !hasBatch(at(writing.operandTypes, 0, STAGE));
    const whole = isRepeated ? index(x.expression, [atom(":"), atom("None")]) : x.expression;
    return like(x, call(writing.helper(name), [whole, lengths.expression]));
  };
}

type SharedFunction =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "pow"
  | "neg"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "eq"
  | "step"
  | "select"
  | "exp"
  | "log"
  | "log1p"
  | "sqrt"
  | "tanh"
  | "sin"
  | "cos"
  | "abs"
  | "sign"
  | "floor"
  | "square"
  | "leakyrelu";

type SharedAxes =
  | "contract"
  | "sum"
  | "argmax"
  | "cumsum"
  | "cumprod"
  | "reshape"
  | "unsqueeze"
  | "broadcast"
  | "permute"
  | "remember"
  | "recall"
  | "concat"
  | "slice";

/** The rows of both dialects' tables that differ in the name of the module only. */
export function sharedOps(words: Words): Omit<OpTable, keyof OwnOps> {
  return { ...sharedFunctions(words), ...sharedAxes(words), ...sharedLeaves(words) };
}

/** Functions of numbers. */
function sharedFunctions(words: Words): Pick<OpTable, SharedFunction> {
  const named = (name: string): Plain => pointwise(words, `${words.module}.${name}`);
  return {
    add: arithmetic(words, "+"),
    sub: arithmetic(words, "-"),
    mul: arithmetic(words, "*"),
    div: arithmetic(words, "/"),
    pow: arithmetic(words, "**"),
    neg: (writing) => {
      const x = writing.aligned(0);
      return { kind: x.kind === "number" ? "number" : "float", expression: negative(floatOf(words, x)) };
    },
    lt: comparison(words, "<"),
    le: comparison(words, "<="),
    gt: comparison(words, ">"),
    ge: comparison(words, ">="),
    eq: comparison(words, "=="),
    step: (writing) => booleans(binary(">", arrayOf(words, writing, 0), number(0))),
    select: select(words),
    exp: named("exp"),
    log: named("log"),
    log1p: named("log1p"),
    sqrt: named("sqrt"),
    tanh: named("tanh"),
    sin: named("sin"),
    cos: named("cos"),
    abs: named("abs"),
    sign: named("sign"),
    floor: named("floor"),
    leakyrelu: (writing) => {
      const x = arrayOf(words, writing, 0);
      const scaled = binary("*", arrayOf(words, writing, 1), x);
      return floats(call(`${words.module}.where`, [binary(">", x, number(0)), x, scaled]));
    },
    square: (writing) => {
      const x = writing.aligned(0);
      return { kind: x.kind === "number" ? "number" : "float", expression: binary("**", floatOf(words, x), number(2)) };
    },
  };
}

/** Products, sums, and ops that arrange axes. */
function sharedAxes(words: Words): Pick<OpTable, SharedAxes> {
  const { module } = words;
  return {
    contract: (writing) => {
      const [a, b] = [operandOf(writing, 0), operandOf(writing, 1)];
      return floats(product(module, writing.node.attributes, floatOf(words, a), floatOf(words, b)));
    },
    sum: sum(words),
    argmax: (writing) => ({
      kind: "int",
      expression: method(floatOf(words, operandOf(writing, 0)), "argmax", [number(writing.node.attributes.axis)]),
    }),
    cumsum: running(words, (x, axis) => call(`${words.module}.cumsum`, [x, number(axis)])),
    cumprod: running(words, (x, axis) => call(`${words.module}.cumprod`, [x, number(axis)])),
    reshape: (writing) => {
      const x = operandOf(writing, 0);
      return like(x, method(x.expression, "reshape", sizesOf(writing, writing.type)));
    },
    unsqueeze: (writing) => {
      const x = operandOf(writing, 0);
      const rank = writing.type.axes.length;
      const position = fromLeft(writing.node.attributes.axis, rank);
      return like(x, indexed(x.expression, atom("None"), position, rank === position + 1 ? Math.max(rank, 3) : rank));
    },
    broadcast: broadcast(words),
    permute: permute(words),
    remember: turned,
    recall: turned,
    concat: concat(words),
    slice,
  };
}

/** Values that come from sizes and lengths, and what is taken by steps and tokens. */
function sharedLeaves(words: Words): Omit<OpTable, keyof OwnOps | SharedFunction | SharedAxes> {
  const { module } = words;
  return {
    constant: ({ node }) => plainNumber(numeral(module, node.attributes.value)),
    size: ({ node, size }) => plainNumber(size(node.attributes.dims[0])),
    range: (writing) =>
      floats(
        words.asFloat(call(`${module}.arange`, [writing.size(writing.node.attributes.dims[0])], writing.device())),
      ),
    eye: (writing) => floats(call(`${module}.eye`, [writing.size(writing.node.attributes.dims[0])], writing.device())),
    ...constants(words),
    mask: mask(words),
    at: (writing) => {
      const x = operandOf(writing, 0);
      return like(x, index(x.expression, [writing.size(writing.node.attributes.dims[0])]));
    },
    every: (writing) => {
      const x = operandOf(writing, 0);
      const { every, offset, dims } = writing.node.attributes;
      const strided = index(x.expression, [atom(`${offset}::${every}`)]);
      return like(x, index(strided, [atom(`:${flat(writing.size(dims[0]))}`)]));
    },
    lookup: (writing) =>
      floats(call(writing.helper("embed"), [operandOf(writing, 0).expression, operandOf(writing, 1).expression])),
    float: (writing) => {
      const { kind, expression } = operandOf(writing, 0);
      return kind === "number" ? plainNumber(expression) : floats(words.asFloat(expression));
    },
    thinned: (writing) => {
      const { every } = writing.node.attributes;
      const last = binary("+", operandOf(writing, 0).expression, number(every - 1));
      return { kind: "int", expression: binary("//", last, number(every)) };
    },
    hold: byLengths("hold"),
    borrow: byLengths("borrow"),
  };
}
