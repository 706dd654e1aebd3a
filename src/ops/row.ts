// What one row of the op table says. A row is all that the compiler knows of an op; a missing rule does not compile.
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

/** A type with its sizes put in, as a target sees it. */
export interface ConcreteType {
  readonly dtype: Type["dtype"];
  readonly axes: readonly { readonly tag: Tag; readonly size: number }[];
  readonly shape: readonly number[];
}

/** What an op knows when it runs: sizes are numbers now. */
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
  /** The operand's value where the gradient is computed; asking for it makes the plan keep or recompute it. */
  operand(index: number): string;
  result(): string;
  operandType(index: number): Type;
  /** Whether anything asks for this operand's cotangent. */
  needs(index: number): boolean;
}

/** Methods, so that the table may hold the rows of all ops: each is given what belongs to nodes of its own op only. */
interface Rules<N extends OpName, A extends Attributes> {
  type(operands: readonly Type[], attributes: A, compare: AxisComparison): Type;
  /** One cotangent for each operand; null where it is zero or not needed. */
  gradient(context: GradientContextWith<N, A>): readonly (string | null)[];
  /** In float64, for the reference. */
  evaluate(operands: readonly NdArray[], context: RunContextWith<A>): NdArray;
  lower<T>(ops: TensorOps<T>, operands: readonly T[], context: RunContextWith<A>): T;
  begins(context: RunContextWith<A>): readonly (readonly number[] | null)[];
}

export type GradientRule<N extends OpName = OpName> = Rules<N, AttributesOf<N>>["gradient"];

export interface NoGradient {
  readonly none: string;
}

export function none(reason: string): NoGradient {
  return { none: reason };
}

/** How a function along an axis goes on from step to step where that axis is a time. `masked` is where it begins. */
export type OverTime =
  /** It keeps the axis: at each step it is `combine` of what it was a step before and of the value now. */
  | { readonly kind: "prefix"; readonly combine: BinaryFunction }
  /** It takes the axis away: with more steps it becomes `combine` of what it was and of what it is over these. */
  | { readonly kind: "fold"; readonly combine: BinaryFunction }
  /** It needs all steps at once. */
  | { readonly kind: "whole" };

export type LanguageForm =
  /** Called with as many arguments as operands. */
  | { readonly kind: "pointwise"; readonly name: string; readonly probabilityOf?: ProbabilityOf }
  /** Called with one array and `axis =`, by default the last; `masked` says what the padding of a time axis counts as. */
  | {
      readonly kind: "along-axis";
      readonly name: string;
      readonly masked: number;
      readonly ofSequence: OfSequence;
      readonly overTime: OverTime;
      readonly probabilityOf?: ProbabilityOf;
    };

/**
 * What a call without `axis` does with a sequence in a model: it acts along the last axis of each step, or over time, or has no default.
 * What keeps the shape acts at each step, as in a cell; what takes the axis away is easily meant either way.
 */
export type OfSequence = "each-step" | "over-time" | "must-be-said";

/** What it gives is probabilities of tokens, or of what is predicted `by binary`: `predict` makes them of logits itself. */
export type ProbabilityOf = "token" | "binary";

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
  /** For ops whose result is put together from its operands as they are: where each begins in it; null for one that is repeated. */
  readonly begins?: Rules<N, A>["begins"];
  /** For pointwise ops: the scalar formula from which everything else is derived. */
  readonly formula?: Formula;
  /** How a spec calls it, where it does so by this rule. */
  readonly language?: LanguageForm;
  /** Whether the gradient's plan keeps the value rather than computing it again. */
  readonly expensive: boolean;
  /** Whether it reads the lengths of a time themselves, as a mask does: what stands in for empty examples is no operand of it. */
  readonly readsLengths?: true;
  /** Whether of one operand's sum it makes the sum of what it makes of the terms, so that it may as well be done once, behind the sum. */
  readonly commutesWithSums?: true;
}

/** The type of the only operand, or of the first. */
export function firstType(operands: readonly Type[]): Type {
  return at(operands, 0, "op table");
}
