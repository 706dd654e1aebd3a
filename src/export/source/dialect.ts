// What PyTorch, JAX and tfjs write differently. What PyTorch and JAX write alike is in `../python/shared-ops.ts`.
import type { Attributes, AttributesOf, NodeWith, OpName, StructureName } from "../../graph/node.ts";
import type { Dim } from "../../shape/dim.ts";
import type { Type } from "../../shape/type.ts";
import type { Expression } from "./expression.ts";
import type { Value } from "./value.ts";

/** The ops that have rows in the op table. The others are the structure of a graph, which statements are made of. */
export type RowName = Exclude<OpName, StructureName>;

/** The functions that a generated file may define for itself: what our ops say more exactly than a library's own function. */
export type HelperName =
  | "real_steps"
  | "moving_steps"
  | "first_steps"
  | "last_steps"
  | "hold"
  | "borrow"
  | "embed"
  | "one_hot"
  | "masked_softmax"
  | "norm"
  | "first_max"
  | "first_min";

/** Named arguments of a call. */
export type Named = Readonly<Record<string, Expression>>;

/** What a row of a dialect's table reads. */
export type Writing<N extends OpName = OpName> = WritingWith<N, AttributesOf<N>>;

interface WritingWith<N extends OpName, A extends Attributes> extends Operands {
  readonly node: NodeWith<N, A>;
}

/** The operands of a node as they are written. */
export interface Operands extends Surroundings {
  /** The type of the result. */
  readonly type: Type;
  readonly operands: readonly Value[];
  readonly operandTypes: readonly Type[];
  /** The operand with axes of size 1 where numpy's broadcasting needs them to line up with the result. */
  aligned(operand: number): Value;
}

/** What the place of an expression offers. */
export interface Surroundings {
  /** A size: a literal, or an expression of sizes of the batch. */
  size(dim: Dim): Expression;
  /** A function that the file then defines. */
  helper(name: HelperName): string;
  /** Where new arrays are made: `device=device` in PyTorch, nothing elsewhere. */
  device(): Named;
}

export type Writer<N extends OpName = OpName> = (writing: Writing<N>) => Value;

/** Of an op that has no attributes, or whose attributes do not matter. */
export type Plain = (writing: Operands) => Value;

/** Of an op along one axis, which is counted from the right. */
export type Along = (
  writing: Operands & { readonly node: { readonly attributes: { readonly axis: number } } },
) => Value;

/** How each op is written: a new op without an entry does not compile. */
export type OpTable = { readonly [N in RowName]: Writer<N> };

/** The words of a dialect. */
export interface Words {
  /** What functions of arrays are called in: `torch`, `jnp` or `tf`. */
  readonly module: string;
  asFloat(x: Expression): Expression;
  /** `yes` where the condition holds, or else `no`. */
  where(condition: Expression, yes: Expression, no: Expression): Expression;
  /** The first two axes in the other order. */
  swapped(x: Expression): Expression;
  /** New axes of size 1: for each axis of the result, from its first one that `x` has, whether it is new. The rest broadcasts. */
  withAxes(x: Expression, isNew: readonly boolean[]): Expression;
  /** One after the other along an axis, which is counted from the right. */
  concatenate(parts: readonly Expression[], axis: number): Expression;
  /** `x` repeated to a shape, which is a tuple. */
  repeated(x: Expression, shape: Expression): Expression;
  /** An array that holds one number everywhere: a literal of an integer makes integers. */
  filled(shape: Expression, value: Expression, device: Named): Expression;
  /** An array of lists of lists of floats. */
  array(values: Expression, device: Named): Expression;
  zeros(shape: Expression, device: Named): Expression;
  /** Axes in another order, by their positions from the left. */
  permuted(x: Expression, order: readonly Expression[]): Expression;
  flipped(x: Expression, axis: Expression): Expression;
  /** The arguments that place a new array where another one is. */
  placedAs(x: Expression): Named;
}
