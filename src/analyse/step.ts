// One step of a scan by itself, for one example: a graph without scan and batch, whose inputs are the values of the ports.
import { fail, lookup } from "../base/invariant.ts";
import { shortPath } from "../graph/border.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, portKind, type Attributes, type Node } from "../graph/node.ts";
import { isType } from "../graph/attributes.ts";
import { Builder } from "../ops/builder.ts";
import { yieldOf } from "../ops/liveness.ts";
import { isRow } from "../ops/table.ts";
import { ownAxes, type Axis, type Type } from "../shape/type.ts";
import { portName, stateBefore, stateNames } from "./naming.ts";

/** The place of what belongs to the whole example, not to a step. */
export const ONCE = "once";
/** The place of all values of a cell. */
export const ANY_STEP = "";

export interface Step {
  /** Its inputs are symbols with the names of the spec: `x`, `h[t-1]`, `f.h`. A `weight` is the same at every step, and so is a memory. */
  readonly graph: Graph;
  /** The nodes that depend on the inputs of the differentiation. */
  readonly active: ReadonlySet<string>;
  /** Where gradients arrive: at the next value of each state, and at the output. */
  readonly arrivals: readonly Arrival[];
  /** The loss of the step, whose gradient is 1; null for a cell. */
  readonly loss: string | null;
  /** Of a model, where each node belongs: to the steps of a time, or `ONCE`. */
  readonly places: ReadonlyMap<string, string>;
  /** All nodes, each after those that it is computed from, also in other places. */
  readonly order: readonly string[];
}

export interface Arrival {
  readonly node: string;
  /** What the node is called if it has no name of its own. */
  readonly name: string;
  /** The state whose gradient comes from another step, such as `h[t-1]`; null for any other gradient. */
  readonly state: string | null;
  /** Where the gradient comes from, in words; null for a value that several steps read, whose gradient is a sum over them. */
  readonly from: string | null;
}

export function stepOf(graph: Graph, scan: Node, activeBefore: ReadonlySet<string>, output: string | undefined): Step {
  const build = new Builder();
  const ids = new Map<string, string>();
  for (const node of graph.region(scan.id)) {
    if (node.op === "yield") continue;
    const id = node.op === "port" ? port(graph, node, build) : row(graph, node, build, ids);
    ids.set(node.id, id);
    if (node.name !== undefined) build.name(id, shortPath(node.name));
  }
  const results = yieldOf(graph, scan.id).operands;
  const names = stateNames(graph, scan);
  const outputs = new Map([...ids].map(([old, id]) => [old, id] as const));
  const flat = build.finish(graph.name, outputs);
  const now = (old: string): string => flat.output(old).id;
  const active = new Set([...ids.keys()].filter((id) => activeBefore.has(id)).map(now));
  const arrivals = names.map((name, index): Arrival => {
    const node = now(results[index] ?? fail("step", `no next ${name}`));
    const state = stateBefore(name);
    return { node, name: name.replace(/\[t-\d+\]$/, ""), state, from: `δ${state} of the next step` };
  });
  const emitted = output === undefined ? undefined : emittedBy(graph, scan, output, results);
  const own = { name: "output", state: null, from: "the output's gradient" };
  const all = emitted === undefined ? arrivals : [{ node: now(emitted), ...own }, ...arrivals];
  const arriving = all.filter(({ node }) => active.has(node));
  return {
    graph: flat,
    active,
    arrivals: arriving,
    loss: null,
    places: new Map(),
    order: flat.region(null).map(({ id }) => id),
  };
}

/** The value of the body that is the program's output. */
function emittedBy(graph: Graph, scan: Node, output: string, results: readonly string[]): string | undefined {
  const node = graph.node(output);
  return node.op === "project" && node.operands[0] === scan.id ? results[indexOf(node)] : undefined;
}

function port(graph: Graph, node: Node, build: Builder): string {
  const kind = portKind(node);
  const is = kind === "invariant" ? "weight" : kind;
  return build.input({ kind: "symbol", name: portName(graph, node), is }, single(node.type));
}

/** The node for one example at one step. */
export function row(graph: Graph, node: Node, build: Builder, ids: ReadonlyMap<string, string>): string {
  if (!isRow(node.op)) return fail("step", `${node.op} within a step`);
  const operands = node.operands.map((operand) => lookup(ids, operand, "step"));
  return build.op(node.op, operands, singleAttributes(graph, node));
}

/** The type at one step for one example. */
export function single(type: Type): Type {
  return { dtype: type.dtype, axes: ownAxes(type) };
}

/** Time and batch are in the labels of products and in the types of repetitions, and nowhere else. */
export function singleAttributes(graph: Graph, node: Node): Attributes {
  const { left, right, out, type, ...rest } = node.attributes;
  if (type !== undefined && isType(type)) return { ...rest, type: single(type) };
  if (typeof left !== "string" || typeof right !== "string" || typeof out !== "string") return node.attributes;
  const leading = new Set(
    [left, right].flatMap((labels, operand) => {
      const axes = graph.node(node.operands[operand] ?? "").type.axes;
      return [...labels].filter((_, axis) => isLeading(axes[axis]));
    }),
  );
  const without = (labels: string): string => [...labels].filter((label) => !leading.has(label)).join("");
  return { ...rest, left: without(left), right: without(right), out: without(out) };
}

function isLeading(axis: Axis | undefined): boolean {
  return axis?.tag === "batch" || axis?.tag === "time";
}
