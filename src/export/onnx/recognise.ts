// Finds scans that ONNX has an operator for, whatever their cells are called, and cuts them out of a graph: what an operator reads becomes
// outputs of the graph, and what it computes inputs.
import { at } from "../../base/invariant.ts";
import { printOutput } from "../../graph/border.ts";
import type { Graph } from "../../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../../graph/node.ts";
import { Builder } from "../../ops/builder.ts";
import { initialOf, portSource, yieldOf } from "../../ops/liveness.ts";
import { copyInto } from "../../ops/rewrite.ts";
import type { Dim } from "../../shape/dim.ts";
import { Matcher, NOTHING_BOUND, type Bindings } from "./match.ts";
import { templateOf, type ComparableCell, type Template } from "./templates.ts";
import { operatorsWith, variantsFor } from "./variants.ts";

/** What a result of a scan is: the outputs of all steps, or a last state. */
export type OperatorResult = "Y" | "Y_h" | "Y_c";

/** A scan that an operator computes. Nodes are those of the graph that the scan was cut from. */
export interface Operator {
  readonly scan: string;
  readonly time: Dim;
  readonly template: Template;
  readonly isReverse: boolean;
  /** `[T, B, I]` */
  readonly x: string;
  /** `[B]`; undefined where all examples have all steps. */
  readonly lengths: string | undefined;
  /** First states: h, and c of an LSTM. */
  readonly initial: readonly string[];
  readonly weights: Bindings["weights"];
  /** By the index of a result of the scan. */
  readonly results: ReadonlyMap<number, OperatorResult>;
}

export interface Cut {
  readonly graph: Graph;
  readonly operators: ReadonlyMap<string, Operator>;
}

/** The graph without the scans that are operators. `graph` is simplified, and no product has left its loops. */
export function cutOperators(graph: Graph): Cut {
  const scans = graph.region(null).filter(({ op }) => op === "scan");
  const found = scans.flatMap((scan) => recognised(graph, scan) ?? []);
  if (found.length === 0) return { graph, operators: new Map() };
  const operators = new Map(found.map((operator) => [operator.scan, operator]));
  const build = new Builder();
  const copy = copyInto(build, graph, {
    replace: (node) => {
      const scan = node.op === "project" ? at(node.operands, 0, "onnx") : "";
      if (!operators.has(scan)) return undefined;
      return build.input({ kind: "held", node: heldName(scan, String(indexOf(node))) }, node.type);
    },
  });
  const read = found.flatMap((operator) =>
    readBy(operator).map((id) => [heldOutput(operator.scan, id), copy.of(id)] as const),
  );
  const outputs = [...graph.outputs].map(([name, id]) => [name, copy.of(id)] as const);
  return { graph: build.finish(graph.name, new Map([...outputs, ...read])), operators };
}

function readBy({ x, lengths, initial, weights }: Operator): readonly string[] {
  const ids = [...weights.values()].flat().map(({ id }) => id);
  return [...new Set([x, ...(lengths === undefined ? [] : [lengths]), ...initial, ...ids])];
}

/** A result of an operator as an input: the scan, and the result's index. */
function heldName(scan: string, result: string): string {
  return `${scan} ${result}`;
}

export function readHeld(name: string): readonly [scan: string, index: number] {
  const [scan = "", index = ""] = name.split(" ");
  return [scan, Number(index)];
}

/** The output of the cut graph that has what an operator reads. */
export function heldOutput(scan: string, id: string): string {
  return printOutput({ kind: "held", node: `${scan} reads ${id}` });
}

function recognised(graph: Graph, scan: Node): Operator | undefined {
  for (const operator of operatorsWith(scanAttributes(scan).states))
    for (const variant of variantsFor(operator, graph, scan)) {
      const template = templateOf(variant);
      const compared = comparedWith(template, graph, scan);
      const found = compared === undefined ? undefined : operatorOf(template, compared, graph, scan);
      if (found !== undefined) return found;
    }
  return undefined;
}

/** A scan whose next states are those of a cell. */
export interface ComparedScan {
  /** The scan's state for each of the cell's. */
  readonly order: readonly number[];
  readonly next: NextStates;
  /** The source of its sequence. */
  readonly x: string;
  readonly weights: Bindings["weights"];
}

