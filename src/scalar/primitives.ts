// Primitive scalar functions, one row each: the value in float64, the derivatives as formulas, and a column for each target.
// Long because a new function is a row here and nothing else.
import {
  calls,
  comparison,
  defines,
  host,
  infix,
  instruction,
  instructionOfTwo,
  ownLanes,
  type Columns,
} from "./columns.ts";
import { erf } from "./erf.ts";

export type Formula =
  | { readonly kind: "argument"; readonly index: number }
  /** The function's own result: lets a derivative reuse it. */
  | { readonly kind: "result" }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "apply"; readonly primitive: Primitive; readonly arguments: readonly Formula[] };

export function argument(index: number): Formula {
  return { kind: "argument", index };
}

export const RESULT: Formula = { kind: "result" };

export function number(value: number): Formula {
  return { kind: "constant", value };
}

export function apply(primitive: Primitive, ...operands: readonly Formula[]): Formula {
  return { kind: "apply", primitive, arguments: operands };
}

/** A comparison is written with its sign. */
export type Notation = "negative" | "sum" | "difference" | "product" | "quotient" | "power" | { readonly sign: string };

export interface Options {
  /** The name in specs; absent if specs cannot call it. */
  readonly language?: string;
  /** In specs, what the last arguments are if a call leaves them out. */
  readonly defaults?: readonly number[];
  /** The result is the probability of a yes, or a rate: `predict … by binary` and `by poisson` compute these themselves. */
  readonly probabilityOf?: "binary" | "rate";
  /** The result is one of the operands from this one on. */
  readonly choosesFrom?: 0 | 1;
  /** The backward pass keeps its value instead of computing it again. */
  readonly isCostly?: true;
  /** f(a + b) = f(a) + f(b). */
  readonly commutesWithSums?: true;
  /** Its form in an equation, if it is not a call. */
  readonly notation?: Notation;
  /** The result is a token if the operands are tokens. */
  readonly keepsTokens?: true;
}

export type Arity = 1 | 2 | 3;

/** `targets` is null if each target has a method for it. */
export interface PrimitiveRow<A extends Arity = Arity, T extends Columns | null = Columns | null> extends Options {
  readonly kind: "primitive";
  readonly arity: A;
  readonly doc: string;
  /** In float64. */
  readonly evaluate: (...values: readonly number[]) => number;
  /** The derivative by each argument, in terms of the arguments and the result. */
  readonly derivatives: (a: readonly Formula[], result: Formula) => readonly Formula[];
  readonly targets: T;
}

function unary(
  doc: string,
  evaluate: (a: number) => number,
  derivative: (a: Formula, result: Formula) => Formula,
  targets: Columns,
  options: Options = {},
): PrimitiveRow<1, Columns> {
  return {
    kind: "primitive",
    arity: 1,
    doc,
    evaluate: (a = NaN) => evaluate(a),
    derivatives: ([a = RESULT], result) => [derivative(a, result)],
    targets,
    ...options,
  };
}

function binary(
  doc: string,
  evaluate: (a: number, b: number) => number,
  derivatives: (a: Formula, b: Formula, result: Formula) => readonly Formula[],
  targets: Columns,
  options: Options = {},
): PrimitiveRow<2, Columns> {
  return {
    kind: "primitive",
    arity: 2,
    doc,
    evaluate: (a = NaN, b = NaN) => evaluate(a, b),
    derivatives: ([a = RESULT, b = RESULT], result) => derivatives(a, b, result),
    targets,
    ...options,
  };
}

const flat = (): readonly Formula[] => [number(0), number(0)];
const oneMinus = (f: Formula): Formula => apply("sub", number(1), f);
const times = (a: Formula, b: Formula): Formula => apply("mul", a, b);

