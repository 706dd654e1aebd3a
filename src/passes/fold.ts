// Constant folding of pointwise ops.
import { isOp } from "../graph/node.ts";
import type { Rule } from "../ops/rewrite.ts";
import { isRow, rowOf } from "../ops/table.ts";
import { evaluateFormula } from "../scalar/formula.ts";

/** Replaces a pointwise node whose operands are constants by its value. */
export const folded: Rule = (node, operands, build) => {
  const values: number[] = [];
  for (const operand of operands) {
    const constant = build.node(operand);
    if (!isOp(constant, "constant") || constant.attributes.integer === true) return undefined;
    values.push(constant.attributes.value);
  }
  const formula = isRow(node.op) ? rowOf(node.op).formula : undefined;
  if (formula === undefined) return undefined;
  const value = evaluateFormula(formula, values);
  return Number.isFinite(value) ? build.constant(value) : undefined;
};
