// Moves sums over time out of the loop: states to which each step only adds, such as a weight's gradient.
// dU = Σ_t δ_t h_{t-1}ᵀ becomes one product over T·B. Afterwards every state that is a sum is read in the body.
// Follows: the gradient. Precedes: stacking, which joins the products that appear here.
import { at } from "../base/invariant.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, isOp, portKind, scanAttributes, type Node } from "../graph/node.ts";
import type { Builder } from "../ops/builder.ts";
import { yieldOf } from "../ops/liveness.ts";
import { rewrite, type RemovedState } from "../ops/rewrite.ts";
import { isRow, rowOf } from "../ops/table.ts";
import type { Dim } from "../shape/dim.ts";
import { sameType, timeOf } from "../shape/type.ts";
import type { Pass } from "./pass.ts";

/** A term of a sum over time, in a form that can be summed outside. */
interface Term {
  readonly emits: readonly string[];
  readonly total: (outer: (bodyNode: string) => string, build: Builder) => string;
}

function accumulators(scan: Node, graph: Graph): ReadonlyMap<number, RemovedState> {
  const found = new Map<number, RemovedState>();
  const results = yieldOf(graph, scan.id);
  for (const port of graph.region(scan.id)) {
    if (port.op !== "port" || portKind(port) !== "state") continue;
    const index = indexOf(port);
    const next = graph.node(at(results.operands, index, "accumulate"));
    const users = graph.users(port.id);
    const isOwnSum = next.op === "add" && users.length === 1 && users[0]?.id === next.id && next.region === scan.id;
    if (!isOwnSum || graph.users(next.id).length !== 1 || results.operands.filter((id) => id === next.id).length !== 1)
      continue;
    const grown = next.operands.filter((operand) => operand !== port.id);
    const [value] = grown;
    if (value === undefined || grown.length !== 1 || !sameType(graph.node(value).type, port.type)) continue;
    const terms = termsOf(graph, graph.node(value), scanAttributes(scan).time);
    found.set(index, {
      emits: terms.flatMap((term) => term.emits),
      final: (outer, initial, build) =>
        terms.map((term) => term.total(outer, build)).reduce((sum, total) => build.op("add", [sum, total]), initial),
    });
  }
  return found;
}

function termsOf(graph: Graph, node: Node, time: Dim): readonly Term[] {
  if (node.region === null || node.op === "port") return [emitted(node, time)];
  if (node.op === "add") {
    const parts = node.operands.map((operand) => graph.node(operand));
    if (parts.every((part) => sameType(part.type, node.type)))
      return parts.flatMap((part) => termsOf(graph, part, time));
  }
  if (isRow(node.op) && rowOf(node.op).commutesWithSums === true)
    return termsOf(graph, graph.node(at(node.operands, 0, "accumulate")), time).map((term) => after(node, term));
  if (isOp(node, "contract")) return [product(node, time)];
  if (isOp(node, "sum")) return [reduced(node, time)];
  return [emitted(node, time)];
}

function after(node: Node, term: Term): Term {
  return { emits: term.emits, total: (outer, build) => build.op(node.op, [term.total(outer, build)], node.attributes) };
}

/** Σ_t v_t. */
function emitted(node: Node, time: Dim): Term {
  return {
    emits: [node.id],
    total: (outer, build) => overTime(build, outer(node.id), time),
  };
}

/** T times a value that is the same at every step. */
function overTime(build: Builder, id: string, time: Dim): string {
  const type = build.type(id);
  if (timeOf(type) === undefined) return build.op("mul", [id, build.op("size", [], { dims: [time] })]);
  return build.op("sum", [id], { axes: [-type.axes.length] });
}

/** Σ_t a_t b_t: one product that contracts time as well. */
function product(node: Node<"contract">, time: Dim): Term {
  const [a, b] = [at(node.operands, 0, "accumulate"), at(node.operands, 1, "accumulate")];
  return {
    emits: [a, b],
    total: (outer, build) => {
      const { left, right, out } = node.attributes;
      const label = [..."tuvwxyzabcdefghijklmnopqrs"].find((each) => !(left + right).includes(each)) ?? "t";
      const [x, y] = [outer(a), outer(b)];
      const [timeX, timeY] = [timeOf(build.type(x)), timeOf(build.type(y))];
      if (timeX !== undefined && timeY !== undefined) {
        return build.op("contract", [x, y], { left: label + left, right: label + right, out });
      }
      // If one side is the same at every step, only the other is summed.
      const [sumX, sumY] = timeX === undefined ? [x, overTime(build, y, time)] : [overTime(build, x, time), y];
      return build.op("contract", [sumX, sumY], { left, right, out });
    },
  };
}

/** Σ_t Σ_b v: both sums at once. */
function reduced(node: Node<"sum">, time: Dim): Term {
  const value = at(node.operands, 0, "accumulate");
  return {
    emits: [value],
    total: (outer, build) => {
      const id = outer(value);
      const rank = build.type(id).axes.length;
      const { axes } = node.attributes;
      if (timeOf(build.type(id)) !== undefined) return build.op("sum", [id], { axes: [-rank, ...axes] });
      return overTime(build, build.op("sum", [id], { axes }), time);
    },
  };
}

export const ACCUMULATE: Pass = {
  name: "accumulate",
  doc: "moves sums over time, weights' gradients first among them, out of the loop",
  run: (graph) => rewrite(graph, { removeStates: (scan) => accumulators(scan, graph) }),
};