export function comparedWith(cell: ComparableCell, graph: Graph, scan: Node): ComparedScan | undefined {
  const orders =
    scanAttributes(scan).states === 2
      ? [
          [0, 1],
          [1, 0],
        ]
      : [[0]];
  const ports = portsOf(graph, scan);
  const cellPorts = portsOf(cell.graph, cell.scan);
  for (const order of orders) {
    const next = nextStates(graph, scan, order);
    if (next === undefined) continue;
    const bound = { ...NOTHING_BOUND, nodes: boundStates(cellPorts, ports, order) };
    const found = matchedStates(cell, graph, { next: next.ids, bound });
    const xs = ports.filter((port) => portKind(port) === "sequence" && portSource(graph, port) !== next.mask);
    if (found === undefined || xs.length !== 1 || new Set(next.ids).size !== next.ids.length) continue;
    return { order, next, x: portSource(graph, at(xs, 0, "onnx")) ?? "", weights: found.weights };
  }
  return undefined;
}

/** Undefined if the scan has a result that the operator does not have. */
function operatorOf(
  template: Template,
  { order, next, x, weights }: ComparedScan,
  graph: Graph,
  scan: Node,
): Operator | undefined {
  const { time, reverse, states } = scanAttributes(scan);
  const yields = yieldOf(graph, scan.id).operands;
  const results = new Map<number, OperatorResult>();
  order.forEach((state, index) => results.set(state, index === 0 ? "Y_h" : "Y_c"));
  yields.forEach((id, index) => {
    if (index >= states && id === next.ids[0]) results.set(index, "Y");
  });
  if (results.size !== yields.length) return undefined;
  return {
    scan: scan.id,
    time,
    template,
    isReverse: reverse,
    x,
    lengths: next.lengths,
    initial: order.map((state) => initialOf(scan, state)),
    weights,
    results,
  };
}

function portsOf(graph: Graph, scan: Node): readonly Node[] {
  return graph.region(scan.id).filter(({ op }) => op === "port");
}

function boundStates(
  template: readonly Node[],
  ports: readonly Node[],
  order: readonly number[],
): ReadonlyMap<string, string> {
  return new Map(
    template.flatMap((port): [string, string][] => {
      if (portKind(port) !== "state") return [];
      const own = ports.find((each) => portKind(each) === "state" && indexOf(each) === order[indexOf(port)]);
      return own === undefined ? [] : [[port.id, own.id]];
    }),
  );
}

/** The bindings under which the next states are the template's: from c to h, which reads c. */
function matchedStates(
  { graph: templateGraph, scan }: ComparableCell,
  graph: Graph,
  { next, bound }: { readonly next: readonly string[]; readonly bound: Bindings },
): Bindings | undefined {
  const matcher = new Matcher(templateGraph, graph);
  const goals = yieldOf(templateGraph, scan.id).operands.slice(0, next.length);
  let found: Bindings | undefined = bound;
  for (const [index, goal] of [...goals.entries()].toReversed()) {
    if (found === undefined) return undefined;
    found = matcher.match(goal, at(next, index, "onnx"), found);
  }
  return found;
}

interface NextStates {
  readonly ids: readonly string[];
  /** The marks of the steps at which states move on, and the lengths that they come from; undefined for full examples. */
  readonly mask: string | undefined;
  readonly lengths: string | undefined;
}

/** Next states as they are computed, without the choice that keeps them behind an example's end. */
function nextStates(graph: Graph, scan: Node, order: readonly number[]): NextStates | undefined {
  const yields = yieldOf(graph, scan.id).operands;
  const ids: string[] = [];
  const masks = new Set<string | undefined>();
  for (const state of order) {
    const node = graph.node(at(yields, state, "onnx"));
    const [mark, moved, kept] = node.operands;
    const choice = mark === undefined || moved === undefined || kept === undefined ? undefined : graph.node(mark);
    const keeps = kept === undefined ? undefined : graph.node(kept);
    const isKept = keeps?.op === "port" && portKind(keeps) === "state" && indexOf(keeps) === state;
    const mask = choice?.op === "port" && portKind(choice) === "sequence" ? portSource(graph, choice) : undefined;
    ids.push(isKept && moved !== undefined && mask !== undefined ? moved : node.id);
    masks.add(isKept ? mask : undefined);
  }
  const [mask, ...others] = masks;
  if (others.length > 0) return undefined;
  if (mask === undefined) return { ids, mask, lengths: undefined };
  const marks = graph.node(mask);
  const [lengths] = marks.operands;
  const isOwn =
    lengths !== undefined &&
    marks.attributes["which"] === (scanAttributes(scan).reverse ? "real" : "moves") &&
    isZeroOrNone(marks.attributes["drop"]);
  return isOwn ? { ids, mask, lengths } : undefined;
}

function isZeroOrNone(value: unknown): boolean {
  return value === undefined || value === 0;
}

/** Whether a node is 0 everywhere. */
export function isZero(graph: Graph, id: string): boolean {
  const node = graph.node(id);
  if (node.attributes["value"] === 0) return true;
  const [operand, ...others] = node.operands;
  const { type } = node.attributes;
  return operand !== undefined && others.length === 0 && type !== undefined && isZero(graph, operand);
}
