// Reading what a run context says.
import { at, fail } from "../base/invariant.ts";
import type { Attributes } from "../graph/node.ts";
import { parseDim, type Dim } from "../shape/dim.ts";
import type { RunContext } from "./row.ts";

export function typeOfOperand(context: RunContext, index: number): RunContext["result"] {
  return at(context.operands, index, "run");
}

export function dimValue(context: RunContext, index: number): number {
  return at(context.dims, index, "run");
}

/** The sizes in `dims`. */
export function dimsOf(attributes: Attributes): readonly Dim[] {
  const dims = attributes["dims"];
  return Array.isArray(dims) ? dims.map((dim) => parseDim(String(dim))) : fail("op table", "no `dims`");
}

/** An axis counted from the right (-1 is the last), as a position from the left. */
export function axisFrom(attributes: Attributes, rank: number): number {
  const axis = attributes["axis"];
  return typeof axis === "number" && axis < 0 && rank + axis >= 0
    ? rank + axis
    : fail("op table", `no axis ${String(axis)}`);
}

export function axesFrom(attributes: Attributes, rank: number): readonly number[] {
  const axes = attributes["axes"];
  return Array.isArray(axes) ? axes.map((axis) => axisFrom({ axis }, rank)) : fail("op table", "no `axes`");
}

export function numberOf(attributes: Attributes, key: string): number {
  const value = attributes[key];
  return typeof value === "number" ? value : fail("op table", `no number ${key}`);
}

export function textOf(attributes: Attributes, key: string): string {
  const value = attributes[key];
  return typeof value === "string" ? value : fail("op table", `no text ${key}`);
}
