// Whether the body of a scan computes the same as an operator's: the two graphs are compared from their results down, up to the names of
// weights, the order of operands of sums and products, and terms of a sum that a cell may leave out.
import { at, fail } from "../../base/invariant.ts";
import { printAttributes } from "../../graph/attributes.ts";
import type { Graph } from "../../graph/graph.ts";
import { indexOf, inputOf, nameOfInput, portKind, type Node } from "../../graph/node.ts";
import { portSource } from "../../ops/liveness.ts";
import { productLabels } from "../../ops/rows/contract.ts";
import { isScalar, SCALARS, type ScalarRow } from "../../scalar/table.ts";

/** A weight of the candidate: a node outside of the scan, and whether its axes are the other way round. */
export interface MatchedWeight {
  readonly id: string;
  readonly isTransposed: boolean;
}

export interface Bindings {
  /** By the template's node, the candidate's. */
  readonly nodes: ReadonlyMap<string, string>;
  /** By the template's name of a weight; a sum may have several biases in the place of one. */
  readonly weights: ReadonlyMap<string, readonly MatchedWeight[]>;
}

export const NOTHING_BOUND: Bindings = { nodes: new Map(), weights: new Map() };

export class Matcher {
  readonly #template: Graph;
  readonly #candidate: Graph;

  constructor(template: Graph, candidate: Graph) {
    this.#template = template;
    this.#candidate = candidate;
  }

  /** The bindings under which two nodes of the bodies are equal; undefined if there are none. */
  match(template: string, candidate: string, bound: Bindings): Bindings | undefined {
    const known = bound.nodes.get(template);
    if (known !== undefined) return known === candidate ? bound : undefined;
    const found = this.#compared(this.#template.node(template), this.#candidate.node(candidate), bound);
    return found === undefined ? undefined : { ...found, nodes: new Map([...found.nodes, [template, candidate]]) };
  }

