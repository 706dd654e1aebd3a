// A row of the op table. It is the only description of an op; a missing rule does not compile.
import { at } from "../base/invariant.ts";
import type { Attributes, AttributesOf, NodeWith, OpName } from "../graph/node.ts";
import type { Tag, Type } from "../shape/type.ts";
import type { AxisComparison } from "../shape/unify.ts";
import type { Formula } from "../scalar/primitives.ts";
import type { BinaryFunction } from "../scalar/table.ts";
import type { NdArray } from "./nd.ts";
import type { TensorOps } from "./tensor-ops.ts";
import type { Forms } from "./attribute-forms.ts";
import type { Builder } from "./builder.ts";

/** A type with numbers as sizes, for targets. */
export interface ConcreteType {
  readonly dtype: Type["dtype"];
  readonly axes: readonly { readonly tag: Tag; readonly size: number }[];
  readonly shape: readonly number[];
}

/** The context in which an op runs: sizes are numbers. */
export type RunContext<N extends OpName = OpName> = RunContextWith<AttributesOf<N>>;

interface RunContextWith<A extends Attributes> {
  readonly attributes: A;
  readonly operands: readonly ConcreteType[];
  readonly result: ConcreteType;
  /** The values of `attributes.dims`. */
  readonly dims: readonly number[];
}

export type GradientContext<N extends OpName = OpName> = GradientContextWith<N, AttributesOf<N>>;

interface GradientContextWith<N extends OpName, A extends Attributes> {
  readonly build: Builder;
  readonly node: NodeWith<N, A>;
  readonly cotangent: string;
  /** The operand's value in the backward pass. The call makes the backward pass keep or recompute it. */
  operand(index: number): string;
  result(): string;
  operandType(index: number): Type;
  /** Whether this operand's cotangent is needed. */
  needs(index: number): boolean;
}

/** Methods, whose parameters are bivariant, so that one table can hold the rows of all ops. A rule only gets nodes of its own op. */
interface Rules<N extends OpName, A extends Attributes> {
  type(operands: readonly Type[], attributes: A, compare: AxisComparison): Type;
  /** One cotangent for each operand; null if it is zero or not needed. */
  gradient(context: GradientContextWith<N, A>): readonly (string | null)[];
  /** In float64, for the reference. */
  evaluate(operands: readonly NdArray[], context: RunContextWith<A>): NdArray;
  lower<T>(ops: TensorOps<T>, operands: readonly T[], context: RunContextWith<A>): T;
  begins(context: RunContextWith<A>): readonly (readonly number[] | null)[];
}

export type GradientRule<N extends OpName = OpName> = Rules<N, AttributesOf<N>>["gradient"];

export interface NoGradient {
  readonly none: string;
  /** The result has a derivative, and the gradient is 0 all the same. */
  readonly isStop?: true;
}

export function none(reason: string): NoGradient {
  return { none: reason };
}

/** How a function along an axis continues from step to step if the axis is a time. It begins with `masked`. */
export type OverTime =
  /** It keeps the axis: each result is `combine` of the result at the step before and the value at this step. */
  | {
      readonly kind: "prefix";
      readonly combine: BinaryFunction;
      /** Along the time of a sequence it is a loop over steps, as its gradient compares all elements of an axis with all. */
      readonly isLoop?: true;
    }
  /** It removes the axis: the result over all steps is `combine` of the results over the first steps and over the others. */
  | { readonly kind: "fold"; readonly combine: BinaryFunction }
  /** It needs all steps at once. */
  | { readonly kind: "whole" };

export type LanguageForm =
  /** Called with one argument for each operand; the last ones may be left out where they have `defaults`. */
  | {
      readonly kind: "pointwise";
      readonly name: string;
      readonly probabilityOf?: ProbabilityOf;
      /** The result is one of the operands from this one on. */
      readonly choosesFrom?: number;
      readonly defaults?: readonly number[];
    }
  /** Called with one array and `axis =`, by default the last. The padding of a time axis counts as `masked`. */
  | {
      readonly kind: "along-axis";
      readonly name: string;
      readonly masked: number;
      readonly ofSequence: OfSequence;
      readonly overTime: OverTime;
      readonly probabilityOf?: ProbabilityOf;
    };

/**
 * The default axis of a call with a sequence in a model: the last axis of each step, the time, or none.
 * Functions that keep the shape act at each step, as in a cell. For functions that remove the axis both readings are common.
 */
export type OfSequence = "each-step" | "over-time" | "must-be-said";

/** The result is probabilities, of tokens or for `by binary`, or rates for `by poisson`. `predict` computes these itself. */
export type ProbabilityOf = "token" | "binary" | "rate";

/** The row of one op, or of any. */
export type OpRow<N extends OpName = OpName> = RowWith<N, AttributesOf<N>>;

interface RowWith<N extends OpName, A extends Attributes> {
  readonly name: N;
  readonly doc: string;
  readonly attributes: Forms<A>;
  /** The number of operands, or null for any. */
  readonly arity: number | null;
  readonly type: Rules<N, A>["type"];
  readonly gradient: Rules<N, A>["gradient"] | NoGradient;
  readonly evaluate: Rules<N, A>["evaluate"];
  readonly lower: Rules<N, A>["lower"];
  /** For ops that copy their operands into the result: the position of each operand in it, or null if the operand is repeated. */
  readonly begins?: Rules<N, A>["begins"];
  /** For pointwise ops: the scalar formula from which everything else is derived. */
  readonly formula?: Formula;
  /** How a spec calls it, if a spec can. */
  readonly language?: LanguageForm;
  /** Whether the backward pass keeps the value; otherwise it computes it again. */
  readonly expensive: boolean;
  /** Whether it needs the true lengths of a time, as a mask does, not those that stand in for empty examples. */
  readonly readsLengths?: true;
  /** Whether the result is the lengths of the time `dims[0]`, as an input for lengths is. */
  readonly isLengths?: true;
  /** Whether f(a + b) = f(a) + f(b), so that it can be applied once, after a sum. */
  readonly commutesWithSums?: true;
}

/** The type of the only operand, or of the first. */
export function firstType(operands: readonly Type[]): Type {
  return at(operands, 0, "op table");
}
