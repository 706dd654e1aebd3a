// Products of two arrays as a person writes them: `x @ W.T` where one operand is a matrix or a vector, or else `einsum`.
import { classify, type Labels } from "../../ops/rows/contract.ts";
import { atom, attribute, binary, call, type Expression } from "../source/expression.ts";
import { quoted } from "./text.ts";

/** `module`: what `einsum` is called in. */
export function product(module: string, labels: Labels, left: Expression, right: Expression): Expression {
  const { left: l, right: r, out } = labels;
  const forward = matrixProduct(l, r, out);
  if (forward !== undefined) return binary("@", left, transposed(right, forward));
  const backward = matrixProduct(r, l, out);
  if (backward !== undefined) return binary("@", right, transposed(left, backward));
  return call(`${module}.einsum`, [atom(quoted(`${l},${r}->${out}`)), left, right]);
}

type Side = "as-it-is" | "transposed";

function transposed(matrix: Expression, side: Side): Expression {
  return side === "transposed" ? attribute(matrix, "T") : matrix;
}

/** How `matrix` stands in `many @ matrix`; undefined if the product is not one of these. */
function matrixProduct(many: string, matrix: string, out: string): Side | undefined {
  const { contracted, batch } = classify({ left: many, right: matrix, out });
  if (contracted.length !== 1 || batch !== "" || !many.endsWith(contracted) || matrix.length > 2) return undefined;
  const own = matrix.replace(contracted, "");
  if (many.slice(0, -1) + own !== out) return undefined;
  if (matrix === own + contracted && own !== "") return "transposed";
  return "as-it-is";
}
