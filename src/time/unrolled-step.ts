// The parts of a scan for unrolling: its initial values, its results, and its body, built again for one step.
import { fail, lookup } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { initialOf, portSource, yieldOf } from "../ops/liveness.ts";

export interface ScanParts {
  readonly node: Node;
  readonly graph: Graph;
  readonly reverse: boolean;
  /** Ids in the new graph. */
  readonly initial: readonly string[];
  readonly outer: (id: string) => string;
  /** The emitted values of the body, after its states. */
  readonly emitted: readonly string[];
}

export interface Results {
  readonly states: readonly string[];
  readonly emitted: readonly string[];
}

export function partsOf(graph: Graph, node: Node, outer: (id: string) => string): ScanParts {
  const { states, reverse } = scanAttributes(node);
  const initial = Array.from({ length: states }, (_, index) => outer(initialOf(node, index)));
  return { node, graph, reverse, initial, outer, emitted: yieldOf(graph, node.id).operands.slice(states) };
}

/** One step of a scan's body, built at the builder's current position. */
export class UnrolledStep {
  readonly #build: Builder;
  readonly #scan: ScanParts;

  constructor(build: Builder, scan: ScanParts) {
    this.#build = build;
    this.#scan = scan;
  }

  /** `stepOf` gives a sequence's value at this step. */
  make(states: readonly string[], stepOf: (sequence: string) => string): Results {
    const { graph, node: scan, outer } = this.#scan;
    const known = new Map<string, string>();
    let results: readonly string[] = [];
    for (const node of graph.region(scan.id)) {
      if (node.op === "yield") {
        results = node.operands.map((operand) => lookup(known, operand, "unroll"));
        continue;
      }
      known.set(node.id, node.op === "port" ? this.#port(node, states, stepOf, outer) : this.#op(node, known));
    }
    const count = scanAttributes(scan).states;
    return { states: results.slice(0, count), emitted: results.slice(count) };
  }

  #port(
    port: Node,
    states: readonly string[],
    stepOf: (sequence: string) => string,
    outer: (id: string) => string,
  ): string {
    const source = portSource(this.#scan.graph, port);
    if (source === undefined) return pick(states, indexOf(port));
    return portKind(port) === "sequence" ? stepOf(outer(source)) : outer(source);
  }

  #op(node: Node, known: ReadonlyMap<string, string>): string {
    const operands = node.operands.map((operand) => lookup(known, operand, "unroll"));
    const id = this.#build.op(node.op, operands, node.attributes);
    return node.name === undefined ? id : this.#build.name(id, node.name, node.span);
  }
}

export function pick(values: readonly string[], index: number): string {
  return values[index] ?? fail("unroll", `nothing at ${index}`);
}
