// The dependency class of a scan, which says how it can be scheduled. It comes from the dependencies among the states, for each strongly
// connected part by itself. Schedulers and `recurra explain` use this same function, for forward and backward scans.
//   A  the state enters linearly, with coefficients that do not depend on it: an associative scan
//   B  through element-wise functions only: the whole loop in registers
//   C  one stage in which its elements depend on each other, then element-wise: one kernel for each step
//   D  several products, one after the other: as many stages for each step
import { at } from "../base/invariant.ts";
import { components } from "../graph/components.ts";
import type { Graph } from "../graph/graph.ts";
import { indexOf, portKind, scanAttributes, type Node } from "../graph/node.ts";
import { yieldOf } from "../ops/liveness.ts";
import { dependenceOf, type Dependence } from "./dependence.ts";

export type DependencyClass = "A" | "B" | "C" | "D";

/** States of a scan that depend on each other. Nodes are ids of the scan's body. */
export interface Part {
  readonly class: DependencyClass;
  /** Its class if steps run one after the other. A linear map through matrices is A, but expensive to compose. */
  readonly stepwise: "B" | "C" | "D";
  /** Indices of the scan's states. */
  readonly states: readonly number[];
  /** Whether they depend on themselves; a delayed input does not. */
  readonly isRecurrent: boolean;
  /** Products on the path from state to state; products of one stage do not depend on each other. */
  readonly stages: readonly (readonly string[])[];
  /** Other nodes that make elements of a state depend on each other: sums, softmax, moves. */
  readonly meetings: readonly string[];
  /** Nodes that are not linear in the state, or have coefficients that depend on it. */
  readonly bends: readonly string[];
}

export interface Recurrence {
  /** The most expensive class of its parts; A for a scan without states, whose steps are independent. */
  readonly class: DependencyClass;
  readonly parts: readonly Part[];
}

export function recurrenceOf(graph: Graph, scan: Node): Recurrence {
  const { states } = scanAttributes(scan);
  const indices = Array.from({ length: states }, (_, index) => index);
  const body = new Body(graph, scan);
  const reached = indices.map((index) => body.dependents([index]));
  const edges = indices.flatMap((from) =>
    indices.flatMap((to) => (reached[from]?.has(body.next(to)) === true ? [[String(from), String(to)] as const] : [])),
  );
  const found = components(indices.map(String), edges).map((names) => names.map(Number).toSorted((a, b) => a - b));
  const parts = found
    .map((part) => body.part(part))
    .toSorted((a, b) => at(a.states, 0, "analyse") - at(b.states, 0, "analyse"));
  return { class: parts.map((part) => part.class).reduce((a, b) => (a > b ? a : b), "A"), parts };
}

class Body {
  readonly #nodes: readonly Node[];
  readonly #graph: Graph;
  readonly #results: readonly string[];

  constructor(graph: Graph, scan: Node) {
    this.#graph = graph;
    this.#nodes = graph.region(scan.id).filter((node) => node.op !== "yield");
    this.#results = yieldOf(graph, scan.id).operands;
  }

  /** The value of a state after the step. */
  next(state: number): string {
    return at(this.#results, state, "analyse");
  }

  /** The nodes that depend on these states, their ports included. */
  dependents(states: readonly number[]): ReadonlySet<string> {
    const found = new Set<string>();
    for (const node of this.#nodes) {
      const isPort = node.op === "port" && portKind(node) === "state" && states.includes(indexOf(node));
      if (isPort || node.operands.some((operand) => found.has(operand))) found.add(node.id);
    }
    return found;
  }

  part(states: readonly number[]): Part {
    const dependent = this.dependents(states);
    const way = this.#wayTo(
      states.map((state) => this.next(state)),
      dependent,
    );
    const depths = new Map<string, number>();
    const stages: string[][] = [];
    const meetings: string[] = [];
    const bends: string[] = [];
    for (const node of this.#nodes.filter(({ id, op }) => way.has(id) && op !== "port")) {
      const dependences = this.#dependences(node, dependent);
      const before = Math.max(0, ...node.operands.map((operand) => depths.get(operand) ?? 0));
      const isProduct = dependences.some(({ lanes }) => lanes === "product");
      depths.set(node.id, before + Number(isProduct));
      if (isProduct) (stages[before] ??= []).push(node.id);
      else if (dependences.some(({ lanes }) => lanes !== "kept")) meetings.push(node.id);
      if (dependences.some(({ reads }) => isBent(reads, node, dependent))) bends.push(node.id);
    }
    const shape = { states, isRecurrent: way.size > 0, stages, meetings, bends };
    const stepwise = stepwiseClass(shape);
    return { class: bends.length === 0 ? "A" : stepwise, stepwise, ...shape };
  }

  /** The nodes of `dependent` that these results need. */
  #wayTo(results: readonly string[], dependent: ReadonlySet<string>): ReadonlySet<string> {
    const found = new Set(results.filter((id) => dependent.has(id)));
    for (const node of this.#nodes.toReversed()) {
      if (!found.has(node.id)) continue;
      for (const operand of node.operands) if (dependent.has(operand)) found.add(operand);
    }
    return found;
  }

  #dependences(node: Node, dependent: ReadonlySet<string>): readonly Dependence[] {
    return node.operands.flatMap((operand, index) =>
      dependent.has(operand) ? [dependenceOf(this.#graph, node, index)] : [],
    );
  }
}

function isBent(reads: Dependence["reads"], node: Node, dependent: ReadonlySet<string>): boolean {
  if (reads === null) return true;
  return [...reads].some((index) => index < 0 || dependent.has(at(node.operands, index, "analyse")));
}

function stepwiseClass({ stages, meetings }: Pick<Part, "stages" | "meetings">): Part["stepwise"] {
  if (stages.length === 0 && meetings.length === 0) return "B";
  return stages.length <= 1 ? "C" : "D";
}
