// What a loop over time consists of: what its cell computes at a step, and what the loop does with it.
import { at } from "../../base/invariant.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../../graph/node.ts";
import { choiceOf } from "../../ops/choice.ts";
import { initialOf, portSource, yieldOf } from "../../ops/liveness.ts";
import type { Dim } from "../../shape/dim.ts";
import type { Graph } from "../../graph/graph.ts";
import { neededBy, type Needed } from "./needed.ts";

export interface ScanState {
  readonly index: number;
  /** The node of its first value, outside the loop. */
  readonly initial: string;
  /** The node in the body that it becomes, where it changes. */
  readonly next: string;
  /** The port of the sequence that says at which steps of which examples it changes; undefined if at all. */
  readonly changes: string | undefined;
}

export interface ScanPlan {
  readonly scan: Node;
  readonly time: Dim;
  readonly isReverse: boolean;
  readonly states: readonly ScanState[];
  /** Values of each step, by the indices of the scan's results. */
  readonly emitted: readonly { readonly index: number; readonly id: string }[];
  /** What the cell computes: next states and emitted values, each once. The rest is passed on as it is. */
  readonly computed: readonly string[];
  /** What `computed` needs of the body. */
  readonly needed: Needed;
  /** The ports that the cell reads. */
  readonly ports: readonly Node[];
  /** The port of each state, by index. */
  readonly statePorts: ReadonlyMap<number, Node>;
}

export function scanPlan(graph: Graph, scan: Node, results: ReadonlySet<number>): ScanPlan {
  const { time, reverse, states } = scanAttributes(scan);
  const yielded = yieldOf(graph, scan.id).operands;
  const allPorts = graph.region(scan.id).filter(({ op }) => op === "port");
  const statePorts = new Map(
    allPorts.filter((port) => portKind(port) === "state").map((port) => [indexOf(port), port] as const),
  );
  const live = [...results].sort((a, b) => a - b);
  const stateList = live
    .filter((index) => index < states)
    .map((index) => stateAt(graph, scan, index, at(yielded, index, "export")));
  const emitted = live.filter((index) => index >= states).map((index) => ({ index, id: at(yielded, index, "export") }));
  const portIds = new Set(allPorts.map(({ id }) => id));
  const ends = [...stateList.map(({ next }) => next), ...emitted.map(({ id }) => id)];
  const computed = [...new Set(ends)].filter((id) => !portIds.has(id));
  const needed = neededBy(graph, computed, portIds);
  const ports = allPorts.filter(({ id }) => needed.uses.has(id));
  return { scan, time, isReverse: reverse, states: stateList, emitted, computed, needed, ports, statePorts };
}

function stateAt(graph: Graph, scan: Node, index: number, next: string): ScanState {
  const initial = initialOf(scan, index);
  const choice = choiceOf(graph.node(next));
  const isHeld =
    choice !== undefined && isPortOf(graph.node(choice.no), "state", index) && isSequence(graph, choice.condition);
  return isHeld
    ? { index, initial, next: choice.yes, changes: choice.condition }
    : { index, initial, next, changes: undefined };
}

function isPortOf(node: Node, kind: "state", index: number): boolean {
  return node.op === "port" && portKind(node) === kind && indexOf(node) === index;
}

function isSequence(graph: Graph, id: string): boolean {
  const node = graph.node(id);
  return node.op === "port" && portKind(node) === "sequence" && portSource(graph, node) !== undefined;
}

/** The indices of the sequences that a loop reads at each step, by the ports that show them. */
export function sequencePorts(graph: Graph, { scan, ports, states, emitted }: ScanPlan): readonly Node[] {
  const read = new Set([
    ...ports.map(({ id }) => id),
    ...states.flatMap(({ next, changes }) => (changes === undefined ? [next] : [next, changes])),
    ...emitted.map(({ id }) => id),
  ]);
  return graph
    .region(scan.id)
    .filter((node) => node.op === "port" && portKind(node) === "sequence" && read.has(node.id));
}
