// Products as ONNX operators: MatMul where a matrix is applied to a vector at each place, Einsum otherwise.
import type { Labels } from "../../ops/rows/contract.ts";
import type { OpContext } from "./op-context.ts";

export function writeContract(context: OpContext<"contract">): string {
  const { operands, region, attributes } = context;
  const side = matrixSide(attributes);
  if (side !== undefined) {
    const [vector, matrix] = side === 1 ? [0, 1] : [1, 0];
    const text = side === 1 ? attributes.right : attributes.left;
    const isTransposed = text.at(0) === attributes.out.at(-1);
    const weights = isTransposed ? context.transposed(matrix) : (operands[matrix] ?? "");
    return region.node("MatMul", [operands[vector] ?? "", weights]);
  }
  return region.node("Einsum", operands, { equation: equationOf(attributes) });
}

/** Which operand is a matrix [out, in] or [in, out] that is applied to the last axis of the other one; undefined for other products. */
function matrixSide({ left, right, out }: Labels): 0 | 1 | undefined {
  const isApplied = (vector: string, matrix: string): boolean => {
    const [contracted, made] = [vector.at(-1), out.at(-1)];
    return (
      matrix.length === 2 &&
      vector.length >= 2 &&
      contracted !== undefined &&
      made !== undefined &&
      contracted !== made &&
      (matrix === contracted + made || matrix === made + contracted) &&
      out === vector.slice(0, -1) + made &&
      !vector.includes(made)
    );
  };
  if (isApplied(left, right)) return 1;
  return isApplied(right, left) ? 0 : undefined;
}

/** Einsum takes ASCII letters. */
function equationOf({ left, right, out }: Labels): string {
  const labels = [...new Set(left + right)];
  const letter = (label: string): string => String.fromCharCode(97 + labels.indexOf(label));
  const spelled = (text: string): string => [...text].map(letter).join("");
  return `${spelled(left)},${spelled(right)}->${spelled(out)}`;
}
