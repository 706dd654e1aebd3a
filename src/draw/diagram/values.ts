// Finds the nodes that compute the values of ports and projections of scans, and the values that a scan carries.
import { at, fail } from "../../base/invariant.ts";
import type { Graph } from "../../graph/graph.ts";
import { portKind, scanAttributes, type Node } from "../../graph/node.ts";

const STAGE = "draw";

/** The value of a state's port: that of the step before, and `first` at the first step. */
export interface CarriedValue {
  readonly before: string;
  readonly first: string;
  /** Whether the scan runs from the last step to the first. */
  readonly isReverse: boolean;
}

export class Values {
  readonly graph: Graph;
  readonly #yields = new Map<string, Node>();

  constructor(graph: Graph) {
    this.graph = graph;
    for (const node of graph.all())
      if (node.op === "yield" && node.region !== null) this.#yields.set(node.region, node);
  }

  /** The node that computes the value of `id`; a state's port is its own origin. */
  origin(id: string): string {
    const node = this.graph.node(id);
    const { index } = node.attributes;
    if (node.op === "port" && node.region !== null) {
      const scan = this.graph.node(node.region);
      const { sequences, states } = scanAttributes(scan);
      const kind = portKind(node);
      if (kind === "state") return id;
      return this.origin(at(scan.operands, Number(index) + (kind === "sequence" ? 0 : sequences + states), STAGE));
    }
    const emitted = this.#result(node);
    return emitted === undefined || emitted.isFinal ? id : this.origin(emitted.value);
  }

  /** For a final state: the node that computes it at the last step. Undefined for any other node. */
  lastOf(id: string): string | undefined {
    const result = this.#result(this.graph.node(id));
    return result?.isFinal === true ? this.origin(result.value) : undefined;
  }

  #result({ op, operands, attributes }: Node): { readonly value: string; readonly isFinal: boolean } | undefined {
    if (op !== "project") return undefined;
    const scan = this.graph.node(at(operands, 0, STAGE));
    const index = Number(attributes["index"]);
    return {
      value: at(this.#yieldOf(scan.id).operands, index, STAGE),
      isFinal: index < scanAttributes(scan).states,
    };
  }

  /** For the port of a state; undefined for any other node. */
  carried(id: string): CarriedValue | undefined {
    const node = this.graph.node(id);
    if (node.op !== "port" || node.region === null || portKind(node) !== "state") return undefined;
    const scan = this.graph.node(node.region);
    const { sequences, reverse } = scanAttributes(scan);
    const index = Number(node.attributes["index"]);
    return {
      before: this.origin(at(this.#yieldOf(scan.id).operands, index, STAGE)),
      first: this.origin(at(scan.operands, sequences + index, STAGE)),
      isReverse: reverse,
    };
  }

  #yieldOf(scan: string): Node {
    return this.#yields.get(scan) ?? fail(STAGE, `the scan ${scan} has no yield`);
  }
}