  #compared(template: Node, candidate: Node, bound: Bindings): Bindings | undefined {
    if (template.op === "port") return this.#port(template, candidate, bound);
    const notation = notationOf(template);
    if (notation === "sum") return this.#sum(template, candidate, bound);
    if (template.op !== candidate.op) return undefined;
    if (productLabels(template) !== undefined) return this.#applied(template, candidate, bound);
    if (printAttributes(template.attributes) !== printAttributes(candidate.attributes)) return undefined;
    const inOrder = this.#all(template.operands, candidate.operands, bound);
    if (inOrder !== undefined || notation !== "product") return inOrder;
    return this.#all(template.operands, candidate.operands.toReversed(), bound);
  }

  #all(template: readonly string[], candidate: readonly string[], bound: Bindings): Bindings | undefined {
    if (template.length !== candidate.length) return undefined;
    let found: Bindings | undefined = bound;
    for (const [index, id] of template.entries()) {
      if (found === undefined) return undefined;
      found = this.match(id, at(candidate, index, "onnx"), found);
    }
    return found;
  }

  #port(template: Node, candidate: Node, bound: Bindings): Bindings | undefined {
    if (candidate.op !== "port" || portKind(template) !== portKind(candidate)) return undefined;
    // Which state is which is bound before; a sequence can be bound to one only.
    if (portKind(template) === "state") return undefined;
    if (portKind(template) === "sequence") return indexOf(template) === 0 ? bound : undefined;
    return this.#weight(template, candidate, { bound, isTransposed: false });
  }

  #weight(
    template: Node,
    candidate: Node,
    { bound, isTransposed }: { readonly bound: Bindings; readonly isTransposed: boolean },
  ): Bindings | undefined {
    const id = portSource(this.#candidate, candidate);
    if (id === undefined || portKind(candidate) !== "invariant" || !this.#isStored(id)) return undefined;
    if (candidate.type.axes.length !== template.type.axes.length) return undefined;
    const name = this.#nameOf(template);
    const before = bound.weights.get(name);
    if (before !== undefined && !before.some((each) => each.id === id && each.isTransposed === isTransposed))
      return undefined;
    return { ...bound, weights: new Map([...bound.weights, [name, [{ id, isTransposed }]]]) };
  }

  /** Computed weights are left to a Scan: they are not known when the file is written. */
  #isStored(id: string): boolean {
    return weightPath(this.#candidate.node(id)) !== undefined;
  }

  #nameOf(port: Node): string {
    const source = portSource(this.#template, port) ?? fail("onnx", "a port without a source");
    return nameOfInput(this.#template.node(source));
  }

  /** A product of a matrix and a vector `[B, …]`. */
  #applied(template: Node, candidate: Node, bound: Bindings): Bindings | undefined {
    const [own, other] = [this.#matrixOf(template, this.#template), this.#matrixOf(candidate, this.#candidate)];
    if (own === undefined || other === undefined) return undefined;
    const found = this.match(own.vector, other.vector, bound);
    if (found === undefined) return undefined;
    const isTransposed = own.isTransposed !== other.isTransposed;
    return this.#weight(this.#template.node(own.matrix), this.#candidate.node(other.matrix), {
      bound: found,
      isTransposed,
    });
  }

  #matrixOf(
    node: Node,
    graph: Graph,
  ): { readonly matrix: string; readonly vector: string; readonly isTransposed: boolean } | undefined {
    const labels = productLabels(node);
    if (labels === undefined) return undefined;
    const [left = "", right = ""] = node.operands;
    for (const [matrix, vector, matrixText, vectorText] of [
      [right, left, labels.right, labels.left],
      [left, right, labels.left, labels.right],
    ] as const) {
      const port = graph.node(matrix);
      if (port.op !== "port" || portKind(port) !== "invariant" || !isWeight(port)) continue;
      const [batch = "", made = ""] = labels.out;
      const isVector = vectorText.length === 2 && vectorText.startsWith(batch) && labels.out.length === 2;
      const contracted = vectorText.at(-1) ?? "";
      if (!isVector || (matrixText !== made + contracted && matrixText !== contracted + made)) continue;
      return { matrix, vector, isTransposed: matrixText === contracted + made };
    }
    return undefined;
  }

  /** Terms in any order. A candidate may lack biases and peepholes, and may have several biases. */
  #sum(template: Node, candidate: Node, bound: Bindings): Bindings | undefined {
    const rest = new Set(termsOf(candidate, this.#candidate));
    let found = bound;
    let bias: string | undefined;
    for (const term of termsOf(template, this.#template)) {
      if (this.#isBias(this.#template.node(term))) {
        bias = this.#nameOf(this.#template.node(term));
        continue;
      }
      const match = firstMatch(rest, (each) => this.match(term, each, found));
      if (match !== undefined) {
        rest.delete(match.term);
        found = match.bindings;
      } else if (!this.#isPeephole(this.#template.node(term))) return undefined;
    }
    const biases = [...rest].map((id) => this.#candidate.node(id));
    if (biases.some((node) => !this.#isBias(node)) || (bias === undefined && biases.length > 0)) return undefined;
    if (bias === undefined) return found;
    if (biases.some((port) => !this.#isStored(portSource(this.#candidate, port) ?? ""))) return undefined;
    const ids = biases.map((port) => ({ id: portSource(this.#candidate, port) ?? "", isTransposed: false }));
    return { ...found, weights: new Map([...found.weights, [bias, ids]]) };
  }

  #isBias(node: Node): boolean {
    return node.op === "port" && portKind(node) === "invariant" && isWeight(node) && node.type.axes.length === 1;
  }

  #isPeephole(node: Node): boolean {
    return notationOf(node) === "product" && node.operands.some((id) => this.#isBias(this.#template.node(id)));
  }
}

function firstMatch(
  terms: Iterable<string>,
  match: (term: string) => Bindings | undefined,
): { readonly term: string; readonly bindings: Bindings } | undefined {
  for (const term of terms) {
    const bindings = match(term);
    if (bindings !== undefined) return { term, bindings };
  }
  return undefined;
}

function notationOf({ op }: Node): ScalarRow["notation"] {
  if (!isScalar(op)) return undefined;
  const row: ScalarRow = SCALARS[op];
  return row.notation;
}

function termsOf(node: Node, graph: Graph): readonly string[] {
  return notationOf(node) === "sum" ? node.operands.flatMap((id) => termsOf(graph.node(id), graph)) : [node.id];
}

/** The same for all examples and steps. */
function isWeight({ type }: Node): boolean {
  return type.dtype === "float" && type.axes.every(({ tag }) => tag === "plain");
}

/** Whether a node outside of scans is a weight as it is stored. */
export function weightPath(node: Node): string | undefined {
  const input = node.op === "input" ? inputOf(node) : undefined;
  return input?.kind === "weight" ? input.path : undefined;
}
