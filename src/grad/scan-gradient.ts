// Backpropagation through time: the gradient of a scan is a scan in the other direction.
// Its states are the cotangents of the forward states, and growing sums for the invariants.
// Expensive values of the forward body are emitted by it and read here. Cheap ones are computed again.
import { fail } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { initialOf, portSource, yieldOf } from "../ops/liveness.ts";
import type { Copy } from "../ops/rewrite.ts";
import { rowOf } from "../ops/table.ts";
import { applyRule, Cotangents, zerosOf } from "./gradient.ts";

export interface ScanGradient {
  readonly build: Builder;
  readonly graph: Graph;
  readonly scan: Node;
  readonly copy: Copy;
  readonly active: ReadonlySet<string>;
  /** Cotangents of the program around the scan. */
  readonly cotangents: Cotangents;
  readonly clipState: number | undefined;
  readonly cutsState: boolean;
}

interface Backward {
  readonly index: number;
  /** The port by which the forward body reads the state; undefined if it does not read it, and only the last value counts. */
  readonly forward: Node | undefined;
  /** The state of the backward scan: the cotangent of the forward state. */
  readonly port: string;
}

export function differentiateScan(task: ScanGradient): void {
  const { build, graph, scan, active, cotangents } = task;
  const { time, reverse, states } = scanAttributes(scan);
  const body = graph.region(scan.id);
  const results = yieldOf(graph, scan.id).operands;
  const arriving = resultCotangents(task);
  if (arriving.size === 0) return;
  const ports = body.filter((node) => node.op === "port" && active.has(node.id));
  const known = statesOf(task, ports, arriving);

  build.openScan(time, !reverse);
  const inner = new Cotangents(build);
  const backward = known.map(({ seed, ...state }): Backward => ({ ...state, port: build.state(seed) }));
  for (const { index, port } of backward) addTo(inner, results[index], port, active);
  for (const [index, cotangent] of arriving) {
    if (index >= states) addTo(inner, results[index], build.local(cotangent), active);
  }
  const value = forwardValues(task);
  for (const node of body.toReversed()) {
    const cotangent = inner.get(node.id);
    if (cotangent === undefined || node.op === "port" || node.op === "yield") continue;
    applyRule(build, graph, node, cotangent, {
      value,
      isActive: (id) => active.has(id),
      add: (id, each) => inner.add(id, each),
    });
  }
  for (const { forward, port } of backward) {
    const cotangent = forward === undefined ? undefined : inner.get(forward.id);
    build.setNext(port, cotangent === undefined ? zerosOf(build, build.type(port)) : received(task, cotangent));
  }
  const leaving = ports
    .filter((port) => portKind(port) !== "state")
    .flatMap((port) => {
      const cotangent = inner.get(port.id);
      return cotangent === undefined ? [] : [{ port, cotangent, leave: leave(build, port, cotangent) }];
    });
  const closed = build.closeScan();
  for (const { port, leave: where } of leaving) {
    const source = portSource(graph, port) ?? fail("gradient", "a port without a source");
    cotangents.add(source, typeof where === "number" ? build.emitted(closed.id, where) : closed.final(where));
  }
  for (const { index, port } of backward) {
    const initial = initialOf(scan, index);
    if (active.has(initial)) cotangents.add(initial, closed.final(port));
  }
}

function addTo(inner: Cotangents, id: string | undefined, cotangent: string, active: ReadonlySet<string>): void {
  if (id !== undefined && active.has(id)) inner.add(id, cotangent);
}

/** The forward states that have a cotangent, at the end or before, each with the cotangent of its last value. */
function statesOf(
  task: ScanGradient,
  ports: readonly Node[],
  arriving: ReadonlyMap<number, string>,
): readonly (Omit<Backward, "port"> & { readonly seed: string })[] {
  const { build, graph, scan, active } = task;
  const readers = new Map(
    ports.flatMap((port) => (portKind(port) === "state" ? [[indexOf(port), port] as const] : [])),
  );
  const results = yieldOf(graph, scan.id).operands;
  const reached = resultsReached(task, arriving.keys());
  return Array.from({ length: scanAttributes(scan).states }, (_, index) => index).flatMap((index) => {
    const [forward, initial] = [readers.get(index), initialOf(scan, index)];
    const isActive = [initial, results[index]].some((id) => id !== undefined && active.has(id));
    if (!isActive || !reached.has(index)) return [];
    return [{ index, forward, seed: arriving.get(index) ?? zerosOf(build, graph.node(initial).type) }];
  });
}

/** Results of the body by index: those in `from`, and the next values of all states that these depend on through any number of steps. */
function resultsReached({ graph, scan, active }: ScanGradient, from: Iterable<number>): ReadonlySet<number> {
  const results = yieldOf(graph, scan.id).operands;
  const reached = new Set(from);
  const seen = new Set<string>();
  const work = [...reached].map((index) => results[index]);
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id) || !active.has(id)) continue;
    seen.add(id);
    const node = graph.node(id);
    work.push(...node.operands);
    if (node.op !== "port" || portKind(node) !== "state") continue;
    const index = indexOf(node);
    reached.add(index);
    work.push(results[index]);
  }
  return reached;
}

/** Cotangents of the scan's results, by index. */
function resultCotangents({ graph, scan, cotangents }: ScanGradient): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const user of graph.users(scan.id)) {
    const cotangent = user.op === "project" ? cotangents.get(user.id) : undefined;
    if (cotangent !== undefined) found.set(indexOf(user), cotangent);
  }
  return found;
}

/** The cotangent of a sequence is emitted at every step; that of an invariant is summed in a state. */
function leave(build: Builder, port: Node, cotangent: string): number | string {
  if (portKind(port) === "sequence") return build.emit(cotangent);
  const sum = build.state(build.outermost(() => zerosOf(build, port.type)));
  build.setNext(sum, build.op("add", [sum, cotangent]));
  return sum;
}

/** The cotangent of the state that a step receives, as it goes to the step before: clamped, and 0 where the gradient is cut. */
function received({ build, scan, clipState, cutsState }: ScanGradient, cotangent: string): string {
  const clamped =
    clipState === undefined
      ? cotangent
      : build.op("clamp", [cotangent, build.constant(-clipState), build.constant(clipState)]);
  if (!cutsState) return clamped;
  const axes = [{ tag: "time" as const, size: scanAttributes(scan).time }];
  const cut = build.outermost(() => build.input({ kind: "cut" }, { dtype: "float", axes }));
  return build.op("select", [build.local(cut), build.constant(0), clamped]);
}

/** Where the backward body finds the values of the forward one. */
function forwardValues({ build, graph, scan, copy }: ScanGradient): (id: string) => string {
  const known = new Map<string, string>();
  const find = (id: string): string => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const value = compute(graph.node(id));
    known.set(id, value);
    return value;
  };
  const compute = (node: Node): string => {
    if (node.op === "port") {
      const source = portSource(graph, node);
      return source === undefined ? saved(node) : copy.of(source);
    }
    if (rowOf(node.op).expensive) return saved(node);
    return build.op(node.op, node.operands.map(find), node.attributes);
  };
  const saved = (node: Node): string => build.outermost(() => build.emitLater(copy.scan(scan.id), copy.of(node.id)));
  return find;
}