export const PRIMITIVES = {
  add: binary(
    "a + b",
    (a, b) => a + b,
    (): Formulas => [number(1), number(1)],
    {
      wasm: instructionOfTwo("add"),
      wgsl: infix("+"),
      tfjs: { kernel: "Add" },
    },
    { notation: "sum" },
  ),
  sub: binary(
    "a - b",
    (a, b) => a - b,
    (): Formulas => [number(1), number(-1)],
    {
      wasm: instructionOfTwo("sub"),
      wgsl: infix("-"),
      tfjs: { kernel: "Sub" },
    },
    { notation: "difference" },
  ),
  mul: binary(
    "a * b, element by element",
    (a, b) => a * b,
    (a, b): Formulas => [b, a],
    {
      wasm: instructionOfTwo("mul"),
      wgsl: infix("*"),
      tfjs: { kernel: "Multiply" },
    },
    { notation: "product" },
  ),
  div: binary(
    "a / b",
    (a, b) => a / b,
    (_, b, y): Formulas => [apply("div", number(1), b), apply("neg", apply("div", y, b))],
    {
      wasm: instructionOfTwo("div"),
      wgsl: infix("/"),
      tfjs: { kernel: "RealDiv" },
    },
    { notation: "quotient" },
  ),
  pow: binary(
    "a ^ b",
    (a, b) => a ** b,
    (a, b, y): Formulas => [times(b, apply("pow", a, apply("sub", b, number(1)))), times(y, apply("log", a))],
    { wasm: host("pow"), wgsl: calls("power"), tfjs: { kernel: "Pow" } },
    { isCostly: true, notation: "power" },
  ),
  neg: unary(
    "-a",
    (a) => -a,
    (): Formula => number(-1),
    {
      wasm: instruction("neg"),
      wgsl: { text: (a = "") => `-(${a})` },
      tfjs: { kernel: "Neg" },
    },
    { notation: "negative", commutesWithSums: true },
  ),
  min: binary(
    "the smaller; a tie goes to the first",
    Math.min,
    (a, b): Formulas => [apply("le", a, b), oneMinus(apply("le", a, b))],
    { wasm: instructionOfTwo("min"), wgsl: calls("least"), tfjs: { kernel: "Minimum" } },
    { language: "min", choosesFrom: 0 },
  ),
  max: binary(
    "the greater; a tie goes to the first",
    Math.max,
    (a, b): Formulas => [apply("ge", a, b), oneMinus(apply("ge", a, b))],
    { wasm: instructionOfTwo("max"), wgsl: calls("greatest"), tfjs: { kernel: "Maximum" } },
    { language: "max", choosesFrom: 0 },
  ),
  mod: binary(
    "a - b * floor(a / b)",
    (a, b) => a - b * Math.floor(a / b),
    (a, b): Formulas => [number(1), apply("neg", apply("floor", apply("div", a, b)))],
    {
      wasm: ownLanes("mod"),
      wgsl: defines("modulo", "(a: f32, b: f32) -> f32 { return a - b * floor(a / b); }"),
      tfjs: { kernel: "Mod" },
    },
    { language: "mod" },
  ),
  lt: binary("1 where a < b, else 0", (a, b) => Number(a < b), flat, comparison("lt", "<", "Less"), {
    notation: { sign: "<" },
  }),
  le: binary("1 where a <= b, else 0", (a, b) => Number(a <= b), flat, comparison("le", "<=", "LessEqual"), {
    notation: { sign: "<=" },
  }),
  gt: binary("1 where a > b, else 0", (a, b) => Number(a > b), flat, comparison("gt", ">", "Greater"), {
    notation: { sign: ">" },
  }),
  ge: binary("1 where a >= b, else 0", (a, b) => Number(a >= b), flat, comparison("ge", ">=", "GreaterEqual"), {
    notation: { sign: ">=" },
  }),
  eq: binary("1 where a == b, else 0", (a, b) => Number(a === b), flat, comparison("eq", "==", "Equal"), {
    notation: { sign: "==" },
  }),
  select: choice(),
  exp: unary(
    "e to the power of a",
    Math.exp,
    (_, y): Formula => y,
    { wasm: ownLanes("exp"), wgsl: calls("exp_"), tfjs: { kernel: "Exp" } },
    { language: "exp", probabilityOf: "rate", isCostly: true },
  ),
  log: unary(
    "natural logarithm",
    Math.log,
    (a): Formula => apply("div", number(1), a),
    { wasm: ownLanes("log"), wgsl: calls("log_"), tfjs: { kernel: "Log" } },
    { language: "log", isCostly: true },
  ),
  log1p: unary(
    "log(1 + a), exact near 0",
    Math.log1p,
    (a): Formula => apply("div", number(1), apply("add", number(1), a)),
    { wasm: ownLanes("log1p"), wgsl: calls("log1p"), tfjs: { kernel: "Log1p" } },
    { isCostly: true },
  ),
  sqrt: unary(
    "square root",
    Math.sqrt,
    (_, y): Formula => apply("div", number(0.5), y),
    { wasm: instruction("sqrt"), wgsl: calls("sqrt"), tfjs: { kernel: "Sqrt" } },
    { language: "sqrt", isCostly: true },
  ),
  tanh: unary(
    "hyperbolic tangent",
    Math.tanh,
    (_, y): Formula => oneMinus(times(y, y)),
    { wasm: ownLanes("tanh"), wgsl: calls("tanh_"), tfjs: { kernel: "Tanh" } },
    { language: "tanh", isCostly: true },
  ),
  sigmoid: unary(
    "1 / (1 + exp(-a)), also written σ",
    (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a))),
    (_, y): Formula => times(y, oneMinus(y)),
    { wasm: ownLanes("sigmoid"), wgsl: calls("sigmoid"), tfjs: { kernel: "Sigmoid" } },
    { language: "sigmoid", probabilityOf: "binary", isCostly: true },
  ),
  sin: unary(
    "sine",
    Math.sin,
    (a): Formula => apply("cos", a),
    { wasm: host("sin"), wgsl: calls("turned", "0"), tfjs: { kernel: "Sin", onGpu: "sin" } },
    { language: "sin", isCostly: true },
  ),
  cos: unary(
    "cosine",
    Math.cos,
    (a): Formula => apply("neg", apply("sin", a)),
    { wasm: host("cos"), wgsl: calls("turned", "1"), tfjs: { kernel: "Cos", onGpu: "cos" } },
    { language: "cos", isCostly: true },
  ),
  abs: unary(
    "absolute value; derivative 0 at 0",
    Math.abs,
    (a): Formula => apply("sign", a),
    { wasm: instruction("abs"), wgsl: calls("abs"), tfjs: { kernel: "Abs" } },
    { language: "abs" },
  ),
  sign: unary(
    "-1, 0 or 1; no gradient passes",
    (a) => (Number.isNaN(a) ? NaN : a > 0 ? 1 : a < 0 ? -1 : 0),
    (): Formula => number(0),
    {
      wasm: ownLanes("sign"),
      wgsl: defines(
        "sign_",
        "(x: f32) -> f32 { return select(select(0.0, 1.0, x > 0.0) - select(0.0, 1.0, x < 0.0), x, isNan(x)); }",
      ),
      tfjs: { kernel: "Sign" },
    },
    { language: "sign" },
  ),
  floor: unary(
    "the greatest integer not above a; no gradient passes",
    Math.floor,
    (): Formula => number(0),
    { wasm: instruction("floor"), wgsl: calls("floor"), tfjs: { kernel: "Floor" } },
    { language: "floor" },
  ),
  erf: unary(
    "the error function",
    erf,
    (a): Formula => times(number(2 / Math.sqrt(Math.PI)), apply("exp", apply("neg", times(a, a)))),
    { wasm: ownLanes("erf"), wgsl: calls("erf"), tfjs: { kernel: "Erf" } },
    { isCostly: true },
  ),
} as const;

type Formulas = readonly Formula[];

/** A choice between two values; the other one may be NaN. */
function choice(): PrimitiveRow<3, null> {
  return {
    kind: "primitive",
    arity: 3,
    doc: "a where the condition is not 0, else b",
    language: "where",
    choosesFrom: 1,
    keepsTokens: true,
    evaluate: (c = NaN, a = NaN, b = NaN) => (c !== 0 ? a : b),
    derivatives: ([c = number(0)]) => [
      number(0),
      apply("select", c, number(1), number(0)),
      apply("select", c, number(0), number(1)),
    ],
    targets: null,
  };
}

/** The functions that formulas use. */
export type Primitive = keyof typeof PRIMITIVES;
