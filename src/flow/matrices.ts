// The Jacobians of single steps as numbers, and their products from the last step back.
import { Matrix } from "ml-matrix";
import { at } from "../base/invariant.ts";
import type { Jacobians } from "./jacobians.ts";

/** Rows are elements of the state after a step, columns those of a state before it, both in the order of `elements`. */
export interface FlowMatrices {
  /** `h[0]`, `h[1]`, …, or `h` for a state of one number: the whole state s. */
  readonly elements: readonly string[];
  /** ∂s[t]/∂s[t-1] for t = 1, 2, …. */
  readonly steps: readonly (readonly (readonly number[])[])[];
  /** ∂s[T]/∂s[T-k] for k = 1, 2, …, where T is the last step. */
  readonly products: readonly (readonly (readonly number[])[])[];
}

/** Of the first example. */
export function matricesOf({ states, examples }: Jacobians): FlowMatrices {
  const steps = at(examples, 0, "flow");
  const elements = states.flatMap(({ name, size }) =>
    size === 1 ? [name] : Array.from({ length: size }, (_, index) => `${name}[${index}]`),
  );
  let product = Matrix.eye(elements.length);
  const products = steps.toReversed().map((matrix) => {
    product = product.mmul(matrix);
    return product.to2DArray();
  });
  return { elements, steps: steps.map((matrix) => matrix.to2DArray()), products };
}
