// Pointwise ops whose operands are all constants become constants. Afterwards no pointwise op has constants only.
import type { Rule } from "../ops/rewrite.ts";
import { rewrite } from "../ops/rewrite.ts";
import { isRow, rowOf } from "../ops/table.ts";
import { evaluateFormula } from "../scalar/formula.ts";
import type { Pass } from "./pass.ts";

const rule: Rule = (node, operands, build) => {
  const formula = isRow(node.op) ? rowOf(node.op).formula : undefined;
  if (formula === undefined) return undefined;
  const values = operands.map((operand) => {
    const { op, attributes } = build.node(operand);
    return op === "constant" && attributes["integer"] !== true ? Number(attributes["value"]) : undefined;
  });
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) return undefined;
  const value = evaluateFormula(formula, known);
  return Number.isFinite(value) ? build.constant(value) : undefined;
};

export const FOLD: Pass = {
  name: "fold",
  doc: "computes what is made of constants alone",
  run: (graph) => rewrite(graph, { rule }),
};
