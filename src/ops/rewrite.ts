// Changes a graph by building it again, node by node; a rule can replace nodes. All passes use this.
// Only needed nodes are built, so dead nodes, ports, states and emitted values disappear.
import { fail, lookup } from "../base/invariant.ts";
import { Graph } from "../graph/graph.ts";
import { indexOf, inputOf, portKind, scanAttributes, type Node } from "../graph/node.ts";
import { timeOf, withTime } from "../shape/type.ts";
import { Builder } from "./builder.ts";
import { initialOf, liveness, portSource, yieldOf, type Liveness } from "./liveness.ts";
import type { ClosedScan } from "./open-scan.ts";
import { inOrder } from "./order.ts";

/**
 * Returns the new node for `node`, or undefined to copy it. `operands` are ids of the new graph. `of` returns the new id of any node
 * that the node needs, or that `alsoReads` names.
 */
export type Rule = (
  node: Node,
  operands: readonly string[],
  build: Builder,
  of: (id: string) => string,
) => string | undefined;

/** A state that a pass computes outside the loop: the values of the body that must be emitted for it, and its last value. */
export interface RemovedState {
  readonly emits: readonly string[];
  readonly final: (outer: (bodyNode: string) => string, initial: string, build: Builder) => string;
}

export interface Rewriting {
  readonly rule?: Rule;
  /** Other nodes of the same region that the rule for a node reads. They are built first, and must not need the node. */
  readonly alsoReads?: (node: Node) => readonly string[];
  /** The replacement of a node whose operands need not be built. */
  readonly replace?: (node: Node, build: Builder, of: (id: string) => string) => string | undefined;
  /** The removed states of a scan, by index. */
  readonly removeStates?: (scan: Node, graph: Graph) => ReadonlyMap<number, RemovedState>;
}

export function rewrite(graph: Graph, rewriting: Rewriting = {}): Graph {
  const copy = copyInto(new Builder(), graph, rewriting);
  const outputs = new Map([...graph.outputs].map(([name, id]) => [name, copy.of(id)]));
  return copy.build.finish(graph.name, outputs);
}

export interface Copy {
  readonly build: Builder;
  /** The new id of an old node. */
  of(id: string): string;
  /** The new id of an old scan. */
  scan(id: string): string;
}

export function copyInto(build: Builder, graph: Graph, rewriting: Rewriting = {}): Copy {
  const copier = new Copier(build, graph, rewriting);
  copier.copyOutermost();
  return { build, of: (id) => copier.of(id), scan: (id) => copier.scan(id) };
}

class Copier {
  readonly #build: Builder;
  readonly #graph: Graph;
  readonly #rewriting: Rewriting;
  readonly #live: Liveness;
  readonly #ids = new Map<string, string>();
  /** The results of copied scans, by old scan and index. */
  readonly #results = new Map<string, Map<number, string>>();
  readonly #scans = new Map<string, string>();
  /** For rules, which may read any node. */
  readonly #of = (id: string): string => this.of(id);

  constructor(build: Builder, graph: Graph, rewriting: Rewriting) {
    this.#build = build;
    this.#graph = graph;
    this.#rewriting = rewriting;
    this.#live = liveness(graph);
  }

  /** Builds every node in order and in its own region, never because a rule reads it. */
  of(id: string): string {
    return this.#ids.get(id) ?? fail("rewrite", `${id} is asked for before it is built, or is not needed`);
  }

  scan(id: string): string {
    return lookup(this.#scans, id, "rewrite");
  }

  copyOutermost(): void {
    for (const node of this.#ordered(null)) {
      if (!this.#live.nodes.has(node.id)) continue;
      if (node.op === "scan") this.#copyScan(node);
      else this.#copyNode(node);
    }
  }

  /** The nodes of a region, each after its operands and the nodes that its rule reads. */
  #ordered(region: string | null): readonly Node[] {
    const nodes = this.#graph.region(region);
    const { alsoReads } = this.#rewriting;
    return alsoReads === undefined ? nodes : inOrder(nodes, (node) => [...node.operands, ...alsoReads(node)]);
  }

  #copyNode(node: Node): void {
    this.#ids.set(node.id, this.#copied(node));
  }

