// The values of expressions while a program is being elaborated.
import { spanText, type Span } from "../../base/source.ts";
import type { ProbabilityOf } from "../../ops/row.ts";
import type { Dim } from "../../shape/dim.ts";
import type { Definition, TokenKind } from "../ast.ts";
import type { FileScope, ScopedDefinition } from "../scope.ts";
import type { Call } from "./arguments.ts";
import type { Home } from "./equation-path.ts";
import type { Frame } from "./frame.ts";

/** How a token is read from data, and how many there are. */
export interface Token {
  readonly reading: TokenKind;
  readonly size: Dim;
}

/** The reason why a value has its type: the place that says so. */
export interface Origin {
  readonly span: Span;
  readonly reason: string;
}

export interface NodeValue {
  readonly kind: "node";
  readonly id: string;
  readonly origin: Origin;
  readonly token?: Token;
  /** `h.c`: the named values of a cell that was applied. */
  readonly members?: ReadonlyMap<string, NodeValue>;
  /** `h.layer0`, `h.forward`: the results of a wiring's layers and directions. */
  readonly parts?: ReadonlyMap<string, NodeValue>;
  /** The results of cells that are applied inside its equation, as `1`, `2`, …: no equation reads them, but they can be shown. */
  readonly applied?: ReadonlyMap<string, NodeValue>;
  /** For a bidirectional result: its two halves, which `last` joins. */
  readonly halves?: { readonly forward: string; readonly backward: string };
  /** Set if a cell or a wiring was applied to sequences: what `states =` hands over. */
  readonly carries?: Carries;
  /** Set if its elements are results of a function such as softmax. */
  readonly probability?: Probability;
}

/** What has states in the result of a wiring; each value is that of a cell, a layer or a direction. */
export type Carries =
  | {
      readonly kind: "cell";
      readonly title: string;
      readonly states: ReadonlyMap<string, NodeValue>;
      readonly isReverse: boolean;
      /** A cell that it applies has states of its own. */
      readonly isNested: boolean;
    }
  | { readonly kind: "stack"; readonly layers: readonly NodeValue[] }
  | { readonly kind: "bidirectional"; readonly forward: NodeValue; readonly backward: NodeValue };

/** `h.f`, `h.layer0`: a value inside the result of a cell. An equation of the cell comes before a layer of that name. */
export function partOf({ members, parts }: NodeValue, name: string): NodeValue | undefined {
  return members?.get(name) ?? parts?.get(name);
}

/** The names for `partOf`. */
export function partsOf({ members, parts }: NodeValue): readonly string[] {
  return [...new Set([...(members?.keys() ?? []), ...(parts?.keys() ?? [])])];
}

/** Says which kind of probabilities a value holds, and where which function made them. */
export interface Probability {
  readonly of: ProbabilityOf;
  readonly name: string;
  readonly span: Span;
}

/** `value` is made of elements or steps of `from`, so what holds of `from` holds of it. */
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
      readonly cells: ReadonlyMap<string, GivenCell>;
      /** Where it has its arguments. */
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

/** What a parameter `C: cell` stands for. */
export type GivenCell =
  /** A cell that still takes its arguments, as in `C(H)(x)`. */
  | { readonly kind: "named"; readonly scoped: ScopedDefinition }
  /** A cell with its arguments, as in `C(x)`. */
  | { readonly kind: "wiring"; readonly wiring: Wiring }
  /** Nothing: the definition is checked by itself. */
  | { readonly kind: "open" };

/** A cell as it is written: `GRU`, `GRU(64)`. The name in a call may be that of a parameter, or of a file with the cell. */
export function cellText(cell: GivenCell): string {
  if (cell.kind === "open") return "?";
  if (cell.kind === "named") return cell.scoped.definition.name.name;
  const { wiring } = cell;
  if (wiring.kind !== "cell") return `${wiring.kind}(…)`;
  const written = spanText(wiring.span).replace(/\s+/g, " ");
  return `${wiring.definition.name.name}${written.includes("(") ? written.slice(written.indexOf("(")) : ""}`;
}

export type Value =
  | NodeValue
  /** A number or a dimension, known at compile time. */
  | { readonly kind: "static"; readonly value: Dim }
  /** `home` is set if an equation names the wiring: all its applications share the weights of this home, each with its own states. */
  | { readonly kind: "wiring"; readonly wiring: Wiring; readonly home?: Home }
  /** A function with weights of its own that still takes its values: `linear(out = H)`. All its applications share the weights. */
  | { readonly kind: "function"; readonly name: string; readonly apply: (call: Call, frame: Frame) => Value }
  /** Several values at once: what `split` gives. */
  | { readonly kind: "several"; readonly parts: readonly NodeValue[] }
  /** The value of an expression with an error that was reported: it causes no further errors. */
  | { readonly kind: "poison" };

export const POISON: Value = { kind: "poison" };
