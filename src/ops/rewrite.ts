// The one way to change a graph: build it again, node by node, with a rule that may answer otherwise.
// What is not needed is not built, so dead nodes, ports, states and emitted values disappear on the way.
import { fail, lookup } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { portKind, scanAttributes, type Node } from "../graph/node.ts";
import { parseDim } from "../shape/dim.ts";
import { parseType, printType, timeOf, withTime } from "../shape/type.ts";
import { Builder, type ClosedScan } from "./builder.ts";
import { initialOf, liveness, portSource, type Liveness } from "./liveness.ts";

/** What becomes of `node`, whose operands have become `operands` (ids of the new graph); undefined copies it. `of` finds what has become of an earlier node. */
export type Rule = (
  node: Node,
  operands: readonly string[],
  build: Builder,
  of: (id: string) => string,
) => string | undefined;

/** A state that a pass computes outside the loop: which values of the body must leave it, and what the state ends as. */
export interface RemovedState {
  readonly emits: readonly string[];
  readonly final: (outer: (bodyNode: string) => string, initial: string, build: Builder) => string;
}

export interface Rewriting {
  readonly rule?: Rule;
  /** What stands in a node's place, asked before its operands are looked at: they need not be built. */
  readonly replace?: (node: Node, build: Builder, of: (id: string) => string) => string | undefined;
  /** For a scan, by index of the state. */
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
  for (const node of graph.region(null)) copier.copy(node);
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
  /** For rules, which may ask for any node. */
  readonly #of = (id: string): string => this.of(id);

  constructor(build: Builder, graph: Graph, rewriting: Rewriting) {
    this.#build = build;
    this.#graph = graph;
    this.#rewriting = rewriting;
    this.#live = liveness(graph);
  }

  /** A rule may ask for a later node of its own region: it is copied then. */
  of(id: string): string {
    const known = this.#ids.get(id);
    if (known !== undefined) return known;
    const node = this.#graph.node(id);
    const copied =
      node.op === "port"
        ? this.of(portSource(this.#graph, node) ?? fail("rewrite", `the state ${id} is gone`))
        : this.#copied(node);
    this.#ids.set(id, copied);
    return copied;
  }

  scan(id: string): string {
    return lookup(this.#scans, id, "rewrite");
  }

  copy(node: Node): void {
    if (!this.#live.nodes.has(node.id)) return;
    if (node.op !== "scan") this.of(node.id);
    else if (!this.#results.has(node.id)) this.#copyScan(node);
  }

  #copied(node: Node): string {
    const build = this.#build;
    const replaced = this.#rewriting.replace?.(node, build, this.#of);
    if (replaced !== undefined) return replaced;
    if (node.op === "input") {
      const { name, role, type, ...more } = node.attributes;
      return build.input(String(name), String(role), parseType(String(type)), more);
    }
    if (node.op === "project") {
      const scan = node.operands[0] ?? fail("rewrite", "project of nothing");
      if (!this.#results.has(scan)) this.#copyScan(this.#graph.node(scan));
      return lookup(lookup(this.#results, scan, "rewrite"), Number(node.attributes["index"]), "rewrite");
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
    const body = graph.region(scan.id);
    const ports = new Map<number, string>();
    build.openScan(parseDim(time), reverse);
    for (let index = 0; index < states; index++) {
      if (live.has(index) && !removed.has(index)) ports.set(index, build.state(this.of(initialOf(scan, index))));
    }
    const skipped = new Set<string>();
    // All states first: a rule may ask for a later node of the body, which reads a later port.
    for (const node of body) if (node.op === "port") this.#copyPort(node, ports, skipped);
    for (const node of body) {
      if (node.op === "port") continue;
      if (node.op !== "yield" && this.#live.nodes.has(node.id)) {
        if (node.operands.some((operand) => skipped.has(operand))) skipped.add(node.id);
        else this.of(node.id);
      }
    }
    const results = body.at(-1)?.operands ?? fail("rewrite", "a scan without a body");
    for (const [index, port] of ports) build.setNext(port, this.of(results[index] ?? fail("rewrite", "no next state")));
    const wanted = [...live]
      .filter((index) => index >= states)
      .map((index) => results[index] ?? fail("rewrite", "no result"));
    const emits = [...wanted, ...[...removed].flatMap(([index, state]) => (live.has(index) ? state.emits : []))];
    const emitted = new Map(emits.map((id) => [id, this.#emit(this.of(id))]));
    const closed = build.closeScan();
    this.#finishScan(scan, closed, { ports, results, emitted, removed, live });
  }

  #copyPort(port: Node, states: ReadonlyMap<number, string>, skipped: Set<string>): void {
    if (!this.#live.nodes.has(port.id)) return;
    if (portKind(port) !== "state") {
      this.#ids.set(port.id, this.of(portSource(this.#graph, port) ?? fail("rewrite", "a port without a source")));
      return;
    }
    const id = states.get(Number(port.attributes["index"]));
    if (id === undefined) skipped.add(port.id);
    else this.#ids.set(port.id, id);
  }

  /** A value that stands outside the scan needs no emitting. */
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
      return build.op("broadcast", [id], { type: printType(withTime(type, parseDim(scanAttributes(scan).time))) });
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
