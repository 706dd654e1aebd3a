// Pointwise ops: every function of the scalar table. Type, gradient, value and lowering follow from its formula.
import { at, fail } from "../../base/invariant.ts";
import { alignment, broadcastTypes } from "../../shape/broadcast.ts";
import { derivativeOf, evaluateFormula } from "../../scalar/formula.ts";
import { apply, argument, type Formula } from "../../scalar/primitives.ts";
import {
  isBinary,
  isPrimitive,
  isScalar,
  isUnary,
  SCALARS,
  type ScalarName,
  type ScalarRow,
} from "../../scalar/table.ts";
import type { Type } from "../../shape/type.ts";
import type { Builder } from "../builder.ts";
import { countOf, offsets, stridesOf, type NdArray } from "../nd.ts";
import type { GradientContext, LanguageForm, OpRow, RunContext } from "../row.ts";
import { sumTo } from "../sum-to.ts";
import type { TensorOps } from "../tensor-ops.ts";

function isCostly(formula: Formula): boolean {
  if (formula.kind !== "apply") return false;
  const row: ScalarRow = SCALARS[formula.primitive];
  return row.isCostly === true || formula.arguments.some(isCostly);
}

/** Builds the nodes of a formula, such as the derivative of a pointwise op. */
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
    // Selects between cotangents: a product with 0 would be NaN where the value that is not chosen is NaN.
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

/** Reshapes an operand so that numpy's broadcasting lines up axes with the same tags. */
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
  const operand = formula.arguments.map((each) => lowerFormula(ops, each, operands));
  return applied(ops, formula.primitive, operand);
}

function applied<T>(ops: TensorOps<T>, name: ScalarName, operands: readonly T[]): T {
  const [a = fail("lowering", `${name} without operands`), b = a, c = b] = operands;
  if (isUnary(name)) return ops.unary(name, a);
  return isBinary(name) ? ops.binary(name, a, b) : ops.select(a, b, c);
}

/** The formula of a composed function, or a primitive applied to its arguments. */
function formulaOf(name: ScalarName): Formula {
  const row: ScalarRow = SCALARS[name];
  if (row.kind === "composed") return row.formula();
  const operands = Array.from({ length: row.arity }, (_, index) => argument(index));
  return isPrimitive(name) ? apply(name, ...operands) : fail("op table", `${name} is not a primitive`);
}

function pointwise(name: ScalarName): OpRow<ScalarName> {
  const row: ScalarRow = SCALARS[name];
  const formula = formulaOf(name);
  const derivatives =
    (row.kind === "composed" ? row.derivatives?.() : undefined) ??
    Array.from({ length: row.arity }, (_, index) => derivativeOf(formula, index));
  return {
    name,
    doc: row.doc,
    attributes: {},
    arity: row.arity,
    formula,
    expensive: isCostly(formula),
    type: (operands, _, compare) => broadcastTypes(operands, dtypeOf(row, operands), compare),
    gradient: (context) =>
      derivatives.map((derivative, index) => {
        if (!context.needs(index)) return null;
        const cotangent = cotangentOf(context, derivative);
        return cotangent === null ? null : sumTo(context.build, cotangent, context.operandType(index));
      }),
    evaluate: (operands, context) => evaluatePointwise(formula, operands, context),
    lower: (ops, operands, context) => {
      const inPlace = operands.map((operand, index) => aligned(ops, operand, index, context));
      return row.targets === null ? lowerFormula(ops, formula, inPlace) : applied(ops, name, inPlace);
    },
    ...(row.commutesWithSums === true ? { commutesWithSums: true } : {}),
    ...(row.language === undefined ? {} : { language: languageOf(row.language, row) }),
  };
}

function languageOf(name: string, { probabilityOf, choosesFrom, defaults }: ScalarRow): LanguageForm {
  return {
    kind: "pointwise",
    name,
    ...(probabilityOf === undefined ? {} : { probabilityOf }),
    ...(choosesFrom === undefined ? {} : { choosesFrom }),
    ...(defaults === undefined ? {} : { defaults }),
  };
}

/** A choice between tokens is a token; all other results are numbers. */
function dtypeOf({ keepsTokens }: ScalarRow, [, ...operands]: readonly Type[]): Type["dtype"] {
  return keepsTokens === true && operands.every(({ dtype }) => dtype === "int") ? "int" : "float";
}

export const POINTWISE: readonly OpRow<ScalarName>[] = Object.keys(SCALARS).filter(isScalar).map(pointwise);
