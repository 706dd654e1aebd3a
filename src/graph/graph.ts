// The graph: nodes, edges and nesting in a compound graph of graphlib, behind this one file. Immutable once made.
// A scan is a compound node whose children are its body. Insertion order is a topological order within each region.
import { alg, Graph as Store } from "@dagrejs/graphlib";
import { fail } from "../base/invariant.ts";
import type { Node } from "./node.ts";

export class Graph {
  readonly name: string;
  /** What the graph computes: names to node ids, in order. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly #store: Store;

  /** `nodes` in an order in which every operand precedes its users and a scan's body stands behind the scan's operands. */
  constructor(name: string, nodes: readonly Node[], outputs: ReadonlyMap<string, string>) {
    this.name = name;
    this.outputs = outputs;
    this.#store = new Store({ directed: true, compound: true, multigraph: false });
    for (const node of nodes) {
      this.#store.setNode(node.id, node);
      if (node.region !== null) this.#store.setParent(node.id, node.region);
      for (const operand of node.operands) {
        if (!this.#store.hasNode(operand)) fail("graph", `${node.id} reads ${operand}, which does not precede it`);
        this.#store.setEdge(operand, node.id);
      }
    }
  }

  node(id: string): Node {
    const node: unknown = this.#store.node(id);
    return isNode(node) ? node : fail("graph", `no node ${id}`);
  }

  has(id: string): boolean {
    return this.#store.hasNode(id);
  }

  /** The nodes of one region in topological order: of the whole program (null) or of a scan's body. */
  region(region: string | null): readonly Node[] {
    const ids: readonly string[] = region === null ? this.#store.children() : this.#store.children(region);
    return ids.map((id) => this.node(id));
  }

  /** All nodes of all regions, a scan's body behind the scan. */
  all(): readonly Node[] {
    const walk = (region: string | null): readonly Node[] =>
      this.region(region).flatMap((node) => (node.op === "scan" ? [node, ...walk(node.id)] : [node]));
    return walk(null);
  }

  /** The nodes that read `id`. */
  users(id: string): readonly Node[] {
    const successors: readonly string[] = this.#store.successors(id) ?? [];
    return successors.map((user) => this.node(user));
  }

  output(name: string): Node {
    return this.node(this.outputs.get(name) ?? fail("graph", `no output ${name}`));
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "op" in value && "operands" in value;
}

/** Strongly connected components of a directed graph over `names`; a name that reaches no other is a component of its own. */
export function components(
  names: readonly string[],
  edges: readonly (readonly [string, string])[],
): readonly (readonly string[])[] {
  const store = new Store({ directed: true });
  names.forEach((name) => store.setNode(`k${name}`));
  edges.forEach(([from, to]) => store.setEdge(`k${from}`, `k${to}`));
  return alg.tarjan(store).map((component: readonly string[]) => component.map((key) => key.slice(1)));
}
