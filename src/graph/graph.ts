// The graph: nodes by region, and the users of each node. Immutable. The nodes of a scan's body are the region of the scan.
// Insertion order is a topological order within each region.
import { fail } from "../base/invariant.ts";
import { readOutput, type Output, type OutputKind } from "./border.ts";
import type { Node } from "./node.ts";

export interface NamedOutput<K extends OutputKind = OutputKind> {
  readonly output: Output<K>;
  readonly name: string;
  /** The node. */
  readonly id: string;
}

export class Graph {
  readonly name: string;
  /** Node ids by the names of outputs, in order. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly #nodes = new Map<string, Node>();
  readonly #regions = new Map<string | null, Node[]>([[null, []]]);
  /** The users of each node. Computed on demand: most graphs between two passes do not need them. */
  #users: ReadonlyMap<string, readonly Node[]> | undefined;
  #all: readonly Node[] | undefined;
  #outputs: readonly NamedOutput[] | undefined;

  /** In `nodes`, every operand precedes its users, and a scan precedes its body. */
  constructor(name: string, nodes: readonly Node[], outputs: ReadonlyMap<string, string>) {
    this.name = name;
    this.outputs = outputs;
    for (const node of nodes) {
      for (const operand of node.operands)
        if (!this.#nodes.has(operand)) fail("graph", `${node.id} reads ${operand}, which does not precede it`);
      this.#nodes.set(node.id, node);
      if (node.op === "scan") this.#regions.set(node.id, []);
      (this.#regions.get(node.region) ?? fail("graph", `${node.id} is in ${node.region}, which is not a scan`)).push(
        node,
      );
    }
  }

  node(id: string): Node {
    return this.#nodes.get(id) ?? fail("graph", `no node ${id}`);
  }

  has(id: string): boolean {
    return this.#nodes.has(id);
  }

  /** The nodes of one region in topological order: of the whole program (null) or of a scan's body. */
  region(region: string | null): readonly Node[] {
    return this.#regions.get(region) ?? [];
  }

  /** All nodes of all regions, a scan's body directly after the scan. */
  all(): readonly Node[] {
    if (this.#all !== undefined) return this.#all;
    const all: Node[] = [];
    const walk = (region: string | null): void => {
      for (const node of this.region(region)) {
        all.push(node);
        if (node.op === "scan") walk(node.id);
      }
    };
    walk(null);
    this.#all = all;
    return all;
  }

  /** The nodes that read `id`, each once. */
  users(id: string): readonly Node[] {
    this.#users ??= usersOf(this.#nodes.values());
    return this.#users.get(id) ?? [];
  }

  /** The outputs of one kind, in order. */
  outputsOf<K extends OutputKind>(kind: K): readonly NamedOutput<K>[] {
    this.#outputs ??= [...this.outputs].map(([name, id]) => ({ name, id, output: readOutput(name) }));
    return this.#outputs.filter((each): each is NamedOutput<K> => each.output.kind === kind);
  }

  /** The inputs, in order. */
  inputs(): readonly Node[] {
    return this.region(null).filter(({ op }) => op === "input");
  }

  output(name: string): Node {
    return this.node(this.outputs.get(name) ?? fail("graph", `no output ${name}`));
  }
}

function usersOf(nodes: Iterable<Node>): ReadonlyMap<string, readonly Node[]> {
  const users = new Map<string, Node[]>();
  for (const node of nodes)
    for (const operand of node.operands) {
      const known = users.get(operand);
      if (known === undefined) users.set(operand, [node]);
      else if (known.at(-1) !== node) known.push(node);
    }
  return users;
}
