// What a graph consists of. A node's operands stand in their order in the node itself.
import { fail } from "../base/invariant.ts";
import type { Span } from "../base/source.ts";
import type { Dim } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import { printInput, type Input } from "./border.ts";

export type Attribute = string | number | boolean | null | readonly Attribute[] | { readonly [key: string]: Attribute };

/** What an op needs to know beside its operands. Sizes stand in `dims`, printed, so that one substitution reaches them all. */
export type Attributes = { readonly [key: string]: Attribute };

/** What a user wrote that takes the steps of a sequence together. */
export interface AlongTime {
  /**
   * `prefix`: at each step those up to it; `first`: the first one. `fold`: all of them become one value, which more steps add to.
   * `whole`: all steps are needed at once; `memory`: so they are, to be read by a cell; `reverse`: it runs from the last step to the first.
   */
  readonly how: "prefix" | "first" | "fold" | "whole" | "memory" | "reverse";
  readonly time: Dim;
  readonly span: Span;
}

export interface Node {
  /** `n1`, `n2`, …: never a user's word. */
  readonly id: string;
  readonly op: string;
  readonly attributes: Attributes;
  readonly operands: readonly string[];
  readonly type: Type;
  /** Of an `input`: what it is. */
  readonly input?: Input;
  /** The name that the user gave it, with its path. */
  readonly name?: string;
  readonly span?: Span;
  /** Of a graph as it was elaborated; no rewriting keeps it. */
  readonly along?: AlongTime;
  /** The scan in whose body it stands, or null. */
  readonly region: string | null;
}

/** What an `input` is. */
export function inputOf(node: Node): Input {
  return node.input ?? fail("graph", `${node.id} (${node.op}) is not an input`);
}

/** The name by which an `input` is fed. */
export function nameOfInput(node: Node): string {
  return printInput(inputOf(node));
}

/** Attributes of a `scan`. Its operands are sequences, then initial states, then invariants; its body yields next states, then emitted values. */
export interface ScanAttributes {
  readonly time: string;
  readonly reverse: boolean;
  readonly sequences: number;
  readonly states: number;
}

export function scanAttributes(node: Node): ScanAttributes {
  const { time, reverse, sequences, states } = node.attributes;
  return {
    time: String(time),
    reverse: reverse === true,
    sequences: Number(sequences),
    states: Number(states),
  };
}

export type PortKind = "sequence" | "state" | "invariant";

export function portKind(node: Node): PortKind {
  const kind = node.attributes["kind"];
  return kind === "sequence" ? "sequence" : kind === "state" ? "state" : "invariant";
}
