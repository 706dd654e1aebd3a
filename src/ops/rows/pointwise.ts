// Pointwise ops: one scalar formula a row. Type, gradient, value and lowering follow from it.
import { at, fail } from "../../base/invariant.ts";
import { alignment, broadcastTypes } from "../../shape/broadcast.ts";
import {
  apply,
  argument,
  derivativeOf,
  evaluateFormula,
  number,
  type Formula,
  type Primitive,
} from "../../scalar/formula.ts";
import type { Builder } from "../builder.ts";
import { countOf, offsets, stridesOf, type NdArray } from "../nd.ts";
import type { GradientContext, OpRow, RunContext } from "../row.ts";
import { sumTo } from "../sum-to.ts";
import type { BinaryFunction, TensorOps, UnaryFunction } from "../tensor-ops.ts";

interface Options {
  /** How specs call it; absent where they cannot. */
  readonly language?: string;
  /** Where the formula's own derivative is not the one that is wanted. */
  readonly derivatives?: readonly Formula[];
  /** Lowers to one function of the target instead of its formula. */
  readonly unary?: UnaryFunction;
}

const COSTLY: ReadonlySet<Primitive> = new Set([
  "exp",
  "log",
  "log1p",
  "sqrt",
  "tanh",
  "sigmoid",
  "sin",
  "cos",
  "erf",
  "pow",
]);
const UNARY: ReadonlySet<string> = new Set("neg exp log log1p sqrt tanh sigmoid sin cos abs sign floor erf".split(" "));

function isUnary(name: string): name is UnaryFunction {
  return UNARY.has(name);
}

function isCostly(formula: Formula): boolean {
  return formula.kind === "apply" && (COSTLY.has(formula.primitive) || formula.arguments.some(isCostly));
}

/** Formula to graph: the gradient of a pointwise op is pointwise ops again. */
export function formulaToGraph(
  build: Builder,
  formula: Formula,
  operand: (index: number) => string,
  result: () => string,
): string {
  switch (formula.kind) {
    case "argument":
      return operand(formula.index);
    case "result":
      return result();
    case "constant":
      return build.constant(formula.value);
    case "apply":
      return build.op(
        formula.primitive,
        formula.arguments.map((each) => formulaToGraph(build, each, operand, result)),
      );
  }
}

function cotangentOf(context: GradientContext, derivative: Formula): string | null {
  const { build, cotangent } = context;
  if (derivative.kind === "constant" && derivative.value === 0) return null;
  if (derivative.kind === "constant" && derivative.value === 1) return cotangent;
  if (derivative.kind === "constant" && derivative.value === -1) return build.op("neg", [cotangent]);
  if (derivative.kind === "apply" && derivative.primitive === "select") {
    // A select of cotangents: what is not chosen may be NaN, and NaN times 0 is NaN.
    const [condition = fail("gradient", "select"), ...branches] = derivative.arguments;
    const [a, b] = branches.map((branch) => cotangentOf(context, branch) ?? build.constant(0));
    const chosen = formulaToGraph(build, condition, context.operand, context.result);
    return build.op("select", [chosen, a ?? cotangent, b ?? cotangent]);
  }
  return build.op("mul", [cotangent, formulaToGraph(build, derivative, context.operand, context.result)]);
}

function evaluatePointwise(formula: Formula, operands: readonly NdArray[], context: RunContext): NdArray {
  const { shape } = context.result;
  const index = operands.map((_, position) => {
    const type = at(context.operands, position, "reference");
    const strides = stridesOf(type.shape);
    const where = alignment(type.axes, context.result.axes);
    return offsets(
      shape,
      where.map((axis) => (axis < 0 || type.shape[axis] === 1 ? 0 : at(strides, axis, "reference"))),
    );
  });
  const data = new Float64Array(countOf(shape));
  const values = operands.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    for (let k = 0; k < values.length; k++) values[k] = operands[k]?.data[index[k]?.[i] ?? 0] ?? NaN;
    data[i] = evaluateFormula(formula, values);
  }
  return { shape, data };
}

/** Reshapes an operand so that numpy's broadcasting does what the tags say. */
export function aligned<T>(ops: TensorOps<T>, operand: T, index: number, context: RunContext): T {
  const type = at(context.operands, index, "lowering");
  const where = alignment(type.axes, context.result.axes);
  const leading = where.findIndex((axis) => axis >= 0);
  const needed = leading < 0 ? [] : where.slice(leading);
  if (needed.every((axis) => axis >= 0)) return operand;
  return ops.reshape(
    operand,
    needed.map((axis) => (axis < 0 ? 1 : at(type.shape, axis, "lowering"))),
  );
}

function lowerFormula<T>(ops: TensorOps<T>, formula: Formula, operands: readonly T[]): T {
  if (formula.kind === "argument") return at(operands, formula.index, "lowering");
  if (formula.kind === "constant") return ops.fill([], formula.value);
  if (formula.kind === "result") return fail("lowering", "a formula cannot contain its own result");
  const { primitive } = formula;
  const [a, b, c] = formula.arguments.map((each) => lowerFormula(ops, each, operands));
  if (a === undefined) return fail("lowering", `${primitive} without operands`);
  if (primitive === "select") return ops.select(a, b ?? a, c ?? a);
  return isUnary(primitive) ? ops.unary(primitive, a) : ops.binary(binaryName(primitive), a, b ?? a);
}

