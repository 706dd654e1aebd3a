// Constant arrays: numbers as they are written, and formulas that are computed before a program runs.
import { plain, type Type } from "../../shape/type.ts";
import type { Dim } from "../../shape/dim.ts";
import { NUMBERS, oneOf, SIZES, TYPE } from "../attribute-forms.ts";
import { FORMULA_STEPS, valueOfFormula, type FormulaStep, type MatrixFunction } from "../formula.ts";
import { none, type OpRow } from "../row.ts";

declare module "../../graph/node.ts" {
  interface AttributesByOp {
    readonly literal: { readonly values: readonly number[]; readonly dims: readonly Dim[] };
    readonly formula: {
      readonly steps: readonly FormulaStep[];
      readonly apply: MatrixFunction;
      readonly dims: readonly Dim[];
      readonly type: Type;
    };
  }
}

const LITERAL: OpRow<"literal"> = {
  name: "literal",
  doc: "the numbers `values`, row-major, with own axes `dims`",
  attributes: { values: NUMBERS, dims: SIZES },
  arity: 0,
  expensive: false,
  type: (_, { dims }) => ({ dtype: "float", axes: dims.map(plain) }),
  gradient: none("it has no operand"),
  evaluate: (_, { attributes, result }) => ({ shape: result.shape, data: Float64Array.from(attributes.values) }),
  lower: (ops, _, { attributes, result }) => ops.fromHost(Float32Array.from(attributes.values), result.shape),
};

const FORMULA: OpRow<"formula"> = {
  name: "formula",
  doc: "the value of the ops `steps` of constants and the sizes `dims`; its inverse or its exponential where `apply` says so",
  attributes: { steps: FORMULA_STEPS, apply: oneOf("itself", "inverse", "expm"), dims: SIZES, type: TYPE },
  arity: 0,
  expensive: false,
  type: (_, { type }) => type,
  gradient: none("it has no operand"),
  evaluate: (_, { attributes, dims }) => valueOfFormula(attributes.steps, attributes.apply, dims),
  lower: (ops, _, { attributes, dims, result }) => {
    const { data } = valueOfFormula(attributes.steps, attributes.apply, dims);
    return ops.fromHost(Float32Array.from(data), result.shape);
  },
};

export const CONSTANTS = { literal: LITERAL, formula: FORMULA };
