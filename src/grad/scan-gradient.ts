// Backpropagation through time: the gradient of a scan is a scan in the other direction.
// Its states are the cotangents of the forward states, and growing sums for the invariants.
// If a loss reaches back through k steps only, there are k cotangents of each state, one for each age: a loss of age a lies a steps ahead.
// Expensive values of the forward body are emitted by it and read here. Cheap ones are computed again.
import { at, fail } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { initialOf, portSource, yieldOf } from "../ops/liveness.ts";
import type { Copy } from "../ops/rewrite.ts";
import { rowOf } from "../ops/table.ts";
import { applyRule, Cotangents, zerosOf, type AgedCotangents } from "./gradient.ts";

export interface ScanGradient {
  readonly build: Builder;
  readonly graph: Graph;
  readonly scan: Node;
  readonly copy: Copy;
  readonly active: ReadonlySet<string>;
  /** Cotangents of the program around the scan. */
  readonly cotangents: AgedCotangents;
  readonly clipState: number | undefined;
  readonly cutsState: boolean;
  /** Undefined: through all steps. */
  readonly reach: number | undefined;
}

interface Backward {
  readonly index: number;
  /** The port by which the forward body reads the state; undefined if it does not read it, and only the last value counts. */
  readonly forward: Node | undefined;
  /**
   * The states of the backward scan, the cotangents of the forward state, by age. One that reaches back through k steps has k + 1: no step
   * reads the last, and its last value goes to the first state.
   */
  readonly ports: readonly string[];
}

export function differentiateScan(task: ScanGradient): void {
  const { build, graph, scan, active, cotangents, reach } = task;
  const { time, reverse, states } = scanAttributes(scan);
  const body = graph.region(scan.id);
  const results = yieldOf(graph, scan.id).operands;
  const arriving = resultCotangents(task);
  if (arriving.size === 0) return;
  const ports = body.filter((node) => node.op === "port" && active.has(node.id));
  const known = statesOf(task, ports, arriving);

  build.openScan(time, !reverse);
  const backward = known.map(({ seeds, ...state }): Backward => ({
    ...state,
    ports: seeds.map((seed) => build.state(seed)),
  }));
  const value = forwardValues(task);
  const inner = Array.from({ length: reach ?? 1 }, (_, age) => {
    const own = new Cotangents(build);
    for (const { index, ports: carried } of backward) addTo(own, results[index], at(carried, age, "gradient"), active);
    for (const [index, byAge] of arriving) {
      const cotangent = byAge[age];
      if (index >= states && cotangent !== undefined) addTo(own, results[index], build.local(cotangent), active);
    }
    goBack(task, own, value);
    return own;
  });
  for (const { forward, ports: carried } of backward) {
    carried.forEach((port, age) => {
      const from = reach === undefined ? inner[0] : inner[age - 1];
      const cotangent = forward === undefined ? undefined : from?.get(forward.id);
      build.setNext(port, cotangent === undefined ? zerosOf(build, build.type(port)) : received(task, cotangent));
    });
  }
  const leaving = ports
    .filter((port) => portKind(port) !== "state")
    .flatMap((port) =>
      leave(
        build,
        port,
        inner.map((own) => own.get(port.id)),
      ),
    );
  const closed = build.closeScan();
  for (const { source, age, where } of leaving.map((each) => ({ ...each, source: sourceOf(graph, each.port) })))
    cotangents.add(source, age, typeof where === "number" ? build.emitted(closed.id, where) : closed.final(where));
  for (const { index, ports: carried } of backward) {
    const initial = initialOf(scan, index);
    // Age 0 of a reach never leaves a step, so it is always 0.
    const leaves = reach === undefined ? carried : carried.slice(1);
    if (active.has(initial)) for (const port of leaves) cotangents.add(initial, 0, closed.final(port));
  }
}

function sourceOf(graph: Graph, port: Node): string {
  return portSource(graph, port) ?? fail("gradient", "a port without a source");
}

/** One step back: from the cotangents of the body's results to those of its ports. */
function goBack({ build, graph, scan, active }: ScanGradient, inner: Cotangents, value: (id: string) => string): void {
  for (const node of graph.region(scan.id).toReversed()) {
    const cotangent = inner.get(node.id);
    if (cotangent === undefined || node.op === "port" || node.op === "yield") continue;
    applyRule(build, graph, node, cotangent, {
      value,
      isActive: (id) => active.has(id),
      add: (id, each) => inner.add(id, each),
    });
  }
}

function addTo(inner: Cotangents, id: string | undefined, cotangent: string, active: ReadonlySet<string>): void {
  if (id !== undefined && active.has(id)) inner.add(id, cotangent);
}

/** The forward states that have a cotangent, at the end or before, each with the cotangents of its last value. */
function statesOf(
  task: ScanGradient,
  ports: readonly Node[],
  arriving: Arriving,
): readonly (Omit<Backward, "ports"> & { readonly seeds: readonly string[] })[] {
  const { build, graph, scan, active, reach } = task;
  const readers = new Map(
    ports.flatMap((port) => (portKind(port) === "state" ? [[indexOf(port), port] as const] : [])),
  );
  const results = yieldOf(graph, scan.id).operands;
  const reached = resultsReached(task, arriving.keys());
  return Array.from({ length: scanAttributes(scan).states }, (_, index) => index).flatMap((index) => {
    const [forward, initial] = [readers.get(index), initialOf(scan, index)];
    const isActive = [initial, results[index]].some((id) => id !== undefined && active.has(id));
    if (!isActive || !reached.has(index)) return [];
    const zeros = zerosOf(build, graph.node(initial).type);
    const last = arriving.get(index)?.[0];
    if (reach === undefined) return [{ index, forward, seeds: [last ?? zeros] }];
    if (last !== undefined) fail("gradient", "a loss of the last state has no step from which it reaches back");
    return [{ index, forward, seeds: Array.from({ length: reach + 1 }, () => zeros) }];
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

/** Cotangents of the scan's results, by index and age. */
type Arriving = ReadonlyMap<number, readonly (string | undefined)[]>;

function resultCotangents({ graph, scan, cotangents }: ScanGradient): Arriving {
  const found = new Map<number, readonly (string | undefined)[]>();
  for (const user of graph.users(scan.id)) {
    const byAge = user.op === "project" ? cotangents.of(user.id) : [];
    if (byAge.some((each) => each !== undefined)) found.set(indexOf(user), byAge);
  }
  return found;
}

interface Leaving {
  readonly port: Node;
  readonly age: number;
  /** The index of an emitted sequence, or the port of a sum. */
  readonly where: number | string;
}

/** The cotangents of a sequence are emitted at every step; those of an invariant are summed in a state. */
function leave(build: Builder, port: Node, byAge: readonly (string | undefined)[]): readonly Leaving[] {
  const found = byAge.flatMap((cotangent, age) => (cotangent === undefined ? [] : [{ port, age, cotangent }]));
  if (portKind(port) === "sequence")
    return found.map(({ cotangent, age }) => ({ port, age, where: build.emit(cotangent) }));
  const [first, ...others] = found.map(({ cotangent }) => cotangent);
  if (first === undefined) return [];
  const sum = build.state(build.outermost(() => zerosOf(build, port.type)));
  const total = others.reduce((before, each) => build.op("add", [before, each]), first);
  build.setNext(sum, build.op("add", [sum, total]));
  return [{ port, age: 0, where: sum }];
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
