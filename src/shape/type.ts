// Types of graph values: arrays whose axes have a meaning.
// Order: the time of the step first, then the batch, then the value's own axes (plain ones, and the time of a memory).
import { equal, evaluateDim, ONE, parseDim, printDim, type Dim, type Sizes } from "./dim.ts";
import { fail } from "../base/invariant.ts";

export type Tag = "time" | "batch" | "memory" | "plain";

export interface Axis {
  readonly tag: Tag;
  readonly size: Dim;
  /** Of size 1, made by `expand`: the language repeats it where another operand has more. It is known while a spec is elaborated. */
  readonly stretches?: true;
}

export type DType = "float" | "int";

export interface Type {
  readonly dtype: DType;
  readonly axes: readonly Axis[];
}

export const SCALAR: Type = { dtype: "float", axes: [] };

export function floatType(axes: readonly Axis[]): Type {
  return { dtype: "float", axes };
}

export function plain(size: Dim): Axis {
  return { tag: "plain", size };
}

export const STRETCHING: Axis = { tag: "plain", size: ONE, stretches: true };

/** The axes for time and batch, which every operation of the language leaves alone. */
export function leadingAxes(type: Type): readonly Axis[] {
  return type.axes.filter((axis) => axis.tag === "time" || axis.tag === "batch");
}

/** The axes that a user sees at one step. */
export function ownAxes(type: Type): readonly Axis[] {
  return type.axes.filter((axis) => axis.tag === "plain" || axis.tag === "memory");
}

export function withoutTime(type: Type): Type {
  return { dtype: type.dtype, axes: type.axes.filter((axis) => axis.tag !== "time") };
}

export function withTime(type: Type, size: Dim): Type {
  return { dtype: type.dtype, axes: [{ tag: "time", size }, ...type.axes] };
}

export function timeOf(type: Type): Dim | undefined {
  return type.axes.find((axis) => axis.tag === "time")?.size;
}

/** The printed size of the time axis; undefined if there is none. */
export function timeName(type: Type): string | undefined {
  const time = timeOf(type);
  return time === undefined ? undefined : printDim(time);
}

export function hasBatch(type: Type): boolean {
  return type.axes.some((axis) => axis.tag === "batch");
}

/** Compares axes, not texts: most types are compared once, and most of their sizes are the same objects. */
export function sameType(a: Type, b: Type): boolean {
  if (a === b || a.axes === b.axes) return a.dtype === b.dtype;
  if (a.dtype !== b.dtype || a.axes.length !== b.axes.length) return false;
  return a.axes.every(({ tag, size }, index) => {
    const other = b.axes[index];
    return tag === other?.tag && equal(size, other.size);
  });
}

export function shapeOf(type: Type, sizes: Sizes): readonly number[] {
  return type.axes.map((axis) => evaluateDim(axis.size, sizes));
}

function printAxis(axis: Axis): string {
  return axis.tag === "plain" ? printDim(axis.size) : `${axis.tag} ${printDim(axis.size)}`;
}

const printed = new WeakMap<Type, string>();

/** `float[time T, batch B, 2*H]`; `parseType` reads it back. */
export function printType(type: Type): string {
  const text = printed.get(type) ?? `${type.dtype}[${type.axes.map(printAxis).join(", ")}]`;
  printed.set(type, text);
  return text;
}

export function parseType(text: string): Type {
  const match = /^(float|int)\[(.*)\]$/.exec(text) ?? fail("graph reader", `no type: ${text}`);
  const axes = (match[2] ?? "") === "" ? [] : (match[2] ?? "").split(", ").map(parseAxis);
  return { dtype: match[1] === "int" ? "int" : "float", axes };
}

function parseAxis(text: string): Axis {
  const match = /^(time|batch|memory) (.*)$/.exec(text);
  if (match === null) return plain(parseDim(text));
  const tag = match[1] === "time" ? "time" : match[1] === "batch" ? "batch" : "memory";
  return { tag, size: parseDim(match[2] ?? "") };
}
