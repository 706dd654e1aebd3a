// The nodes of a graph. A node holds its operands in order.
import { fail } from "../base/invariant.ts";
import type { Span } from "../base/source.ts";
import type { ScalarName } from "../scalar/table.ts";
import type { Dim } from "../shape/dim.ts";
import type { Type } from "../shape/type.ts";
import { printInput, type Input } from "./border.ts";

export type Attribute = string | number | boolean | null | Dim | Type | readonly Attribute[];

/** Constants of a node, besides its operands. */
export type Attributes = { readonly [key: string]: Attribute };

export type NoAttributes = { readonly [key: string]: never };

/** The graph's own structure. */
interface StructureAttributes {
  readonly input: Attributes;
  readonly port: { readonly kind: PortKind; readonly index: number };
  readonly scan: ScanAttributes;
  readonly yield: NoAttributes;
  readonly project: { readonly index: number };
}

export type StructureName = keyof StructureAttributes;

/** The attributes of each op. Each row of the op table adds those of its op, in its own file. */
export interface AttributesByOp extends StructureAttributes, Record<ScalarName, NoAttributes> {}

export type OpName = keyof AttributesByOp;

/** The attributes of one op, or, for any op, those that all have in common. */
export type AttributesOf<N extends OpName> = [OpName] extends [N] ? Attributes : AttributesByOp[N];

/** A user's call that combines the steps of a sequence. */
export interface AlongTime {
  /**
   * `prefix`: each step needs the steps up to it. `first`: the first step. `fold`: one value of all steps, to which more steps can be added.
   * `whole`: all steps are needed at once. `memory`: all steps are needed at once, by a cell. `reverse`: runs from the last step to the first.
   */
  readonly how: "prefix" | "first" | "fold" | "whole" | "memory" | "reverse";
  readonly time: Dim;
  readonly span: Span;
}

/** The attributes of an op, optional if the op needs none. */
export type Given<N extends OpName> =
  NoAttributes extends AttributesOf<N> ? [attributes?: AttributesOf<N>] : [attributes: AttributesOf<N>];

/** A node of one op, or of any. */
export type Node<N extends OpName = OpName> = NodeWith<N, AttributesOf<N>>;

export interface NodeWith<N extends OpName, A extends Attributes> {
  /** `n1`, `n2`, …, never a name from a spec. */
  readonly id: string;
  readonly op: N;
  readonly attributes: A;
  readonly operands: readonly string[];
  readonly type: Type;
  /** Set for an `input`. */
  readonly input?: Input;
  /** The name that the user gave it, with its path. */
  readonly name?: string;
  readonly span?: Span;
  /** Set by elaboration; rewriting drops it. */
  readonly along?: AlongTime;
  /** The scan whose body contains it, or null. */
  readonly region: string | null;
}

/** Throws if the node is not an `input`. */
export function inputOf(node: Node): Input {
  return node.input ?? fail("graph", `${node.id} (${node.op}) is not an input`);
}

/** The name by which an `input` is fed. */
export function nameOfInput(node: Node): string {
  return printInput(inputOf(node));
}

/** Whether a node is of one op; narrows the type of its attributes. */
export function isOp<N extends OpName>(node: Node, op: N): node is Node<N> {
  return node.op === op;
}

/** Attributes of a `scan`. Its operands are sequences, then initial states, then invariants; its body yields next states, then emitted values. */
export type ScanAttributes = {
  readonly time: Dim;
  readonly reverse: boolean;
  readonly sequences: number;
  readonly states: number;
};

export function scanAttributes(node: Node): ScanAttributes {
  return isOp(node, "scan") ? node.attributes : fail("graph", `${node.id} (${node.op}) is not a scan`);
}

export type PortKind = "sequence" | "state" | "invariant";

export function portKind(node: Node): PortKind {
  return isOp(node, "port") ? node.attributes.kind : fail("graph", `${node.id} (${node.op}) is not a port`);
}

/** The index of a port among those of its kind, or of a `project` among the scan's results. */
export function indexOf(node: Node): number {
  return isOp(node, "port") || isOp(node, "project")
    ? node.attributes.index
    : fail("graph", `${node.id} (${node.op}) has no index`);
}