  #copied(node: Node): string {
    const build = this.#build;
    const replaced = this.#rewriting.replace?.(node, build, this.#of);
    if (replaced !== undefined) return replaced;
    if (node.op === "input") return build.input(inputOf(node), node.type, node.attributes);
    if (node.op === "project") {
      const scan = node.operands[0] ?? fail("rewrite", "project of nothing");
      return lookup(lookup(this.#results, scan, "rewrite"), indexOf(node), "rewrite");
    }
    const operands = node.operands.map(this.#of);
    const id = this.#rewriting.rule?.(node, operands, build, this.#of) ?? build.again(node, operands, this.#graph);
    return node.name === undefined ? id : build.name(id, node.name, node.span);
  }

  #copyScan(scan: Node): void {
    const build = this.#build;
    const graph = this.#graph;
    const { time, reverse, states } = scanAttributes(scan);
    const live = lookup(this.#live.results, scan.id, "rewrite");
    const removed = this.#rewriting.removeStates?.(scan, graph) ?? new Map<number, RemovedState>();
    const ports = new Map<number, string>();
    build.openScan(time, reverse);
    for (let index = 0; index < states; index++) {
      if (live.has(index) && !removed.has(index)) ports.set(index, build.state(this.of(initialOf(scan, index))));
    }
    this.#copyBody(scan, ports);
    const results = yieldOf(graph, scan.id).operands;
    for (const [index, port] of ports) build.setNext(port, this.of(results[index] ?? fail("rewrite", "no next state")));
    const needed = [...live]
      .filter((index) => index >= states)
      .map((index) => results[index] ?? fail("rewrite", "no result"));
    const emits = [...needed, ...[...removed].flatMap(([index, state]) => (live.has(index) ? state.emits : []))];
    const emitted = new Map(emits.map((id) => [id, this.#emit(this.of(id))]));
    const closed = build.closeScan();
    this.#finishScan(scan, closed, { ports, results, emitted, removed, live });
  }

  /** `states` are the new ports of the states that stay. Nodes that read other states are left out. */
  #copyBody(scan: Node, states: ReadonlyMap<number, string>): void {
    const skipped = new Set<string>();
    for (const node of this.#ordered(scan.id)) {
      if (node.op === "yield" || !this.#live.nodes.has(node.id)) continue;
      if (node.op === "port") this.#copyPort(node, states, skipped);
      else if (node.operands.some((operand) => skipped.has(operand))) skipped.add(node.id);
      else this.#copyNode(node);
    }
  }

  #copyPort(port: Node, states: ReadonlyMap<number, string>, skipped: Set<string>): void {
    if (portKind(port) !== "state") {
      this.#ids.set(port.id, this.of(portSource(this.#graph, port) ?? fail("rewrite", "a port without a source")));
      return;
    }
    const id = states.get(indexOf(port));
    if (id === undefined) skipped.add(port.id);
    else this.#ids.set(port.id, id);
  }

  /** A value from outside the scan is not emitted. */
  #emit(id: string): number | string {
    return this.#build.node(id).region === null ? id : this.#build.emit(id);
  }

  #finishScan(
    scan: Node,
    closed: ClosedScan,
    from: {
      readonly ports: ReadonlyMap<number, string>;
      readonly results: readonly string[];
      readonly emitted: ReadonlyMap<string, number | string>;
      readonly removed: ReadonlyMap<number, RemovedState>;
      readonly live: ReadonlySet<number>;
    },
  ): void {
    const build = this.#build;
    const outer = (bodyNode: string): string => {
      const where = lookup(from.emitted, bodyNode, "rewrite");
      return typeof where === "number" ? build.emitted(closed.id, where) : where;
    };
    const overTime = (bodyNode: string): string => {
      const id = outer(bodyNode);
      const type = build.type(id);
      if (timeOf(type) !== undefined) return id;
      return build.op("broadcast", [id], { type: withTime(type, scanAttributes(scan).time) });
    };
    const results = new Map<number, string>();
    for (const index of from.live) {
      const port = from.ports.get(index);
      const removed = from.removed.get(index);
      if (port !== undefined) results.set(index, closed.final(port));
      else if (removed !== undefined) results.set(index, removed.final(outer, this.of(initialOf(scan, index)), build));
      else results.set(index, overTime(from.results[index] ?? fail("rewrite", "no result")));
    }
    this.#results.set(scan.id, results);
    this.#scans.set(scan.id, closed.id);
  }
}

/** The graph with some of its outputs, and only the nodes that these need. */
export function outputsOnly(graph: Graph, isNeeded: (name: string) => boolean): Graph {
  const outputs = new Map([...graph.outputs].filter(([name]) => isNeeded(name)));
  return rewrite(new Graph(graph.name, graph.all(), outputs));
}
