// What an expression of the language stands for while a program is being elaborated.
import type { Span } from "../../base/source.ts";
import type { ProbabilityOf } from "../../ops/row.ts";
import type { Dim } from "../../shape/dim.ts";
import type { Definition, TokenKind } from "../ast.ts";
import type { FileScope } from "../scope.ts";
import type { Home } from "./path.ts";

/** How a token is read from data, and how many there are. */
export interface Token {
  readonly reading: TokenKind;
  readonly size: Dim;
}

/** Why a value is believed to be what it is: where that was said. */
export interface Origin {
  readonly span: Span;
  readonly reason: string;
}

export interface NodeValue {
  readonly kind: "node";
  readonly id: string;
  readonly origin: Origin;
  readonly token?: Token;
  /** `h.c`: the quantities of a cell that was applied. */
  readonly members?: ReadonlyMap<string, NodeValue>;
  /** Of a bidirectional result: its two halves, which `last` joins. */
  readonly halves?: { readonly forward: string; readonly backward: string };
  /** Its elements are what a function such as softmax gave. */
  readonly probability?: Probability;
}

/** Probabilities, of what, and where which function made them. */
export interface Probability {
  readonly of: ProbabilityOf;
  readonly name: string;
  readonly span: Span;
}

/** `value` is made of elements of `from`, or steps of it: they are still what they were. */
export function withElementsOf(from: NodeValue, value: NodeValue): NodeValue;
export function withElementsOf(from: NodeValue, value: Value): Value;
export function withElementsOf(from: NodeValue, value: Value): Value {
  return value.kind === "node" && from.probability !== undefined ? { ...value, probability: from.probability } : value;
}

/** A cell with its arguments, or several of them wired together, not yet applied. */
export type Wiring =
  | {
      readonly kind: "cell";
      readonly definition: Definition;
      readonly scope: FileScope;
      readonly statics: ReadonlyMap<string, Dim>;
      readonly span: Span;
    }
  | {
      readonly kind: "stack";
      readonly layers: readonly Wiring[];
      readonly shared: boolean;
      readonly dropout: number;
      readonly residual: boolean;
    }
  | { readonly kind: "bidirectional" | "reverse"; readonly inner: Wiring };

export type Value =
  | NodeValue
  /** A number or a dimension, known when compiled. */
  | { readonly kind: "static"; readonly value: Dim }
  /** `home` is set where an equation names the wiring: all its applications share the weights found there, each with states of its own. */
  | { readonly kind: "wiring"; readonly wiring: Wiring; readonly home?: Home }
  /** Several values at once: what `split` gives. */
  | { readonly kind: "several"; readonly parts: readonly NodeValue[] }
  /** What stands where an error was reported: silent from here on. */
  | { readonly kind: "poison" };

export const POISON: Value = { kind: "poison" };
