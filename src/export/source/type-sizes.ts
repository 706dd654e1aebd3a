// The sizes of a type, as they are written.
import type { Type } from "../../shape/type.ts";
import type { Surroundings } from "./dialect.ts";
import { tuple, type Expression } from "./expression.ts";

/** The sizes of a type as a tuple. */
export function shapeOf({ size }: Pick<Surroundings, "size">, { axes }: Type): Expression {
  return tuple(axes.map((axis) => size(axis.size)));
}

export function sizesOf({ size }: Pick<Surroundings, "size">, { axes }: Type): readonly Expression[] {
  return axes.map((axis) => size(axis.size));
}
