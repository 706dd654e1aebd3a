// What a file says of its model, for the part of it that all files have in common.
import type { Graph } from "../../graph/graph.ts";
import { printInput } from "../../graph/border.ts";
import { printDim, type Sizes } from "../../shape/dim.ts";
import { hasBatch, timeName, timeOf, type Type } from "../../shape/type.ts";
import { asciiName } from "../identifiers.ts";
import type { Functions, WrittenFunction } from "../source/functions.ts";
import { knownSize } from "../source/signature.ts";
import type { ArrayDescription, FunctionDescription } from "./runtime/description.ts";

/** An array at the border of a function: batch first. */
export function arrayOf(name: string, type: Type, sizes: Sizes): ArrayDescription {
  const isSequence = isTimed(type);
  const [first, second, ...rest] = type.axes;
  const axes = isSequence ? [second, first, ...rest] : type.axes;
  return {
    name,
    shape: axes.flatMap((axis) => (axis === undefined ? [] : [sizeOf(printDim(knownSize(axis.size, sizes)))])),
    dtype: type.dtype === "int" ? "int32" : "float32",
    time: isSequence ? asciiName(timeName(type) ?? "T") : null,
  };
}

export function isTimed(type: Type): boolean {
  return timeOf(type) !== undefined && hasBatch(type);
}

function sizeOf(text: string): number | string {
  if (/^\d+$/.test(text)) return Number(text);
  return /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(text) ? asciiName(text) : text;
}

/** All but the function itself. */
export type Described = Omit<FunctionDescription, "call">;

export function describe(
  { arguments: { data, lengths, hasState } }: WrittenFunction,
  { graph, states }: { readonly graph: Graph; readonly states: Functions["states"] },
  sizes: Sizes,
): Described {
  return {
    inputs: data.map(({ node, spoken }) => arrayOf(spoken, node.type, sizes)),
    lengths: lengths.map(({ of }) => of),
    states: hasState
      ? states.map(({ key, id }) => ({ key, ...arrayOf(stateName(key), graph.node(id).type, sizes) }))
      : [],
  };
}

/** The name under which a state is returned, and given. */
export function stateName(key: string): string {
  return printInput({ kind: "state", path: key });
}