function binaryName(primitive: Exclude<Primitive, UnaryFunction | "select">): BinaryFunction {
  return primitive;
}

function pointwise(name: string, arity: number, formula: Formula, doc: string, options: Options = {}): OpRow {
  const derivatives = options.derivatives ?? Array.from({ length: arity }, (_, index) => derivativeOf(formula, index));
  const { unary, language } = options;
  return {
    name,
    doc,
    arity,
    formula,
    dear: isCostly(formula),
    type: (operands, _, compare) => broadcastTypes(operands, "float", compare),
    gradient: (context) =>
      derivatives.map((derivative, index) => {
        if (!context.wants(index)) return null;
        const cotangent = cotangentOf(context, derivative);
        return cotangent === null ? null : sumTo(context.build, cotangent, context.operandType(index));
      }),
    evaluate: (operands, context) => evaluatePointwise(formula, operands, context),
    lower: (ops, operands, context) => {
      const inPlace = operands.map((operand, index) => aligned(ops, operand, index, context));
      const [first] = inPlace;
      return unary !== undefined && first !== undefined ? ops.unary(unary, first) : lowerFormula(ops, formula, inPlace);
    },
    ...(language === undefined ? {} : { language: { kind: "pointwise", name: language } }),
  };
}

function primitive(name: Primitive, arity: number, doc: string, language?: string): OpRow {
  const formula = apply(name, ...Array.from({ length: arity }, (_, index) => argument(index)));
  return pointwise(name, arity, formula, doc, language === undefined ? {} : { language });
}

/** A choice between tokens is a token. */
const SELECT: OpRow = {
  ...primitive("select", 3, "a where the condition is not 0, else b", "where"),
  type: ([condition, a, b], _, compare) => {
    const types = [condition, a, b].filter((type) => type !== undefined);
    return broadcastTypes(types, a?.dtype === "int" && b?.dtype === "int" ? "int" : "float", compare);
  },
};

const x = argument(0);

export const POINTWISE: readonly OpRow[] = [
  primitive("add", 2, "a + b"),
  primitive("sub", 2, "a - b"),
  primitive("mul", 2, "a * b, element by element"),
  primitive("div", 2, "a / b"),
  primitive("pow", 2, "a ^ b"),
  primitive("neg", 1, "-a"),
  primitive("min", 2, "the smaller; a tie goes to the first", "min"),
  primitive("max", 2, "the greater; a tie goes to the first", "max"),
  primitive("mod", 2, "a - b * floor(a / b)", "mod"),
  primitive("lt", 2, "1 where a < b, else 0"),
  primitive("le", 2, "1 where a <= b, else 0"),
  primitive("gt", 2, "1 where a > b, else 0"),
  primitive("ge", 2, "1 where a >= b, else 0"),
  primitive("eq", 2, "1 where a == b, else 0"),
  SELECT,
  primitive("exp", 1, "e to the power of a", "exp"),
  primitive("log", 1, "natural logarithm", "log"),
  primitive("log1p", 1, "log(1 + a), exact near 0"),
  primitive("sqrt", 1, "square root", "sqrt"),
  primitive("tanh", 1, "hyperbolic tangent", "tanh"),
  {
    ...primitive("sigmoid", 1, "1 / (1 + exp(-a)), also written σ"),
    language: { kind: "pointwise", name: "sigmoid", probabilityOf: "binary" },
  },
  primitive("sin", 1, "sine", "sin"),
  primitive("cos", 1, "cosine", "cos"),
  primitive("abs", 1, "absolute value; derivative 0 at 0", "abs"),
  primitive("sign", 1, "-1, 0 or 1; no gradient passes", "sign"),
  primitive("floor", 1, "the greatest integer not above a; no gradient passes", "floor"),
  primitive("erf", 1, "the error function"),
  pointwise("relu", 1, apply("max", x, number(0)), "max(a, 0); derivative 0 at 0", {
    language: "relu",
    derivatives: [apply("gt", x, number(0))],
    unary: "relu",
  }),
  pointwise("square", 1, apply("mul", x, x), "a²", { language: "square", unary: "square" }),
  pointwise("step", 1, apply("gt", x, number(0)), "1 where a > 0, else 0", { language: "step" }),
  pointwise("silu", 1, apply("mul", x, apply("sigmoid", x)), "a * sigmoid(a)", { language: "silu" }),
  pointwise(
    "softplus",
    1,
    apply("add", apply("max", x, number(0)), apply("log1p", apply("exp", apply("neg", apply("abs", x))))),
    "log(1 + exp(a)), without overflow",
    { language: "softplus", derivatives: [apply("sigmoid", x)] },
  ),
  pointwise(
    "elu",
    1,
    apply("select", apply("gt", x, number(0)), x, apply("sub", apply("exp", apply("min", x, number(0))), number(1))),
    "a where a > 0, else exp(a) - 1",
    { language: "elu", derivatives: [apply("exp", apply("min", x, number(0)))] },
  ),
  pointwise(
    "gelu",
    1,
    apply(
      "mul",
      apply("mul", number(0.5), x),
      apply("add", number(1), apply("erf", apply("mul", x, number(Math.SQRT1_2)))),
    ),
    "a · Φ(a), exact",
    { language: "gelu" },
  ),
  pointwise("clamp", 3, apply("min", apply("max", x, argument(1)), argument(2)), "a within [lo, hi]", {
    language: "clamp",
  }),
];
