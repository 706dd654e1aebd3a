// What the rule of an op is given to write its node as ONNX operators.
import type { Attributes, AttributesOf, OpName } from "../../graph/node.ts";
import { alignment } from "../../shape/broadcast.ts";
import type { Dim } from "../../shape/dim.ts";
import type { Type } from "../../shape/type.ts";
import type { Region } from "./region.ts";
import type { SizeValues } from "./sizes.ts";

export type OpContext<N extends OpName = OpName> = OpContextWith<AttributesOf<N>>;

export interface OpContextWith<A extends Attributes> {
  readonly attributes: A;
  /** The names of the operands in ONNX. */
  readonly operands: readonly string[];
  readonly types: readonly Type[];
  readonly result: Type;
  readonly region: Region;
  readonly sizes: SizeValues;
  /** Whether an operand is an input of the model: its tokens are in the vocabulary. */
  readonly isInput: (operand: number) => boolean;
  /** A matrix `[m, n]` as `[n, m]`, outside of the loop where it is known there. */
  readonly transposed: (operand: number) => string;
}

/** A method, so that one table holds the rules of all ops. */
export interface OpRule<A extends Attributes> {
  /** Returns the name of the result. */
  write(context: OpContextWith<A>): string;
}

/** An operand with axes of size 1 where the result has more, so that numpy's broadcasting does what the meanings of axes say. */
export function aligned({ operands, types, result, region }: OpContext, index: number): string {
  const where = alignment(types[index]?.axes ?? [], result.axes);
  const first = where.findIndex((axis) => axis >= 0);
  const missing = where.flatMap((axis, position) =>
    axis < 0 && first >= 0 && position > first ? [position - first] : [],
  );
  return unsqueezed(region, operands[index] ?? "", missing);
}

/** As `aligned`, with all axes of the result. */
export function fullyAligned({ operands, types, result, region }: OpContext, index: number): string {
  const where = alignment(types[index]?.axes ?? [], result.axes);
  const missing = where.flatMap((axis, position) => (axis < 0 ? [position] : []));
  return unsqueezed(region, operands[index] ?? "", missing);
}

/** With axes of size 1 at these positions of the result. */
export function unsqueezed(region: Region, value: string, axes: readonly number[]): string {
  return axes.length === 0 ? value : region.node("Unsqueeze", [value, region.int64s(axes)]);
}

export function squeezed(region: Region, value: string, axis: number): string {
  return region.node("Squeeze", [value, region.int64s([axis])]);
}

/** 0, 1, …, size - 1 as int64. */
export function rangeOf({ region, sizes }: Pick<OpContext, "region" | "sizes">, size: Dim): string {
  return region.outermost.node("Range", [region.int64(0), sizes.scalar(size), region.int64(1)]);
}

/** The numbers of `TensorProto.DataType` that `Cast` takes. */
const CAST = { float: 1, int32: 6, int64: 7, bool: 9 } as const;

export function cast(region: Region, value: string, to: keyof typeof CAST): string {
  return region.node("Cast", [value], { to: CAST[to] });
}
